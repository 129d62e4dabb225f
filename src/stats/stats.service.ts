import { Injectable } from '@nestjs/common';
import { SharedWork } from '../batching/shared-work.js';
import { Clock } from '../clock/clock.js';
import type { TaskState } from '../domain/task.js';
import {
  latenessOf,
  MINUTE_MS,
  minuteOf,
  noTotals,
  type Lateness,
  type MinuteFigures,
  type Totals,
} from './figures.js';
import { NextStarts, type NextStart } from './next-starts.js';
import { StatsReads, type Backlog } from './stats.store.js';

const HOUR_MINUTES = 60;
const DAY_MS = 86_400_000;
/** Tasks are counted up to this number per state. */
const MOST_TASKS = 20_000;
/** How many unfinished runs are checked. */
const MOST_UNFINISHED = 10_000;
const NEXT = 10;

/** The contents of an organization's dashboard. Instants are epoch ms. */
export interface Stats {
  at: number;
  tasks: Record<TaskState, number> & { truncated: boolean };
  backlog: Backlog;
  lastHour: Totals;
  lastDay: Totals;
  /** The lateness of the last hour's starts. */
  lateness: Lateness;
  /** The last sixty minutes, oldest first. */
  minutes: { at: number; starts: number }[];
  next: NextStart[];
}

/** Computes the figures of organizations; the cost does not grow with the number of runs. */
@Injectable()
export class StatsService {
  private readonly shared = new SharedWork<Stats>();

  constructor(
    private readonly store: StatsReads,
    private readonly nextStarts: NextStarts,
    private readonly clock: Clock,
  ) {}

  of(organization: string): Promise<Stats> {
    return this.shared.of(organization, () => this.make(organization));
  }

  private async make(organization: string): Promise<Stats> {
    const at = this.clock.now();
    const first = minuteOf(at) - (HOUR_MINUTES - 1) * MINUTE_MS;
    const [tasks, backlog, minutes, lastDay, next] = await Promise.all([
      this.store.tasksByState(organization, MOST_TASKS),
      this.store.backlog(organization, at, MOST_UNFINISHED),
      this.store.minutes(organization, first),
      this.store.totals(organization, minuteOf(at) - DAY_MS + MINUTE_MS),
      this.nextStarts.of(organization, at, NEXT),
    ]);
    const truncated = Object.values(tasks).some((count) => count >= MOST_TASKS);
    return {
      at,
      tasks: { ...tasks, truncated },
      backlog,
      lastHour: sumOf(minutes),
      lastDay,
      lateness: latenessOf(minutes),
      minutes: startsByMinute(minutes, first),
      next,
    };
  }
}

function sumOf(minutes: readonly MinuteFigures[]): Totals {
  const sum = noTotals();
  for (const figures of minutes) {
    for (const name of Object.keys(sum) as (keyof Totals)[]) sum[name] += figures[name];
  }
  return sum;
}

function startsByMinute(minutes: readonly MinuteFigures[], first: number): Stats['minutes'] {
  const starts = new Map<number, number>();
  for (const figures of minutes) starts.set(figures.minute, (starts.get(figures.minute) ?? 0) + figures.starts);
  return Array.from({ length: HOUR_MINUTES }, (_, index) => {
    const at = first + index * MINUTE_MS;
    return { at, starts: starts.get(at) ?? 0 };
  });
}
