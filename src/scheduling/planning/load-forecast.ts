import type { Task } from '../../domain/task.js';
import type { Timetable } from '../../triggers/trigger-type.js';
import { runsLeft } from './claim-planner.js';
import { dueAtOf, firstDueAfter, spreadOf } from './spread.js';

const MINUTE_MS = 60_000;
/** For a task that is due more often than this in the forecast range, only stretches are counted, not seconds. */
const MOST_WALKED = 200;
/** A second with fewer movable starts than this is not hot. */
const HOT_STARTS = 10;
const MOST_HOT_SECONDS = 10;
const MOST_NAMED = 20;
/** How many starts per second a spread should leave. */
const WANTED_PER_SECOND = 5;
/** How many seconds are added to others at a time. */
const PART = 1000;
const LONGEST_SPREAD_MS = 10 * MINUTE_MS;

/** A second with many starts, and what would relieve it. */
export interface HotSecond {
  /** Epoch ms. */
  at: number;
  starts: number;
  /** The first twenty of its tasks that have no spread and could have one. */
  tasks: string[];
  /** The `spreadMs` that would leave about five starts per second, as far as the tasks are due seldom enough for it. */
  suggestedSpreadMs: number;
}

interface Second {
  starts: number;
  movable: { task: string; roomMs: number }[];
}

/** How many start in a stretch of time that begins at an instant (epoch ms). */
export interface Load {
  at: number;
  starts: number;
}

/** Adds up the starts of the tasks it is given, in [from, to). Epoch ms. */
export class LoadForecast {
  private readonly stretches = new Map<number, number>();
  private readonly seconds = new Map<number, Second>();
  /** How many steps the work has taken so far. */
  steps = 0;

  /** Starts are counted by stretches of `stepMs`. What is due before `from` is overdue, unless `now` comes before that. */
  constructor(
    readonly from: number,
    readonly to: number,
    readonly stepMs = MINUTE_MS,
    private readonly now = from,
  ) {}

  /** Takes time in proportion to the task's starts up to a limit, and beyond that to the stretches. */
  add(task: Task, timetable: Timetable): void {
    const steps = this.adding(task, timetable);
    while (!steps.next().done) continue;
  }

  /** Like `add`, for callers that give way to others between the steps; yields the number of steps so far. */
  *adding(task: Task, timetable: Timetable): Generator<number> {
    if (!task.next || task.next.dueAt >= this.to) return;
    const left = runsLeft(task) - this.passed(task, timetable);
    if (left <= 0) return;
    const planned = timetable.count(Math.max(this.from, task.next.scheduledFor) - 1, this.to - 1);
    yield ++this.steps;
    if (Math.min(planned, left) <= MOST_WALKED) yield* this.walk(task, timetable, left);
    else yield* this.countStretches(task, timetable, left);
  }

  /** Adds what another forecast of the same time has counted; yields between parts of the work. */
  *including(other: LoadForecast): Generator<void, void> {
    let done = 0;
    for (const [at, starts] of other.stretches) this.count(at, starts);
    for (const [at, { starts, movable }] of other.seconds) {
      const second = this.secondAt(at);
      second.starts += starts;
      second.movable.push(...movable);
      if (++done % PART === 0) yield;
    }
  }

  /** Takes out again what was included last. */
  *excluding(other: LoadForecast): Generator<void, void> {
    let done = 0;
    for (const [at, starts] of other.stretches) this.count(at, -starts);
    for (const [at, { starts, movable }] of other.seconds) {
      const second = this.secondAt(at);
      second.starts -= starts;
      second.movable.length -= movable.length;
      if (++done % PART === 0) yield;
    }
  }

  /** Starts by stretch, for stretches that have any, soonest first. */
  byStretch(): Load[] {
    const loads = [...this.stretches].map(([at, starts]) => ({ at, starts }));
    return loads.filter(({ starts }) => starts > 0).sort((a, b) => a.at - b.at);
  }

