import type { Run } from '../../../src/domain/run.js';
import { wakeAt } from '../../../src/domain/task.js';
import type { World } from '../world/world.js';
import { isRunning } from './one-start.js';

/** How late a task or run counts as held up by the fault of another, when nothing else can have delayed it (ms). */
const LEFT_MS = 1500;

/**
 * A task that fails holds up no other one while its fault lasts: others are claimed, and what was claimed begins.
 * Judged in worlds where nothing else is wrong.
 */
export class OthersGoOn {
  constructor(private readonly world: World) {}

  whileSpoiled(): void {
    const { data, settings } = this.world;
    if (settings.concurrency < 1000 || settings.heapLimit < 1000) return;
    for (const task of data.tasks.values()) this.judge(task.id, wakeAt(task), `task ${task.id}`);
    for (const run of data.unfinished.values()) {
      if (run.state === 'pending' && !this.mayWait(run)) this.judge(run.taskId, run.dueAt, `run ${run.id}`);
    }
  }

  private judge(taskId: string, at: number | null, what: string): void {
    const { timeline, chronicle } = this.world;
    if (at === null || at >= timeline.now - LEFT_MS || this.world.isSpoiled(taskId)) return;
    chronicle.violate('others go on', `${what} was due at ${at}, and is held up by another one`, taskId);
  }

  /** Whether the run may wait for units of a pool, or for another run of its task; or has begun, and is not marked. */
  private mayWait({ taskId }: Run): boolean {
    const { definition } = this.world.data.tasks.get(taskId) ?? {};
    if (definition?.resources !== undefined) return true;
    return this.world.chronicle.starts.some((start) => start.taskId === taskId && isRunning(this.world, start));
  }
}
