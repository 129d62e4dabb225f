import { queueOf } from '../../../src/domain/need.js';
import type { Observer, Request, Start } from '../world/chronicle.js';
import { PAUSED } from '../world/users.js';
import type { World } from '../world/world.js';

/** By when every instance that reaches the store knows of a pause (ms). */
const KNOWN_MS = 2000;

/** While a queue is paused, nothing of it starts where the pause could be known. */
export class PausedQueues implements Observer {
  /** Since when it is certainly paused (true time); null while it may not be. */
  private since: number | null = null;

  constructor(private readonly world: World) {}

  requested({ kind }: Request): void {
    if (kind === 'resume-queue') this.since = null;
  }

  answered({ kind }: Request): void {
    if (kind === 'pause-queue' && !this.isResuming()) this.since ??= this.world.timeline.now;
  }

  started({ at, process, taskId, runId, version }: Start): void {
    const task = this.world.data.tasks.get(taskId);
    // A change may come between the start and this.
    if (!task || task.definition.parameters['version'] !== version || queueOf(task.definition) !== PAUSED) return;
    // Who is frozen, or cannot reach the store, learns of it later; in a calm world everybody does in time.
    if (this.since === null || !this.world.isCalm || at <= this.since + KNOWN_MS) return;
    this.world.chronicle.violate(
      'paused queues',
      `${process.name} starts run ${runId} of a paused queue`,
      runId,
      taskId,
    );
  }

  /** Whether a request to resume has not been answered: it may have been carried out all the same. */
  private isResuming(): boolean {
    return this.world.chronicle.requests.some(({ kind, answer }) => kind === 'resume-queue' && answer === null);
  }
}
