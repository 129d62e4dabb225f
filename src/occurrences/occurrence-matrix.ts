import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { inTurns, Turns } from '../clock/turns.js';
import { chunksOf } from '../domain/chunks.js';
import { listingOf, type Listing, type Page } from '../domain/listing.js';
import type { Task } from '../domain/task.js';
import { messageOf } from '../domain/thrown.js';
import { demandSteps, type TimeRange } from '../domain/time-range.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { TaskTimes } from '../ledger/task-times.js';
import { fitsFilter } from '../scheduling/ports/task-filter.js';
import { TaskReads, type TaskFilter } from '../scheduling/ports/task.reads.js';
import { ShownTasks } from '../scheduling/tasks/shown-tasks.js';
import type { TaskTimetables } from '../triggers/calendar-resolver.js';
import { edgesOf, Grid, type Cell } from './grid.js';
import { PastOccurrences, type PastRuns } from './past-occurrences.js';
import { addPlanned, addSkipped } from './planned-cells.js';

/** How many cells a row may have. */
export const MOST_CELLS = 400;
/** How many runs, and how many entries of the ledger, are counted of one task. */
export const MOST_RUNS = 1000;
export const MOST_ENTRIES = 200;
/** After how many runs a page ends. */
const MOST_LOOKED = 5000;
const AT_ONCE = 5;

/** Which rows and columns: a range of time, in cells of `stepMs`. */
export interface MatrixQuery extends TaskFilter, TimeRange {
  stepMs: number;
  timeZone?: string | undefined;
  ids?: readonly string[] | undefined;
}

/** The occurrences of one task over time; only cells that hold something. */
export interface MatrixRow {
  id: string;
  task: Task;
  cells: Cell[];
  /** Whether something is missing: older runs, entries of the ledger, or the plan. */
  truncated: boolean;
  /** From when on all runs are counted (epoch ms), where older ones are not. */
  countedFrom: number | null;
}

/** Shows what became of the occurrences of many tasks, and what is to come: tasks by time. */
@Injectable()
export class OccurrenceMatrix {
  private readonly logger = new Logger(OccurrenceMatrix.name);

  constructor(
    private readonly tasks: TaskReads,
    private readonly shown: ShownTasks,
    private readonly past: PastOccurrences,
    private readonly ledger: LedgerService,
    private readonly times: TaskTimes,
    private readonly turns: Turns,
    private readonly clock: Clock,
  ) {}

  /**
   * A reader of the rows, newest task first. After so many runs it brings no more rows, though the list goes on.
   * @throws InvalidInputError where the range is empty, or has more cells than a row may have
   */
  async reading(organization: string, query: MatrixQuery): Promise<(page: Page) => Promise<Listing<MatrixRow>>> {
    demandSteps(query, MOST_CELLS, 'cells');
    const edges = edgesOf(query.from, query.to, query.stepMs, query.timeZone);
    const timetablesOf = await this.times.ofMany(organization);
    let looked = 0;
    return async ({ after, limit }) => {
      if (looked >= MOST_LOOKED) return { items: [], next: after ?? null };
      const most = Math.min(limit, AT_ONCE);
      const { items: tasks, next } = await this.tasksOf(organization, query, { after, limit: most });
      const range = { from: edges[0]!, before: edges.at(-1)!, limit: MOST_RUNS };
      const ids = tasks.map(({ id }) => id);
      const runs = ids.length > 0 ? await this.past.runs(organization, ids, range) : new Map<string, PastRuns>();
      const items: MatrixRow[] = [];
      for (const task of tasks) {
        const past = runs.get(task.id)!;
        looked += past.runs.length;
        items.push(await this.row(task, edges, past, timetablesOf(task)));
      }
      return { items, next };
    };
  }

  private async tasksOf(organization: string, query: MatrixQuery, page: Page): Promise<Listing<Task>> {
    const { ids, state, tag, queue, q } = query;
    if (ids === undefined) return this.shown.list(organization, { state, tag, queue, q }, page);
    const { after, limit } = page;
    const left = [...new Set(ids)].sort((a, b) => (a < b ? 1 : -1)).filter((id) => after === undefined || id < after);
    const items: Task[] = [];
    for (const part of chunksOf(left, AT_ONCE)) {
      const found = (await this.tasks.byIds(part)).filter((task) => task.organization === organization);
      const own = (await this.shown.asOf(found)).filter((task) => fitsFilter(task, query));
      items.push(...own.sort((a, b) => (a.id < b.id ? 1 : -1)));
      if (items.length > limit) break;
    }
    return listingOf(items, limit, ({ id }) => id);
  }

  private async row(
    task: Task,
    edges: readonly number[],
    past: PastRuns,
    timetables: TaskTimetables | null,
  ): Promise<MatrixRow> {
    const { organization, id } = task;
    const grid = new Grid(edges);
    for (const run of past.runs) grid.addRun(run);
    if (this.turns.isOver(organization)) await this.turns.next(organization);
    const range = { from: edges[0]!, before: edges.at(-1)!, limit: MOST_ENTRIES + 1 };
    const entries = await this.ledger.touching(task, range, timetables);
    for (const entry of entries.slice(0, MOST_ENTRIES)) grid.addEntry(entry);
    const isPlanned = timetables !== null && (await this.plan(grid, edges, task, timetables));
    return {
      ...{ id, task, cells: grid.filled },
      truncated: !past.isAll || entries.length > MOST_ENTRIES || !isPlanned,
      countedFrom: past.isAll ? null : (past.runs.at(-1)?.scheduledFor ?? null),
    };
  }

  private async plan(grid: Grid, edges: readonly number[], task: Task, timetables: TaskTimetables): Promise<boolean> {
    try {
      addSkipped(grid, edges, task, timetables, this.clock.now());
      await inTurns(this.turns, task.organization, () => addPlanned(grid, edges, task, timetables));
      return true;
    } catch (error) {
      this.logger.debug(`The plan of task ${task.id} is left out of a matrix: ${messageOf(error)}`);
      return false;
    }
  }
}
