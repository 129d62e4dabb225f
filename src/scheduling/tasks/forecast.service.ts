import { Injectable, Logger } from '@nestjs/common';
import { SharedWork } from '../../batching/shared-work.js';
import { Clock } from '../../clock/clock.js';
import { Turns } from '../../clock/turns.js';
import type { Task } from '../../domain/task.js';
import { messageOf } from '../../domain/thrown.js';
import { SettingsService } from '../../organizations/settings.service.js';
import { CalendarResolver } from '../../triggers/calendar-resolver.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { LoadForecast, type HotSecond } from '../planning/load-forecast.js';
import { TaskReads } from '../ports/task.reads.js';

const HOUR_MS = 3_600_000;
const PAGE = 200;
/** How many tasks are read at most, newest first. */
const MOST_TASKS = 10_000;
/** How many occurrences and minutes of tasks are examined at most. */
const MOST_STEPS = 500_000;

/** The expected starts of an organization's tasks. Instants are epoch ms. */
export interface Forecast {
  from: number;
  to: number;
  /** How many active tasks were examined, and whether there are more. */
  tasks: number;
  truncated: boolean;
  starts: number;
  minutes: { at: number; starts: number }[];
  hotSeconds: HotSecond[];
}

/** Forecasts starts for the coming hours from the triggers, calendars and spreads of the tasks. */
@Injectable()
export class ForecastService {
  private readonly shared = new SharedWork<Forecast>();
  private readonly logger = new Logger(ForecastService.name);

  constructor(
    private readonly store: TaskReads,
    private readonly resolver: TriggerResolver,
    private readonly settings: SettingsService,
    private readonly clock: Clock,
    private readonly turns: Turns,
  ) {}

  /** The starts of the coming `hours`. */
  of(organization: string, hours: number): Promise<Forecast> {
    return this.shared.of(JSON.stringify([organization, hours]), () => this.make(organization, hours));
  }

  private async make(organization: string, hours: number): Promise<Forecast> {
    const from = this.clock.now();
    const load = new LoadForecast(from, from + hours * HOUR_MS);
    const { tasks, truncated } = await this.addTasks(organization, load);
    const minutes = load.byMinute();
    const starts = minutes.reduce((sum, minute) => sum + minute.starts, 0);
    return { from, to: load.to, tasks, truncated, starts, minutes, hotSeconds: load.hotSeconds() };
  }

  /** Adds the starts of a task; what cannot be forecast is left out. */
  private async add(task: Task, timetables: CalendarResolver, load: LoadForecast): Promise<void> {
    try {
      if (this.turns.isOver(task.organization)) await this.turns.next(task.organization);
      for (const steps of load.adding(task, timetables.timetableOf(task))) {
        if (steps > MOST_STEPS) return;
        if (this.turns.isOver(task.organization)) await this.turns.next(task.organization);
      }
    } catch (error) {
      this.logger.debug(`Task ${task.id} is left out of a forecast: ${messageOf(error)}`);
    }
  }

  private async addTasks(organization: string, load: LoadForecast): Promise<{ tasks: number; truncated: boolean }> {
    const { calendars } = await this.settings.current(organization);
    const timetables = new CalendarResolver(this.resolver, calendars);
    let tasks = 0;
    let after: string | undefined;
    while (tasks < MOST_TASKS) {
      const { items, next } = await this.store.list(organization, { state: 'active' }, { after, limit: PAGE });
      for (const task of items) {
        if (load.steps > MOST_STEPS) return { tasks, truncated: true };
        tasks++;
        if (this.resolver.knows(task)) await this.add(task, timetables, load);
      }
      if (next === null) return { tasks, truncated: false };
      after = next;
    }
    return { tasks, truncated: true };
  }
}
