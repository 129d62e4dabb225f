import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Turns } from '../clock/turns.js';
import { chunksOf } from '../domain/chunks.js';
import { InvalidInputError } from '../domain/errors.js';
import { toIso } from '../domain/instants.js';
import { timeOfId } from '../domain/ids.js';
import type { Json } from '../domain/json.js';
import { jsonSize } from '../domain/json-size.js';
import type { LedgerEntry } from '../domain/ledger.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { demandRange } from '../domain/time-range.js';
import { RunReads } from '../scheduling/ports/run.reads.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import type { Report, ReportQuery, ReportRow } from './report.js';
import { Tally } from './tally.js';

/** How many runs, tasks and entries of the ledger one report reads. */
export const MOST_RUNS = 20_000;
const MOST_TASKS = 1000;
const MOST_ENTRIES = 100;
const PAGE = 200;
/** How many runs and tasks one read brings at first, and how many bytes (about) any read of runs. */
const FIRST_PAGE = 16;
const TASKS_AT_ONCE = 32;
const READ_BYTES = 500_000;
/** Of how many tasks the ledger is read at a time. */
const LEDGERS_AT_ONCE = 8;
const MOST_ROWS = 1000;
export const LONGEST_RANGE_MS = 366 * 86_400_000;

/** What a report says of a task: nothing else of up to 20,000 of them is kept. */
interface TaskHead {
  name: string;
  tags: readonly string[];
}

interface Counting {
  total: Tally;
  rows: Map<string, Tally>;
  tasks: Map<string, TaskHead>;
}

/** Sums up what became of an organization's tasks, by indexes alone and within bounds. */
@Injectable()
export class ReportsService {
  constructor(
    private readonly runs: RunReads,
    private readonly tasks: TaskReads,
    private readonly turns: Turns,
    private readonly clock: Clock,
  ) {}

  /** @throws InvalidInputError */
  async make(organization: string, query: ReportQuery): Promise<Report> {
    demandShortRange(query);
    const counting: Counting = { total: new Tally(), rows: new Map(), tasks: new Map() };
    await this.listTasks(organization, query, counting);
    const countedFrom = await this.countRuns(organization, query, counting);
    await this.countEntries(organization, { ...query, from: countedFrom }, counting);
    const { rows, total, tasks } = counting;
    const all: ReportRow[] = [];
    for (const [key, tally] of rows) {
      if (this.turns.isOver(organization)) await this.turns.next(organization);
      all.push({ key, name: nameOf(query, key, tasks), ...tally.figures });
    }
    all.sort((a, b) => (query.by === 'task' ? b.failed + b.timedOut - a.failed - a.timedOut : 0) || (a.key < b.key ? -1 : 1)); // prettier-ignore
    return {
      ...query,
      ...{ organization, at: this.clock.now(), countedFrom, isComplete: countedFrom <= query.from },
      ...{ total: total.figures, rows: all.slice(0, MOST_ROWS), moreRows: Math.max(0, all.length - MOST_ROWS) },
    };
  }

  private async listTasks(organization: string, { taskId, tag }: ReportQuery, { tasks }: Counting): Promise<void> {
    if (taskId !== undefined) {
      const task = await this.tasks.get(organization, taskId);
      if (task) tasks.set(taskId, headOf(task));
      return;
    }
    for (let after: string | undefined; tasks.size < MOST_TASKS;) {
      const { items, next } = await this.tasks.list(organization, { tag }, { after, limit: PAGE });
      for (const task of items) tasks.set(task.id, headOf(task));
      if (next === null) return;
      after = next;
    }
  }

