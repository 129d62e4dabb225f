import { Injectable } from '@nestjs/common';
import { InstanceRegistry, type KnownInstance } from '../cluster/instance-registry.js';
import { firstIdAt } from '../domain/ids.js';
import { LATEST } from '../domain/instants.js';
import { queueOf } from '../domain/need.js';
import { isFinished, type Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { ChainedOrganizations } from '../events/chains/chained-organizations.js';
import { endEventId } from '../events/chains/end-event.js';
import { EventRecords } from '../events/event-records.js';
import { QueuePauses, type QueuePause } from '../organizations/queue-pauses.js';
import { runInTheWay } from '../scheduling/planning/obstacle.js';
import { RunReads } from '../scheduling/ports/run.reads.js';
import { poolOf } from '../scheduling/resources/pool-sizes.js';
import { ResourcePools } from '../scheduling/resources/resource-pools.js';
import { ofFollowers } from './chain-evidence.js';
import type { Evidence } from './explanation.js';
import type { NeededPool, Surroundings } from './waiting.js';

/** How many runs on either side of an instant are checked. */
const AROUND = 20;
/** Among how many unfinished runs of a task the one is looked for that is in the way. */
const MOST_UNFINISHED = 1000;

/** The context of a run: the runs that may have made it wait, and what it may be waiting for now. */
export interface Around {
  others: Run[];
  surroundings: Surroundings | null;
}

/** Reads the context of runs and instants from the store; each read is bounded. */
@Injectable()
export class Neighbourhood {
  constructor(
    private readonly runs: RunReads,
    private readonly pools: ResourcePools,
    private readonly registry: InstanceRegistry,
    private readonly pauses: QueuePauses,
    private readonly chained: ChainedOrganizations,
    private readonly events: EventRecords,
  ) {}

  /** The pause of the task's queue; null while it is not paused. */
  pauseOf({ organization, definition }: Pick<Task, 'organization' | 'definition'>): QueuePause | null {
    return this.pauses.of(organization, queueOf(definition)) ?? null;
  }

  /** The runs of a task around an instant (epoch ms), including the nearest. */
  async runsAround(organization: string, taskId: string, at: number): Promise<Run[]> {
    const [before, after] = await Promise.all([
      this.runsBefore(organization, taskId, at + 1),
      this.runs.ofTask(organization, taskId, { from: at + 1, before: LATEST, limit: 1 }),
    ]);
    return [...before, ...after];
  }

  /** What the end of the run started, and what it did not, as far as that is on record. */
  async followersOf({ id: runId, organization, state, scheduledFor, event: cause }: Run): Promise<Evidence[]> {
    if (!isFinished(state) || !this.chained.has(organization)) return [];
    const found = await this.events.find(organization, endEventId({ runId, scheduledFor, state, cause }));
    return found ? ofFollowers(found.runs, found.left) : [];
  }

  /** The context of a run at the instant `now` (epoch ms). */
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

  /** The first run of a time-driven occurrence after an instant (epoch ms); null when none is near. */
  async nextByTime({ organization, id }: Task, after: number): Promise<Run | null> {
    const runs = await this.runs.ofTask(organization, id, { from: after + 1, before: LATEST, limit: AROUND });
    return runs.find(({ trigger }) => trigger === 'schedule') ?? null;
  }

  /** The instances that work on the store. */
  instances(): Promise<KnownInstance[]> {
    return this.registry.list();
  }

  /** Ids sort by nominal time. */
  private async runsBefore(organization: string, taskId: string, before: number): Promise<Run[]> {
    return (await this.runs.list(organization, { taskId }, { after: firstIdAt(before), limit: AROUND })).items;
  }

  private async blockerOf({ organization, reason }: Run): Promise<Run | null> {
    const id = runInTheWay(reason);
    return id === null ? null : this.runs.get(organization, id);
  }

  private async surroundings({ organization, id }: Run, task: Task): Promise<Surroundings> {
    const [unfinished, instances, pools] = await Promise.all([
      this.runs.unfinishedOf([task.id], MOST_UNFINISHED),
      this.registry.list(),
      this.poolsOf(organization, task),
    ]);
    const pause = this.pauseOf(task);
    return { others: unfinished.filter((other) => other.id !== id), instances, pools, pause };
  }

  private async poolsOf(organization: string, { definition: { resources = {} } }: Task): Promise<NeededPool[]> {
    const needs = Object.entries(resources);
    if (needs.length === 0) return [];
    const seen = await this.pools.look(needs.map(([name]) => [organization, name]));
    return needs.map(([name, needed]) => {
      const { capacity, free, perMs, nextMs } = seen.get(poolOf(organization, name))!;
      const next = nextMs[needed - free.length - 1] ?? null;
      return { name, needed, capacity, free: free.length, perMs, nextMs: next };
    });
  }
}
