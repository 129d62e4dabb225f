import { Injectable } from '@nestjs/common';
import { EARLIEST } from '../domain/instants.js';
import type { Run } from '../domain/run.js';
import { wakeAt, type Task } from '../domain/task.js';
import { RunReads } from '../scheduling/run.reads.js';
import { TaskReads } from '../scheduling/task.reads.js';
import type { OverdueTask } from './overdue.js';

/** How many occurrences and how many runs are looked at, the oldest first. */
const MOST = 1000;

/** What was found overdue, and whether that is all. */
export interface Found {
  tasks: OverdueTask[];
  complete: boolean;
}

/** Asks the store what should have begun and has not, whatever any instance holds in memory. */
@Injectable()
export class OverdueSearch {
  constructor(
    private readonly tasks: TaskReads,
    private readonly runs: RunReads,
  ) {}

  /** The tasks of all organizations with something that was due before `before` (epoch ms). @throws StoreUnavailableError */
  async find(before: number): Promise<Found> {
    const [late, waiting] = await Promise.all([
      this.tasks.dueBetween({ from: EARLIEST, before, limit: MOST }),
      this.runs.waiting(before, MOST),
    ]);
    const stuck = await this.withoutLegitimate(waiting);
    const found = new Map(late.map((task) => [task.id, { task, since: wakeAt(task)!, occurrence: true, runs: 0 }]));
    for (const { run, task } of stuck) {
      const known = found.get(task.id) ?? { task, since: run.dueAt, occurrence: false, runs: 0 };
      found.set(task.id, { ...known, since: Math.min(known.since, run.dueAt), runs: known.runs + 1 });
    }
    return { tasks: [...found.values()], complete: late.length < MOST && waiting.length < MOST };
  }

  /** Leaves out the runs that wait for what their task has asked to be waited for. */
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

/** Whether the run waits for units of a pool, or for another run of its task, which has begun and not finished. */
export const isWaitingItsTurn = ({ owner, state }: Run, { definition }: Task, isBusy: boolean): boolean =>
  owner !== null &&
  (definition.resources !== undefined || (definition.overlap !== 'allow' && isBusy && state === 'pending'));
