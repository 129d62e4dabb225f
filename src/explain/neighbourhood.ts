import { Injectable } from '@nestjs/common';
import { InstanceRegistry, type KnownInstance } from '../cluster/instance-registry.js';
import { firstIdAt } from '../domain/ids.js';
import { LATEST } from '../domain/instants.js';
import { isFinished, type Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { runInTheWay } from '../scheduling/overlap-reason.js';
import { poolOf, ResourcePools } from '../scheduling/resource-pools.js';
import { RunReads } from '../scheduling/run.reads.js';
import type { NeededPool, Surroundings } from './waiting.js';

/** How many runs to either side of an instant are looked at. */
const AROUND = 20;

/** What stands around a run: those that may have kept it waiting, and what it may be waiting for now. */
export interface Around {
  others: Run[];
  surroundings: Surroundings | null;
}

/** Looks in the store for what stands around runs and instants; each look is bounded. */
@Injectable()
export class Neighbourhood {
  constructor(
    private readonly runs: RunReads,
    private readonly pools: ResourcePools,
    private readonly registry: InstanceRegistry,
  ) {}

  /** The runs of a task around an instant (epoch ms), among which the nearest is. */
  async runsAround(organization: string, taskId: string, at: number): Promise<Run[]> {
    const [before, after] = await Promise.all([
      this.runsBefore(organization, taskId, at + 1),
      this.runs.ofTask(organization, taskId, { from: at + 1, before: LATEST, limit: 1 }),
    ]);
    return [...before, ...after];
  }

  /** What stands around a run at the instant `now` (epoch ms). */
  async of(run: Run, task: Task, now: number): Promise<Around> {
    const { organization, taskId, scheduledFor } = run;
    const isWaiting = !isFinished(run.state) && run.dueAt <= now;
    const [earlier, blocker, surroundings] = await Promise.all([
      this.runsBefore(organization, taskId, scheduledFor),
      this.blockerOf(run),
      isWaiting ? this.surroundings(run, task) : null,
    ]);
    return { others: blocker ? [blocker, ...earlier] : earlier, surroundings };
  }

  /** The first run of a time-driven occurrence after an instant (epoch ms); null when there is none near it. */
  async nextByTime({ organization, id }: Task, after: number): Promise<Run | null> {
    const runs = await this.runs.ofTask(organization, id, { from: after + 1, before: LATEST, limit: AROUND });
    return runs.find(({ trigger }) => trigger === 'schedule') ?? null;
  }

  /** The instances that work on the store. */
  instances(): Promise<KnownInstance[]> {
    return this.registry.list();
  }

  /** Ids are in the order of the nominal times. */
  private async runsBefore(organization: string, taskId: string, before: number): Promise<Run[]> {
    return (await this.runs.list(organization, { taskId }, { after: firstIdAt(before), limit: AROUND })).items;
  }

  private async blockerOf({ organization, reason }: Run): Promise<Run | null> {
    const id = runInTheWay(reason);
    return id === null ? null : this.runs.get(organization, id);
  }

  private async surroundings({ organization, id }: Run, task: Task): Promise<Surroundings> {
    const [unfinished, instances, pools] = await Promise.all([
      this.runs.unfinishedOf([task.id]),
      this.registry.list(),
      this.poolsOf(organization, task),
    ]);
    return { others: unfinished.filter((other) => other.id !== id), instances, pools };
  }

  private async poolsOf(organization: string, { definition: { resources = {} } }: Task): Promise<NeededPool[]> {
    const needs = Object.entries(resources);
    if (needs.length === 0) return [];
    const seen = await this.pools.look(needs.map(([name]) => [organization, name]));
    return needs.map(([name, needed]) => {
      const { capacity, free } = seen.get(poolOf(organization, name))!;
      return { name, needed, capacity, free: free.length };
    });
  }
}
