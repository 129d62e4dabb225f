import { wakeAt } from '../../../src/domain/task.js';
import { shareOf } from '../../../src/cluster/slot-rule.js';
import type { Observer, Start } from '../world/chronicle.js';
import { CROWD } from '../world/crowd.js';
import type { SimulatedProcess } from '../world/process.js';
import type { World } from '../world/world.js';
import { isRunning } from './one-start.js';

/** For how long runs may still begin that were claimed before the instance heard of other organizations (ms). */
const CLAIMED_BEFORE_MS = 2000;
/** How late a task counts as waiting for more than its turn (ms). */
const LEFT_MS = 1500;

/**
 * While others have work, an organization holds no more than its share of an instance's slots, and the others go on,
 * whatever it wants. Judged in worlds where nothing else is wrong.
 */
export class Shares implements Observer {
  /** When each instance first had a run of an organization other than the crowd (epoch ms). */
  private readonly sharedSince = new Map<SimulatedProcess, number>();
  private cameAt = Number.POSITIVE_INFINITY;

  constructor(private readonly world: World) {}

  started(start: Start): void {
    if (!this.isOfCrowd(start)) {
      if (!this.sharedSince.has(start.process)) this.sharedSince.set(start.process, start.at);
      return;
    }
    this.cameAt = Math.min(this.cameAt, start.at);
    const since = this.sharedSince.get(start.process);
    if (since === undefined || start.at < since + CLAIMED_BEFORE_MS) return;
    const held = 1 + this.runningOn(start.process);
    const share = shareOf(this.world.settings.concurrency, 1);
    if (held > share) {
      const what = `a crowd holds ${held} slots of ${start.process.name}, its share is ${share}`;
      this.world.chronicle.violate('shares', what, start.taskId, start.runId);
    }
  }

  /** Judges, while the crowd is there, what is due of the other organizations. */
  whileCrowded(): void {
    const { data, timeline, living, chronicle } = this.world;
    const isSharedEverywhere = living.every(({ process }) => (this.sharedSince.get(process) ?? Infinity) < this.cameAt);
    if (!isSharedEverywhere) return;
    for (const task of data.tasks.values()) {
      const at = wakeAt(task);
      if (task.organization === CROWD || at === null || at >= timeline.now - LEFT_MS) continue;
      chronicle.violate('shares', `task ${task.id} was due at ${at}, and a crowd holds it up`, task.id);
    }
  }

  private runningOn(process: SimulatedProcess): number {
    const { starts } = this.world.chronicle;
    return starts.filter((start) => start.process === process && this.isOfCrowd(start) && isRunning(this.world, start))
      .length;
  }

  private isOfCrowd({ taskId }: Start): boolean {
    return this.world.data.tasks.get(taskId)?.organization === CROWD;
  }
}
