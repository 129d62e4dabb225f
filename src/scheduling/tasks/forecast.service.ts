import { Injectable, Logger } from '@nestjs/common';
import { askerGone } from '../../batching/asker.js';
import { SharedWork } from '../../batching/shared-work.js';
import { Clock } from '../../clock/clock.js';
import { inTurns, Turns } from '../../clock/turns.js';
import { ByteBudget } from '../../domain/byte-budget.js';
import { InvalidInputError } from '../../domain/errors.js';
import type { Task } from '../../domain/task.js';
import { messageOf } from '../../domain/thrown.js';
import { SettingsService } from '../../organizations/settings.service.js';
import { CalendarResolver } from '../../triggers/calendar-resolver.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import type { Timetable } from '../../triggers/trigger-type.js';
import { LoadForecast, type HotSecond, type Load } from '../planning/load-forecast.js';
import { dueAtOf } from '../planning/spread.js';
import { TaskReads } from '../ports/task.reads.js';

const HOUR_MS = 3_600_000;
const PAGE = 200;
/** How many tasks are read at most, newest first. */
const MOST_TASKS = 10_000;
/** How many occurrences and stretches of tasks are examined at most. */
const MOST_STEPS = 500_000;
/** What one forecast takes at most, about (bytes): of an organization one is made at a time, of all two. */
const ROOM_BYTES = 100_000_000;
/** How far ahead a forecast may begin. */
const FARTHEST_DAYS = 400;

/** What time a forecast is for (epoch ms; from now on unless given), and into which stretches it is cut. */
export interface ForecastSpan {
  from?: number | undefined;
  hours: number;
  stepMs: number;
}

/** Another plan than the present one. */
export interface ForecastPlan {
  /** Tasks that do not exist. */
  add: readonly Task[];
  /** Whether a task is left out. */
  isWithout: (task: Task) => boolean;
  /** The spread that a task gets; null for its own. */
  spreadOf: (task: Task) => number | null;
}

/** The expected starts of tasks. Instants are epoch ms. */
export interface ForecastLoad {
  starts: number;
  minutes: Load[];
  hotSeconds: HotSecond[];
}

interface Looked {
  from: number;
  to: number;
  stepMs: number;
  /** How many active tasks were examined, and whether there are more. */
  tasks: number;
  truncated: boolean;
}

/** The expected starts of an organization's tasks. */
export interface Forecast extends Looked, ForecastLoad {}

/** A load and its busiest parts. */
export interface ComparedLoad extends ForecastLoad {
  busiest: Load | null;
  /** The same of the tasks whose seconds are counted. */
  busiestSecond: Load | null;
}

/** The expected starts as things are, and by another plan. */
export interface ForecastComparison extends Looked {
  before: ComparedLoad;
  after: ComparedLoad;
}

/** Which forecasts a task is added to, and as what. */
type Parts = (task: Task, table: Timetable) => [LoadForecast, Task][];

/** Forecasts starts for the coming hours from the triggers, calendars and spreads of the tasks. */
@Injectable()
export class ForecastService {
  private readonly shared = new SharedWork<Forecast>();
  private readonly room = new ByteBudget(2 * ROOM_BYTES);
  private readonly logger = new Logger(ForecastService.name);

  constructor(
    private readonly store: TaskReads,
    private readonly resolver: TriggerResolver,
    private readonly settings: SettingsService,
    private readonly clock: Clock,
    private readonly turns: Turns,
  ) {}

  /** The starts of a time to come. @throws InvalidInputError where it begins too far away */
  of(organization: string, span: ForecastSpan): Promise<Forecast> {
    const { from, hours, stepMs } = span;
    return this.shared.of(JSON.stringify([organization, from, hours, stepMs]), () =>
      this.inRoom(organization, () => this.make(organization, span)),
    );
  }

  /** The starts as things are, beside those by another plan; nothing is stored. @throws InvalidInputError */
  compare(organization: string, span: ForecastSpan, plan: ForecastPlan): Promise<ForecastComparison> {
    return this.inRoom(organization, () => this.comparison(organization, span, plan));
  }

