import type { Run } from '../../../src/domain/run.js';
import { wakeAt } from '../../../src/domain/task.js';
import type { World } from '../world/world.js';
import { isRunning } from './one-start.js';

/** How long after all trouble has ended everything that is due has been taken up (ms). */
export const RECOVERY_MS = 9000;
/** How late a start may be that nothing stands in the way of, by the clock of its instance (ms); where another one's clock is behind, it may be that late. */
const LATENESS_MS = 60;

/** After all trouble has ended, what is due is done within a bounded time, and starts on time again. */
export class Liveness {
  constructor(private readonly world: World) {}

  /** `healedAt` is when the trouble ended, both it and now in true time (epoch ms). */
  atTheEnd(healedAt: number): void {
    const due = healedAt;
    for (const task of this.world.data.tasks.values()) {
      const at = wakeAt(task);
      if (this.isRoomy && at !== null && at < due)
        this.violate(`task ${task.id} was due at ${at} and was left lying`, task.id);
    }
    for (const run of this.world.data.unfinished.values()) {
      if (this.isRoomy && !this.isBusy(run) && Math.max(run.dueAt, run.createdAt) < due)
        this.violate(`run ${run.id} is left ${run.state}`, run.id, run.taskId);
    }
    const disagreement = this.world.clocksDifferBy;
    for (const run of this.world.data.runs.values()) {
      const latest = run.latenessMs ?? 0;
      if (run.dueAt > healedAt + RECOVERY_MS - 2000 && latest > LATENESS_MS + disagreement && this.isFree(run)) {
        this.violate(`run ${run.id} started ${latest} ms late`, run.id, run.taskId);
      }
    }
  }

  /** Whether there are more places and more memory than there is to do: otherwise things may wait for their turn. */
  private get isRoomy(): boolean {
    return this.world.settings.concurrency >= 1000 && this.world.settings.heapLimit >= 1000;
  }

  /** Whether the run is worked on, or waits for others of its task or for units of a pool, which may take any time. */
  private isBusy(run: Run): boolean {
    const { overlap, resources } = this.world.data.tasks.get(run.taskId)?.definition ?? {};
    return (
      overlap === 'queue' ||
      resources !== undefined ||
      this.world.chronicle.starts.some((start) => start.runId === run.id && isRunning(this.world, start))
    );
  }

  private isFree({ taskId, attempts }: Run): boolean {
    const task = this.world.data.tasks.get(taskId);
    return this.isRoomy && task?.definition.overlap === 'allow' && !task.definition.resources && attempts.length <= 1;
  }

  private violate(what: string, ...about: string[]): void {
    this.world.chronicle.violate('liveness', what, ...about);
  }
}