  /** Newest first; resolves to the instant from which on all are counted. */
  private async countRuns(organization: string, query: ReportQuery, counting: Counting): Promise<number> {
    const { from, to, taskId, tag } = query;
    let [looked, size] = [0, FIRST_PAGE];
    for (let after: string | undefined; ;) {
      const { items, next } = await this.runs.list(organization, { from, to, taskId }, { after, limit: size });
      await this.learnTasks(organization, items, counting);
      let bytes = 0;
      for (const run of items) {
        if (this.turns.isOver(organization)) await this.turns.next(organization);
        bytes += jsonSize(run as unknown as Json);
        if (tag !== undefined && !counting.tasks.get(run.taskId)?.tags.includes(tag)) continue;
        for (const tally of talliesOf(run.taskId, run.scheduledFor, query, counting)) tally.addRun(run);
      }
      if (next === null) return from;
      looked += items.length;
      after = next;
      if (looked >= MOST_RUNS) return Math.max(from, timeOfId(next) + 1);
      size = pageFor(items.length, bytes, MOST_RUNS - looked);
    }
  }

  private async learnTasks(organization: string, runs: readonly Run[], { tasks }: Counting): Promise<void> {
    const unknown = [...new Set(runs.map(({ taskId }) => taskId))].filter((id) => !tasks.has(id));
    for (const ids of chunksOf(unknown, TASKS_AT_ONCE)) {
      const found = await this.tasks.byIds(ids);
      for (const task of found) if (task.organization === organization) tasks.set(task.id, headOf(task));
    }
  }

  /** Occurrences that had no run, as those of a downtime. */
  private async countEntries(organization: string, query: ReportQuery, counting: Counting): Promise<void> {
    const { from, to: before, tag } = query;
    const meant = [...counting.tasks].filter(([, { tags }]) => tag === undefined || tags.includes(tag));
    const range = { from, before, limit: MOST_ENTRIES };
    for (const part of chunksOf(meant.slice(0, MOST_TASKS), LEDGERS_AT_ONCE)) {
      const ledgers = await Promise.all(part.map(([id]) => this.runs.ledger(organization, id, range)));
      for (const [index, [id]] of part.entries()) {
        if (this.turns.isOver(organization)) await this.turns.next(organization);
        for (const entry of ledgers[index]!)
          for (const tally of talliesOf(id, Math.max(from, entry.from), query, counting)) tally.addEntry(entry, shareOf(entry, from, before)); // prettier-ignore
      }
    }
  }
}

const headOf = ({ definition: { name, tags } }: Task): TaskHead => ({ name, tags });

/** As many runs as one read may bring, judging by those before. */
const pageFor = (count: number, bytes: number, most: number): number =>
  count === 0 ? Math.min(PAGE, most) : Math.max(1, Math.min(PAGE, most, Math.floor((READ_BYTES * count) / bytes)));

function demandShortRange({ from, to }: ReportQuery): void {
  demandRange({ from, to });
  if (to - from > LONGEST_RANGE_MS) throw new InvalidInputError([{ parameter: 'to', detail: 'must be within 366 days of "from"' }]); // prettier-ignore
}

/** How many occurrences of a stretch lie within a range, as if they were evenly spread. */
function shareOf({ from: first, to: last, count }: LedgerEntry, from: number, before: number): number {
  if (first >= from && last < before) return count;
  const inside = Math.min(last, before - 1) - Math.max(first, from);
  return last === first ? count : Math.max(1, Math.round((count * inside) / (last - first)));
}

function talliesOf(taskId: string, at: number, query: ReportQuery, { total, rows, tasks }: Counting): Tally[] {
  const keys = keysOf(taskId, at, query, tasks);
  const tallies = keys.map((key) => {
    const tally = rows.get(key) ?? new Tally();
    rows.set(key, tally);
    return tally;
  });
  return [total, ...tallies];
}

function keysOf(taskId: string, at: number, { by }: ReportQuery, tasks: Counting['tasks']): readonly string[] {
  if (by === 'task') return [taskId];
  if (by === 'day') return [toIso(at).slice(0, 10)];
  return by === 'tag' ? (tasks.get(taskId)?.tags ?? []) : [];
}

const nameOf = ({ by }: ReportQuery, key: string, tasks: Counting['tasks']): string =>
  by === 'task' ? (tasks.get(key)?.name ?? '(deleted)') : key;
