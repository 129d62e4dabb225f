import type { Run } from '../../../src/domain/run.js';
import { wakeAt, type Task } from '../../../src/domain/task.js';
import { LockManager } from '../../../src/locking/lock-manager.js';
import type { Start } from '../world/chronicle.js';
import { OwnWork } from '../../../src/cluster/own-work.js';
import type { World } from '../world/world.js';
import { isRunning } from './one-start.js';

/** How long after all trouble has ended everything due has been taken up (ms). */
export const RECOVERY_MS = 9000;
/**
 * How late a start that nothing prevents may be, by the clock of its instance (ms); it may be later by as much as
 * another instance's clock is behind.
 */
const LATENESS_MS = 60;
/** The same for what somebody asked of an instance that cannot do it: those that can look for such runs (ms). */
const FOUND_MS = 1000;

/** After all trouble has ended, everything due is done within a bounded time, and starts are punctual again. */
export class Liveness {
  constructor(private readonly world: World) {}

  /** `healedAt` is when the trouble ended; `healedAt` and the present are in true time (epoch ms). */
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
      if (
        run.dueAt > healedAt + RECOVERY_MS - 2000 &&
        latest > this.latenessOf(run) + disagreement &&
        this.isFree(run)
      ) {
        this.violate(`run ${run.id} started ${latest} ms late`, run.id, run.taskId);
      }
    }
  }

  /** How late the run may start: whoever took in what was asked for may not be able to do it. */
  private latenessOf({ trigger, taskId }: Run): number {
    const task = this.world.data.tasks.get(taskId);
    if (trigger === 'schedule' || !task) return LATENESS_MS;
    return this.world.living.every(({ assembly }) => assembly.get(OwnWork).can(task)) ? LATENESS_MS : FOUND_MS;
  }

  /** Whether there are more slots, more places and more memory than the work needs; otherwise runs may wait for their turn. */
  private get isRoomy(): boolean {
    const { settings, limiting } = this.world;
    return settings.concurrency >= 1000 && settings.heapLimit >= 1000 && !limiting.isTight;
  }

  /**
   * Whether the run is being worked on, or waits for other runs of its task or for units of a pool, which may take any
   * time.
   */
  private isBusy(run: Run): boolean {
    const { overlap, resources } = this.world.data.tasks.get(run.taskId)?.definition ?? {};
    return (
      overlap === 'queue' ||
      resources !== undefined ||
      this.world.chronicle.starts.some(
        (start) => (start.runId === run.id && isRunning(this.world, start)) || this.isInTheWay(start, run, overlap),
      )
    );
  }

  /**
   * Whether an action goes on for which the run has to wait in the process that holds it. It need not be an attempt any
   * more: one that does not listen to its signal goes on after its run was cancelled.
   */
  private isInTheWay(
    { taskId, runId, process, isOver }: Start,
    run: Run,
    overlap?: Task['definition']['overlap'],
  ): boolean {
    if (isOver || (overlap === 'allow' ? runId !== run.id : taskId !== run.taskId)) return false;
    return this.world.living.some(
      (one) => one.process === process && one.assembly.get(LockManager).owner === run.owner,
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
