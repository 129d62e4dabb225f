import { Injectable } from '@nestjs/common';
import { Ownership } from '../cluster/ownership.js';
import type { Lack } from '../cluster/instance-work.js';
import { EARLIEST } from '../domain/instants.js';
import { queueOf } from '../domain/need.js';
import type { Run } from '../domain/run.js';
import { wakeAt, type Task } from '../domain/task.js';
import { QueuePauses } from '../organizations/queue-pauses.js';
import { inTurns, readInTurns } from '../scheduling/dispatch/in-turns.js';
import { RunReads } from '../scheduling/ports/run.reads.js';
import { isLastPage } from '../scheduling/ports/task-pages.js';
import { isWaitReason } from '../scheduling/resources/pool-sizes.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import type { OverdueTask } from './overdue.js';

/** How many occurrences and how many runs are checked, the oldest first. */
const MOST = 1000;
/** Beyond that, how many are read at a time of further organizations, and how often. */
const PAGE = 200;
const MOST_PAGES = 20;

/** What was found overdue, and whether that is all. */
export interface Found {
  tasks: OverdueTask[];
  complete: boolean;
}

/** Asks the store what should have started and has not, whatever instances hold in memory. */
@Injectable()
export class OverdueSearch {
  constructor(
    private readonly tasks: TaskReads,
    private readonly runs: RunReads,
    private readonly ownership: Ownership,
    private readonly pauses: QueuePauses,
  ) {}

  /**
   * The tasks of all organizations with something that was due before `before` (epoch ms).
   * @throws StoreUnavailableError
   */
  async find(before: number): Promise<Found> {
    const [{ late, isAll }, waiting] = await Promise.all([this.late(before), this.waiting(before)]);
    const stuck = await this.withoutLegitimate(waiting.runs);
    const overdue = (task: Task, since: number, occurrence: boolean): OverdueTask => {
      return { task, since, occurrence, runs: 0, missing: this.missingFor(task) };
    };
    const found = new Map(late.map((task) => [task.id, overdue(task, wakeAt(task)!, true)]));
    for (const { run, task } of stuck) {
      const known = found.get(task.id) ?? overdue(task, run.dueAt, false);
      found.set(task.id, { ...known, since: Math.min(known.since, run.dueAt), runs: known.runs + 1 });
    }
    return { tasks: [...found.values()], complete: isAll && waiting.isAll };
  }

  /** What keeps every instance from running the task: its queue is paused, or none can; null where one could. */
  private missingFor(task: Task): Lack | null {
    const queue = queueOf(task.definition);
    if (this.pauses.of(task.organization, queue)) return { kind: 'paused-queue', name: queue };
    return this.ownership.missingFor(task);
  }

  /**
   * The oldest may all be of one crowd: something of each organization is found beside it, and beside what no instance
   * can run what one could run.
   */
  private async late(before: number): Promise<{ late: Task[]; isAll: boolean }> {
    const range = { from: EARLIEST, before, limit: MOST };
    const late = await this.tasks.dueBetween(range);
    if (isLastPage(late, MOST)) return { late, isAll: true };
    const parts = this.ownership.fleetReach;
    const without = this.pauses.exclusions;
    const able = parts || without.length > 0 ? await this.tasks.dueBetween({ ...range, parts, without }) : [];
    const ofEach = await readInTurns(
      PAGE,
      [],
      (turns) => this.tasks.dueBetween({ ...range, limit: PAGE, turns }),
      (page) => isLastPage(page, PAGE),
    );
    return {
      late: inTurns([...new Map([...late, ...able, ...ofEach].map((task) => [task.id, task])).values()]),
      isAll: false,
    };
  }

  /** The runs that wait: the oldest and, where those are a crowd, those of other organizations beside it. */
  private async waiting(before: number): Promise<{ runs: Run[]; isAll: boolean }> {
    const found = new Map<string, Run>();
    const crowds = new Set<string>();
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const limit = pages === 0 ? MOST : PAGE;
      const page = await this.runs.waiting(before, limit, [...crowds]);
      for (const run of page) found.set(run.id, run);
      if (page.length < limit) break;
      for (const organization of largest(page)) crowds.add(organization);
    }
    return { runs: inTurns([...found.values()]), isAll: crowds.size === 0 };
  }

  /** Leaves out the runs that their task's own settings make wait. */
  private async withoutLegitimate(runs: readonly Run[]): Promise<{ run: Run; task: Task }[]> {
    if (runs.length === 0) return [];
    const ids = [...new Set(runs.map(({ taskId }) => taskId))];
    const tasks = new Map((await this.tasks.byIds(ids)).map((task) => [task.id, task]));
    const busy = await this.runs.busyAmong(ids);
    return runs.flatMap((run) => {
      const task = tasks.get(run.taskId);
      return task && !isWaitingItsTurn(run, task, busy.has(task.id)) ? [{ run, task }] : [];
    });
  }
}

/** The organizations that have their part of the page, or more. */
function largest(page: readonly Run[]): string[] {
  const counts = new Map<string, number>();
  for (const { organization } of page) counts.set(organization, (counts.get(organization) ?? 0) + 1);
  return [...counts].flatMap(([organization, count]) => (count >= page.length / counts.size ? [organization] : []));
}

/** Whether the run waits for units of a pool or of a quota, or for another run of its task, which has started and not finished. */
export const isWaitingItsTurn = ({ owner, state, reason }: Run, { definition }: Task, isBusy: boolean): boolean =>
  owner !== null &&
  (definition.resources !== undefined ||
    isWaitReason(reason) ||
    (definition.overlap !== 'allow' && isBusy && state === 'pending'));
