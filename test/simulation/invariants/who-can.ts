import { needOf } from '../../../src/domain/need.js';
import type { Claim, ClaimResult } from '../../../src/domain/claim.js';
import type { Task } from '../../../src/domain/task.js';
import type { RunChange } from '../../../src/scheduling/ports/run.store.js';
import type { Observer, Start } from '../world/chronicle.js';
import type { SimulatedProcess } from '../world/process.js';
import type { Call } from '../world/store-path.js';
import type { World } from '../world/world.js';

/** How long a claim may be on its way, after what its instance works has changed (ms). */
const ON_ITS_WAY_MS = 6000;

/** Guarantee 9: a run goes only to an instance that can run it, and no attempt is spent by one that cannot. */
export class WhoCan implements Observer {
  constructor(private readonly world: World) {}

  applied({ process, port, method, parts }: Call, result: unknown): void {
    if (port !== 'runs') return;
    if (method === 'open') {
      for (const [index, { taskId, generation, run }] of (parts[0] as Claim[]).entries())
        if (run && (result as ClaimResult[])[index] === 'opened') this.judge(process, taskId, run.id, generation);
    }
    if (method !== 'update') return;
    for (const { id, expected, progress } of parts[0] as RunChange[]) {
      const isTaken = progress.owner !== null && progress.owner !== expected.owner;
      const run = this.world.data.runs.get(id);
      if (!isTaken || !run || !(result as Set<string>).has(id) || progress.finishedAt !== null) continue;
      this.judge(process, run.taskId, id);
    }
  }

  started({ process, taskId, runId, version }: Start): void {
    const task = this.world.data.tasks.get(taskId);
    const { work, queues } = this.world.fleet.of(process);
    if (!work) this.violate(`${process.name}, which runs nothing, starts run ${runId}`, runId, taskId);
    // A change may come between the start and this.
    if (!task || task.definition.parameters['version'] !== version) return;
    const { queue } = needOf(task);
    if (queues.length > 0 && !queues.includes(queue))
      this.violate(`${process.name} starts run ${runId} of the queue ${queue}`, runId, taskId);
  }

  /** What waits for nobody is not failed either. */
  atTheEnd(): void {
    for (const { id, taskId, state, attempts } of this.world.data.runs.values()) {
      // What stands for a task that cannot be read calls a handler that nobody has.
      if (attempts.some(({ error }) => error?.code === 'handler-not-found' && !error.message.includes('(unreadable)')))
        this.violate(`run ${id} spends an attempt where its handler is not`, id, taskId);
      if (state === 'failed' && attempts.length === 0) this.violate(`run ${id} fails without an attempt`, id, taskId);
    }
  }

  private judge(process: SimulatedProcess, taskId: string, runId: string, generation?: number): void {
    const task = this.world.data.tasks.get(taskId);
    const { fleet, timeline } = this.world;
    // What was changed a moment ago may be on its way.
    const isSettled = task && timeline.now - Math.max(fleet.changedAt(process), this.changedAt(task)) > ON_ITS_WAY_MS;
    if (!task || !isSettled || (generation !== undefined && task.generation !== generation)) return;
    if (!this.can(process, task))
      this.violate(`${process.name}, which cannot run it, takes run ${runId}`, runId, taskId);
  }

  private can(process: SimulatedProcess, task: Task): boolean {
    const { work, queues, handlers } = this.world.fleet.of(process);
    const { action } = task.definition;
    const { queue } = needOf(task);
    const hasHandler = action.type !== 'handler' || handlers.includes(action.name);
    return work && (queues.length === 0 || queues.includes(queue)) && hasHandler;
  }

  private changedAt({ generation, updatedAt }: Task): number {
    return generation > 1 ? updatedAt : Number.NEGATIVE_INFINITY;
  }

  private violate(what: string, ...about: string[]): void {
    this.world.chronicle.violate('who can', what, ...about);
  }
}