  /** The stretch with the most starts, and the second, of the tasks whose seconds are counted; the first of equals. */
  busiest(): { stretch: Load | null; second: Load | null } {
    let second: Load | null = null;
    for (const [at, { starts }] of this.seconds) second = busierOf(second, at, starts);
    let stretch: Load | null = null;
    for (const [at, starts] of this.stretches) stretch = busierOf(stretch, at, starts);
    return { stretch, second };
  }

  /** The seconds with the most starts that a spread would move, the hottest first. */
  hotSeconds(): HotSecond[] {
    const hot: [number, Second][] = [];
    for (const entry of this.seconds) if (entry[1].movable.length >= HOT_STARTS) hot.push(entry);
    return hot
      .sort(([at, a], [otherAt, b]) => b.movable.length - a.movable.length || at - otherAt)
      .slice(0, MOST_HOT_SECONDS)
      .map(([at, { starts, movable }]) => ({
        at,
        starts,
        tasks: movable.slice(0, MOST_NAMED).map(({ task }) => task),
        suggestedSpreadMs: suggestionFor(movable.map(({ roomMs }) => roomMs)),
      }));
  }

  private *walk(task: Task, timetable: Timetable, left: number): Generator<number> {
    const { scheduledFor, dueAt } = task.next!;
    const isBefore = dueAt < this.from;
    const isOverdue = isBefore && this.now >= this.from;
    // An overdue task starts at once, as one run.
    if (isOverdue) this.count(this.from, 1);
    let planned: { at: number } | null = isBefore
      ? firstDueAfter(task, timetable, this.from - 1)
      : { at: scheduledFor };
    for (let runs = isOverdue ? 1 : 0; planned && runs < left; runs++) {
      const start = dueAtOf(task, timetable, planned);
      if (start >= this.to) return;
      const next = timetable.next(planned.at);
      this.count(start, 1);
      this.countSecond(start, task, next ? next.at - planned.at : Infinity);
      planned = next;
      yield ++this.steps;
    }
  }

  private countSecond(dueAt: number, task: Task, roomMs: number): void {
    const second = this.secondAt(Math.floor(dueAt / 1000) * 1000);
    second.starts++;
    if (!task.definition.spreadMs && roomMs > 1000) second.movable.push({ task: task.id, roomMs });
  }

  private secondAt(at: number): Second {
    let second = this.seconds.get(at);
    if (!second) this.seconds.set(at, (second = { starts: 0, movable: [] }));
    return second;
  }

  /** How many of the task's runs come before a time that begins later, also with their spread. */
  private passed(task: Task, timetable: Timetable): number {
    if (task.definition.maxRuns === undefined || this.now >= this.from) return 0;
    const after = task.next!.scheduledFor - 1;
    return timetable.count(after, Math.max(after, this.from - spreadOf(task) - 1));
  }

  private *countStretches(task: Task, timetable: Timetable, left: number): Generator<number> {
    const spread = spreadOf(task);
    let rest = left;
    for (let at = this.stretchOf(this.from); at < this.to && rest > 0; at += this.stepMs) {
      const [start, end] = [Math.max(at, this.from, task.next!.dueAt), Math.min(at + this.stepMs, this.to)];
      if (start >= end) continue;
      yield ++this.steps;
      const starts = Math.min(rest, timetable.count(start - spread - 1, end - spread - 1));
      rest -= starts;
      if (starts > 0) this.count(start, starts);
    }
  }

  private count(at: number, starts: number): void {
    const stretch = this.stretchOf(at);
    this.stretches.set(stretch, (this.stretches.get(stretch) ?? 0) + starts);
  }

  private stretchOf(at: number): number {
    return Math.floor(at / this.stepMs) * this.stepMs;
  }
}

const busierOf = (best: Load | null, at: number, starts: number): Load | null =>
  starts > (best?.starts ?? 0) || (best && starts === best.starts && at < best.at) ? { at, starts } : best;

/** Long enough that few start in one second, but shorter than the median time from one occurrence to the next. */
function suggestionFor(rooms: number[]): number {
  const wanted = Math.ceil(rooms.length / WANTED_PER_SECOND) * 1000;
  const usual = rooms.sort((a, b) => a - b)[rooms.length >> 1]!;
  return Math.max(1000, Math.min(wanted, usual - 1000, LONGEST_SPREAD_MS));
}
