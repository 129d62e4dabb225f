import { Injectable } from '@nestjs/common';
import { chunksOf } from '../domain/chunks.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { RunReads } from '../scheduling/ports/run.reads.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { isWaitReason, quotasIn } from '../scheduling/resources/pool-sizes.js';

/** How many runs under way, and how many that wait, are looked at; how many holders of one pool are told. */
const MOST_LOOKED = 200;
const MOST_HOLDERS = 10;
/** How many tasks are read at a time; each may be large, so that only what is told of them is kept. */
const TASKS_AT_ONCE = 32;

/** A run that holds units of a pool. `since` is when it started (epoch ms). */
export interface Holder {
  runId: string;
  taskId: string;
  name: string;
  units: number;
  since: number;
}

/** Who holds the units of pools, and how many due runs wait for them; quotas are among the pools. */
export interface Demand {
  /** By the name of the pool; those that have held longest first. */
  holders: ReadonlyMap<string, Holder[]>;
  waiting: ReadonlyMap<string, number>;
  /** Whether all runs were looked at. */
  isAll: boolean;
}

export const NO_DEMAND: Demand = { holders: new Map(), waiting: new Map(), isAll: true };

/** What is told of a task. */
type Named = Pick<Task['definition'], 'name' | 'resources'>;

/** Finds out who holds the units of an organization's pools, and who waits for them. */
@Injectable()
export class UnitDemand {
  constructor(
    private readonly runs: RunReads,
    private readonly tasks: TaskReads,
  ) {}

  async of(organization: string, now: number): Promise<Demand> {
    const page = { limit: MOST_LOOKED };
    const due = { to: now + 1, oldestFirst: true };
    const [running, ...waits] = await Promise.all([
      this.runs.list(organization, { state: 'running', oldestFirst: true }, page),
      this.runs.list(organization, { state: 'pending', ...due }, page),
      this.runs.list(organization, { state: 'retrying', ...due }, page),
    ]);
    const waiting = waits.flatMap(({ items }) => items).filter(({ reason }) => isWaitReason(reason));
    const tasks = await this.tasksOf(organization, [...running.items, ...waiting]);
    return {
      holders: holdersOf(running.items, tasks),
      waiting: waitersOf(waiting, tasks),
      isAll: [running, ...waits].every(({ next }) => next === null),
    };
  }

  private async tasksOf(organization: string, runs: readonly Run[]): Promise<Map<string, Named>> {
    const known = new Map<string, Named>();
    for (const ids of chunksOf([...new Set(runs.map(({ taskId }) => taskId))], TASKS_AT_ONCE))
      for (const { id, organization: owner, definition } of await this.tasks.byIds(ids))
        if (owner === organization) known.set(id, { name: definition.name, resources: definition.resources });
    return known;
  }
}

function holdersOf(running: readonly Run[], tasks: ReadonlyMap<string, Named>): Map<string, Holder[]> {
  const holders = new Map<string, Holder[]>();
  const begun = running.map((run) => ({ run, since: run.startedAt ?? run.scheduledFor }));
  for (const { run, since } of begun.sort((a, b) => a.since - b.since)) {
    const task = tasks.get(run.taskId);
    for (const [pool, units] of Object.entries(task?.resources ?? {})) {
      const known = holders.get(pool) ?? [];
      const { id: runId, taskId } = run;
      if (known.length < MOST_HOLDERS) known.push({ runId, taskId, name: task!.name, units, since });
      holders.set(pool, known);
    }
  }
  return holders;
}

function waitersOf(waiting: readonly Run[], tasks: ReadonlyMap<string, Named>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { taskId, reason } of waiting) {
    const pools = Object.keys(tasks.get(taskId)?.resources ?? {});
    for (const pool of [...pools, ...quotasIn(reason!)]) counts.set(pool, (counts.get(pool) ?? 0) + 1);
  }
  return counts;
}
