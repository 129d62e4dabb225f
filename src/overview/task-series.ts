import { Injectable } from '@nestjs/common';
import { Turns } from '../clock/turns.js';
import { chunksOf } from '../domain/chunks.js';
import type { LedgerEntry } from '../domain/ledger.js';
import { percentileOf } from '../domain/percentile.js';
import { demandSteps, floorTo } from '../domain/time-range.js';
import { RunReads, type RunOutline } from '../scheduling/ports/run.reads.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { ENDS, noTotals, type End, type Lateness, type Totals } from '../stats/figures.js';
import { MOST_POINTS, type Series, type SeriesPoint, type SeriesQuery } from '../stats/series.service.js';
import { newestTasks } from './newest-tasks.js';

/** How many tasks are looked at, how many of their runs, and how many entries of the ledger of each. */
const MOST_TASKS = 50;
const MOST_RUNS = 2000;
const MOST_ENTRIES = 200;
const AT_ONCE = 8;

/** How many occurrences got no run of their own, by what became of them. */
export type LeftOut = Record<LedgerEntry['outcome'], number>;

/** What happened to some tasks within a step. */
export interface TaskPoint extends SeriesPoint {
  /** How long the runs took that ended; as with lateness, null where none did. */
  duration: Lateness;
  leftOut: LeftOut;
}

/** Which tasks: one, or those with a tag. */
export interface TasksMeant {
  taskId?: string | undefined;
  tag?: string | undefined;
}

/** What happened to some tasks over time: from their runs and the ledger, which are kept longer than figures. */
@Injectable()
export class TaskSeries {
  constructor(
    private readonly tasks: TaskReads,
    private readonly runs: RunReads,
    private readonly turns: Turns,
  ) {}

  /** Of the runs that were planned within the range. @throws InvalidInputError */
  async of(organization: string, meant: TasksMeant, query: SeriesQuery): Promise<Series<TaskPoint>> {
    const { stepMs, to } = query;
    demandSteps(query, MOST_POINTS, 'points');
    const from = floorTo(query.from, stepMs);
    const { ids, isAll } = await this.meantBy(organization, meant);
    const most = Math.floor(MOST_RUNS / Math.max(1, ids.length));
    const range = { from, before: to };
    const outlines = ids.length === 0 ? [] : await this.runs.outlines(organization, ids, { ...range, limit: most + 1 });
    const counts = new Map<string, number>();
    for (const { taskId } of outlines) counts.set(taskId, (counts.get(taskId) ?? 0) + 1);
    const entries: LedgerEntry[] = [];
    let isWhole = isAll && [...counts.values()].every((count) => count <= most);
    for (const part of chunksOf(ids, AT_ONCE)) {
      const ask = (id: string) => this.runs.ledger(organization, id, { ...range, limit: MOST_ENTRIES + 1 });
      for (const found of await Promise.all(part.map(ask))) {
        isWhole &&= found.length <= MOST_ENTRIES;
        entries.push(...found.slice(0, MOST_ENTRIES));
      }
    }
    const steps = new Steps(from, to, stepMs);
    for (const run of outlines) steps.addRun(run);
    for (const entry of entries) {
      if (this.turns.isOver(organization)) await this.turns.next(organization);
      steps.addEntry(entry);
    }
    return { from, to, stepMs, points: steps.points, truncated: !isWhole };
  }

  private async meantBy(organization: string, { taskId, tag }: TasksMeant): Promise<{ ids: string[]; isAll: boolean }> {
    if (taskId !== undefined) {
      const task = await this.tasks.get(organization, taskId);
      const isMeant = task !== null && (tag === undefined || task.definition.tags.includes(tag));
      return { ids: isMeant ? [taskId] : [], isAll: true };
    }
    const ids: string[] = [];
    let isAll = false;
    for await (const { items, next } of newestTasks(this.tasks, organization, MOST_TASKS, { tag })) {
      ids.push(...items.map(({ id }) => id));
      isAll = next === null && ids.length <= MOST_TASKS;
    }
    return { ids: ids.slice(0, MOST_TASKS), isAll };
  }
}

interface Step {
  totals: Totals;
  late: number[];
  took: number[];
  leftOut: LeftOut;
}

/** Gathers what happened, step by step. */
class Steps {
  private readonly steps = new Map<number, Step>();

  constructor(
    private readonly from: number,
    private readonly to: number,
    private readonly stepMs: number,
  ) {}

  get points(): TaskPoint[] {
    const inOrder = [...this.steps].sort(([a], [b]) => a - b);
    return inOrder.map(([at, { totals, late, took, leftOut }]) => {
      return { at, ...totals, lateness: spreadOf(late), duration: spreadOf(took), leftOut };
    });
  }

  addRun({ state, scheduledFor, startedAt, finishedAt, latenessMs }: RunOutline): void {
    const started = startedAt === null ? undefined : this.at(startedAt);
    if (started) {
      started.totals.starts++;
      if (latenessMs !== null) started.late.push(Math.max(0, latenessMs));
    }
    if (!(ENDS as readonly string[]).includes(state)) return;
    const ended = this.at(finishedAt ?? scheduledFor);
    if (!ended) return;
    ended.totals[state as End]++;
    if (startedAt !== null && finishedAt !== null) ended.took.push(Math.max(0, finishedAt - startedAt));
  }

  /** Those of a stretch are spread evenly over it, each in one step. */
  addEntry({ from, to, count, outcome }: LedgerEntry): void {
    const between = count > 1 ? (to - from) / (count - 1) : 0;
    const nth = (at: number) => (between > 0 ? Math.ceil((at - from) / between) : at > from ? count : 0);
    const clamped = (index: number) => Math.min(count, Math.max(0, index));
    const last = Math.min(to, this.to - 1);
    for (let begin = floorTo(Math.max(from, this.from), this.stepMs); begin <= last; begin += this.stepMs) {
      const inside = clamped(nth(begin + this.stepMs)) - clamped(nth(begin));
      if (inside > 0) this.at(begin)!.leftOut[outcome] += inside;
    }
  }

  private at(instant: number): Step | undefined {
    if (instant < this.from || instant >= this.to) return undefined;
    const at = floorTo(instant, this.stepMs);
    const known = this.steps.get(at);
    if (known) return known;
    const made = { totals: noTotals(), late: [], took: [], leftOut: { skipped: 0, missed: 0, coalesced: 0 } };
    this.steps.set(at, made);
    return made;
  }
}

function spreadOf(values: readonly number[]): Lateness {
  if (values.length === 0) return { p50Ms: null, p95Ms: null, p99Ms: null, worstMs: null };
  const sorted = values.toSorted((a, b) => a - b);
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((share) => percentileOf(sorted, share)) as [
    number,
    number,
    number,
  ];
  return { p50Ms, p95Ms, p99Ms, worstMs: sorted.at(-1)! };
}