  private async comparison(organization: string, span: ForecastSpan, plan: ForecastPlan): Promise<ForecastComparison> {
    const place = this.placeOf(span);
    const [kept, gone, come] = [place.load(), place.load(), place.load()];
    const looked = await this.addTasks(organization, plan.add, [kept, gone, come], (task, table) => {
      if (plan.add.includes(task)) return [[come, task]];
      if (plan.isWithout(task)) return [[gone, task]];
      const spreadMs = plan.spreadOf(task);
      return spreadMs === null
        ? [[kept, task]]
        : [
            [gone, task],
            [come, respread(task, table, spreadMs)],
          ];
    });
    const turns = (begin: () => Generator<void, void>) => inTurns(this.turns, organization, begin);
    await turns(() => kept.including(gone));
    const before = compared(kept);
    await turns(() => kept.excluding(gone));
    await turns(() => kept.including(come));
    const { from, to, stepMs } = kept;
    return { from, to, stepMs, ...looked, before, after: compared(kept, new Set(plan.add.map(({ id }) => id))) };
  }

  /** Waits until there is memory for one more forecast. */
  private async inRoom<Result>(organization: string, work: () => Promise<Result>): Promise<Result> {
    const leave = await this.room.take(organization, ROOM_BYTES, askerGone());
    try {
      return await work();
    } finally {
      leave();
    }
  }

  private async make(organization: string, span: ForecastSpan): Promise<Forecast> {
    const load = this.placeOf(span).load();
    const looked = await this.addTasks(organization, [], [load], (task) => [[load, task]]);
    const { from, to, stepMs } = load;
    return { from, to, stepMs, ...looked, ...loadOf(load) };
  }

  private placeOf({ from: asked, hours, stepMs }: ForecastSpan): { load: () => LoadForecast } {
    const now = this.clock.now();
    const from = Math.max(now, asked ?? now);
    if (from > now + FARTHEST_DAYS * 24 * HOUR_MS)
      throw new InvalidInputError([{ parameter: 'from', detail: `must be within ${FARTHEST_DAYS} days from now` }]);
    return { load: () => new LoadForecast(from, from + hours * HOUR_MS, stepMs, now) };
  }

  private async addTasks(
    organization: string,
    drafts: readonly Task[],
    loads: readonly LoadForecast[],
    partsOf: Parts,
  ): Promise<{ tasks: number; truncated: boolean }> {
    const { calendars } = await this.settings.current(organization);
    const timetables = new CalendarResolver(this.resolver, calendars);
    const isOver = (): boolean => loads.reduce((sum, { steps }) => sum + steps, 0) > MOST_STEPS;
    for (const task of drafts) await this.add(task, timetables, partsOf, isOver);
    let tasks = 0;
    let after: string | undefined;
    while (tasks < MOST_TASKS) {
      const { items, next } = await this.store.list(organization, { state: 'active' }, { after, limit: PAGE });
      for (const task of items) {
        if (isOver()) return { tasks, truncated: true };
        tasks++;
        if (this.resolver.knows(task)) await this.add(task, timetables, partsOf, isOver);
      }
      if (next === null) return { tasks, truncated: isOver() };
      after = next;
    }
    return { tasks, truncated: true };
  }

  /** Adds the starts of a task; what cannot be forecast is left out. */
  private async add(task: Task, timetables: CalendarResolver, partsOf: Parts, isOver: () => boolean): Promise<void> {
    const { organization } = task;
    try {
      if (this.turns.isOver(organization)) await this.turns.next(organization);
      const table = timetables.timetableOf(task);
      for (const [load, as] of partsOf(task, table))
        for (const steps of load.adding(as, table)) {
          if (steps > MOST_STEPS || isOver()) return;
          if (this.turns.isOver(organization)) await this.turns.next(organization);
        }
    } catch (error) {
      this.logger.debug(`Task ${task.id} is left out of a forecast: ${messageOf(error)}`);
    }
  }
}

/** A task as it would be with another spread. */
function respread(task: Task, table: Timetable, spreadMs: number): Task {
  const changed = { ...task, definition: { ...task.definition, spreadMs } };
  if (!task.next) return changed;
  const { scheduledFor } = task.next;
  return { ...changed, next: { scheduledFor, dueAt: dueAtOf(changed, table, { at: scheduledFor }) } };
}

function loadOf(load: LoadForecast): ForecastLoad {
  const minutes = load.byStretch();
  return { starts: minutes.reduce((sum, { starts }) => sum + starts, 0), minutes, hotSeconds: load.hotSeconds() };
}

/** What is told of a load; tasks that do not exist are not named. */
function compared(load: LoadForecast, unnamed: ReadonlySet<string> = new Set()): ComparedLoad {
  const { hotSeconds, ...rest } = loadOf(load);
  const { stretch: busiest, second: busiestSecond } = load.busiest();
  const named = hotSeconds.map(({ tasks, ...second }) => ({
    ...second,
    tasks: tasks.filter((id) => !unnamed.has(id)),
  }));
  return { ...rest, hotSeconds: named, busiest, busiestSecond };
}
