import { Injectable } from '@nestjs/common';
import { InvalidInputError } from '../domain/errors.js';
import { percentileOf } from '../domain/percentile.js';
import { hasFailed, type RunState } from '../domain/run.js';
import { demandRange, floorTo, type TimeRange } from '../domain/time-range.js';
import { failuresInRow } from '../occurrences/latest-outcomes.js';
import { RunReads, type RunFailure, type RunOutline } from '../scheduling/ports/run.reads.js';
import { TasksService } from '../scheduling/tasks/tasks.service.js';
import { wordsOf } from './fingerprint.js';

const DAY_MS = 86_400_000;
/** How many runs, and failures, one request looks at, the newest first. */
export const MOST_LOOKED = 1000;
const MOST_FAILURES = 200;
const MOST_CODES = 20;
export const MOST_DAYS = 92;

/** How long something took, in milliseconds. */
export interface Spread {
  p50Ms: number;
  p95Ms: number;
  worstMs: number;
}

/** How a task went over some time. */
export interface TaskFigures extends TimeRange {
  /** How many runs were looked at, and whether there are older ones in the range. */
  runs: number;
  truncated: boolean;
  /** The share of runs that succeeded among those that succeeded or failed, from 0 to 1; null where there is none. */
  success: number | null;
  /** From the start of the first attempt to the end; null where no run has ended. */
  duration: Spread | null;
  lateness: Spread | null;
  failuresInRow: number;
  /** The codes of the newest failures, the most frequent first. */
  byCode: { code: string; count: number }[];
  /** The days in UTC (epoch ms) that have runs, oldest first, with the number of runs in each state. */
  daily: { day: number; states: Partial<Record<RunState, number>> }[];
}

/** Tells how one task went: from its newest runs, however many there are. */
@Injectable()
export class TaskFiguresService {
  constructor(
    private readonly tasks: TasksService,
    private readonly runs: RunReads,
  ) {}

  /** @throws NotFoundError, InvalidInputError for an empty range, or one that is too long */
  async of(organization: string, id: string, range: TimeRange): Promise<TaskFigures> {
    demandRange(range);
    const { from, to } = range;
    if (to - from > MOST_DAYS * DAY_MS)
      throw new InvalidInputError([{ parameter: 'to', detail: `must be within ${MOST_DAYS} days of "from"` }]);
    await this.tasks.get(organization, id);
    const [outlines, failures] = await Promise.all([
      this.runs.outlines(organization, [id], { from, before: to, limit: MOST_LOOKED + 1 }),
      this.runs.failures(organization, { taskId: id, from, to }, { limit: MOST_FAILURES }),
    ]);
    const looked = outlines.slice(0, MOST_LOOKED);
    return {
      from,
      to,
      truncated: outlines.length > MOST_LOOKED,
      ...figuresOf(looked),
      byCode: codesOf(failures.items),
    };
  }
}

/** The figures of these runs, newest first. */
export function figuresOf(runs: readonly RunOutline[]): Omit<TaskFigures, 'from' | 'to' | 'truncated' | 'byCode'> {
  const succeeded = runs.filter(({ state }) => state === 'succeeded').length;
  const ended = succeeded + runs.filter(hasFailed).length;
  const durations = runs.flatMap(({ startedAt, finishedAt }) =>
    startedAt !== null && finishedAt !== null ? [finishedAt - startedAt] : [],
  );
  return {
    runs: runs.length,
    success: ended === 0 ? null : succeeded / ended,
    duration: spreadOf(durations),
    lateness: spreadOf(runs.flatMap(({ latenessMs }) => (latenessMs === null ? [] : [latenessMs]))),
    failuresInRow: failuresInRow(runs),
    daily: daysOf(runs),
  };
}

function spreadOf(values: readonly number[]): Spread | null {
  const sorted = values.toSorted((a, b) => a - b);
  if (sorted.length === 0) return null;
  return { p50Ms: percentileOf(sorted, 0.5), p95Ms: percentileOf(sorted, 0.95), worstMs: sorted.at(-1)! };
}

function daysOf(runs: readonly RunOutline[]): TaskFigures['daily'] {
  const days = new Map<number, Partial<Record<RunState, number>>>();
  for (const { scheduledFor, state } of runs) {
    const day = floorTo(scheduledFor, DAY_MS);
    const states = days.get(day) ?? {};
    states[state] = (states[state] ?? 0) + 1;
    days.set(day, states);
  }
  return [...days].map(([day, states]) => ({ day, states })).sort((a, b) => a.day - b.day);
}

function codesOf(failures: readonly RunFailure[]): TaskFigures['byCode'] {
  const counts = new Map<string, number>();
  for (const failure of failures) {
    const { code } = wordsOf(failure);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  const all = [...counts].map(([code, count]) => ({ code, count }));
  return all.sort((a, b) => b.count - a.count).slice(0, MOST_CODES);
}
