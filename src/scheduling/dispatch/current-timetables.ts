import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { ENGINE_WORK, Turns } from '../../clock/turns.js';
import type { Task } from '../../domain/task.js';
import { SettingsService } from '../../organizations/settings.service.js';
import { CalendarResolver, type TaskTimetables } from '../../triggers/calendar-resolver.js';
import type { Timetable } from '../../triggers/trigger-type.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { SetAside } from '../holding/set-aside.js';

/** Longer than settings are cached, with a margin for clocks that differ (ms). */
const LATELY_MS = 10_000;

/** Makes the timetables of tasks from their triggers and the current calendars of their organizations. */
@Injectable()
export class CurrentTimetables {
  constructor(
    private readonly clock: Clock,
    private readonly resolver: TriggerResolver,
    private readonly settings: SettingsService,
    private readonly aside: SetAside,
    private readonly turns: Turns,
  ) {}

  /** The timetable of each task; undefined for a task whose timetable cannot be made, which is then set aside. */
  async all(tasks: readonly Task[]): Promise<(Timetable | undefined)[]> {
    // Without calendars there is nothing to load; promises for a thousand tasks would take as long as planning their
    // claims.
    const arePlain = tasks.every(({ definition }) => !definition.calendars?.length);
    if (arePlain) return this.inTurn(tasks, () => this.resolver);
    const sources = await Promise.all(tasks.map((task) => this.aside.alone(task, () => this.of(task))));
    return this.inTurn(tasks, (index) => sources[index]);
  }

  /** Some timetables take long to make: other work gets its turn in between. */
  private async inTurn(
    tasks: readonly Task[],
    sourceAt: (index: number) => TaskTimetables | undefined,
  ): Promise<(Timetable | undefined)[]> {
    const timetables: (Timetable | undefined)[] = [];
    for (const [index, task] of tasks.entries()) {
      if (this.turns.isOver(ENGINE_WORK)) await this.turns.next(ENGINE_WORK);
      timetables.push(this.made(task, sourceAt(index)));
    }
    return timetables;
  }

  private made(task: Task, source: TaskTimetables | undefined): Timetable | undefined {
    try {
      return source?.timetableOf(task);
    } catch (error) {
      return this.aside.note(task, error);
    }
  }

  /**
   * The source of the task's timetable. Soon after a change, which may be one of a calendar, only current settings will
   * do.
   */
  async of({ organization, definition, updatedAt }: Task): Promise<TaskTimetables> {
    if (!definition.calendars?.length) return this.resolver;
    const isSettled = this.clock.now() - updatedAt > LATELY_MS;
    const settings = isSettled
      ? await this.settings.current(organization)
      : (await this.settings.get(organization)).settings;
    return new CalendarResolver(this.resolver, settings.calendars);
  }
}
