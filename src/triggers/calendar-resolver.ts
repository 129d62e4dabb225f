import { modeOf, nameOf, type Calendar, type CalendarUse } from '../domain/calendar.js';
import { InvalidInputError } from '../domain/errors.js';
import type { TaskDefinition } from '../domain/task-definition.js';
import type { Task } from '../domain/task.js';
import { budgeted, BudgetedTimetable } from './budgeted-timetable.js';
import { CalendarTimetable } from './calendar-timetable.js';
import { ClosedTimes } from './closed-times.js';
import { Landings } from './landings.js';
import { MovedTimetable } from './moved-timetable.js';
import { withoutSkips } from './skipped-timetable.js';
import type { Timed, TriggerResolver } from './trigger-resolver.js';
import type { PlannedRun, Timetable } from './trigger-type.js';

/** Tells when tasks are due. */
export type TaskTimetables = Pick<TriggerResolver, 'timetableOf' | 'calculateNextExecution'>;

/** Tells when the tasks of an organization are due, by their triggers and its calendars. */
export class CalendarResolver implements TaskTimetables {
  constructor(
    private readonly resolver: TriggerResolver,
    private readonly calendars: Readonly<Record<string, Calendar>>,
  ) {}

  /** @throws InvalidInputError when the definition names a calendar that does not exist */
  check({ calendars = [] }: Pick<TaskDefinition, 'calendars'>): void {
    const faults = calendars.flatMap((use, index) => {
      const name = nameOf(use);
      const pointer = `/calendars/${index}${typeof use === 'string' ? '' : '/name'}`;
      if (Object.hasOwn(this.calendars, name)) return [];
      return [{ pointer, detail: `is not a calendar of the organization: ${JSON.stringify(name)}` }];
    });
    if (faults.length > 0) throw new InvalidInputError(faults);
  }

  /** The task's occurrences by time; a calendar that no longer exists excludes nothing. */
  timetableOf(task: Timed): Timetable {
    const { calendars = [] } = task.definition;
    const table = this.resolver.unskipped(task);
    const open = calendars.length === 0 ? table : new BudgetedTimetable(budgeted(() => this.within(table, calendars)));
    return withoutSkips(open, task.skips);
  }

  /** Applies calendars to a timetable. */
  within(table: Timetable, uses: readonly CalendarUse[]): Timetable {
    const all = uses
      .filter((use) => Object.hasOwn(this.calendars, nameOf(use)))
      .map((use) => ({
        name: nameOf(use),
        mode: modeOf(use),
        times: ClosedTimes.of(this.calendars[nameOf(use)]!),
      }));
    const excluding = all.filter(({ mode }) => mode === 'exclude');
    const excluded = excluding.length === 0 ? table : new CalendarTimetable(table, excluding);
    const moving = all.filter(({ mode }) => mode === 'shift');
    return moving.length === 0 ? excluded : new MovedTimetable(excluded, new Landings(moving, all));
  }

  /** As `TriggerResolver.calculateNextExecution`, with calendars applied. */
  calculateNextExecution(task: Task, after: number): PlannedRun | null {
    return this.timetableOf(task).next(after);
  }
}
