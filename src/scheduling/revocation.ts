import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { Dispatcher } from './dispatcher.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import { RunStore } from './run.store.js';

/** How often to look whether another instance has let go of what it armed. */
const LOOK_EVERY_MS = 20;

/**
 * Sees to it that nothing of a task's old definition starts after a change was answered. What this instance armed it
 * takes back at once; what another one armed is waited for: it becomes due within that instance's arming window.
 */
@Injectable()
export class Revocation {
  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly locks: LockManager,
    private readonly dispatcher: Dispatcher,
    private readonly orchestrator: ExecutionOrchestrator,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {}

  /** Begins to mind a new task. */
  follow(task: Task): void {
    this.dispatcher.track(task);
  }

  /** Voids what was claimed of the task for instants after `now` (epoch ms), then minds the task as it is after the change. */
  async revoke(task: Task, now: number): Promise<void> {
    await this.takeBack(task, task.generation, now);
    this.dispatcher.track(task);
  }

  /** As `revoke`, for a task that is gone. */
  async revokeDeleted(task: Task, now: number): Promise<void> {
    await this.takeBack(task, task.generation + 1, now);
    for (const run of await this.runs.unfinishedOf([task.id])) {
      if (!(await this.orchestrator.cancel(run.id, 'the task was deleted'))) {
        await this.runs.requestCancel(task.organization, run.id);
      }
    }
  }

  /** Takes back what was claimed under generations before `generation`. */
  private async takeBack(task: Task, generation: number, now: number): Promise<void> {
    await this.dispatcher.forget(task.id);
    const revoked = this.orchestrator.revoke(task.id, generation, now);
    if (revoked.length > 0) {
      await this.runs.withdraw(revoked.map(({ id, owner, attempt }) => ({ id, expected: { owner, attempt } })));
    }
    while (await this.isArmedElsewhere(task.id, generation)) await this.clock.sleep(LOOK_EVERY_MS);
  }

  /** Whether a living other instance holds a run of an older generation that has yet to become due. */
  private async isArmedElsewhere(taskId: string, generation: number): Promise<boolean> {
    const unfinished = await this.runs.unfinishedOf([taskId]);
    const armed = unfinished.filter((run) => run.generation < generation && this.mayStartElsewhere(run));
    const owners = [...new Set(armed.map(({ owner }) => owner!))];
    const dead = new Set(await this.locks.deadAmong(owners));
    return armed.some(({ owner }) => !dead.has(owner!));
  }

  private mayStartElsewhere(run: Run): boolean {
    const elsewhere = run.owner !== null && run.owner !== this.locks.owner;
    const untouched = run.trigger === 'schedule' && run.state === 'pending' && run.attempts.length === 0;
    // Whoever holds its lock has not been stalled for a lock's life: a run that waits longer than that waits for a
    // place or for another run of its task, and its instance looks at the definition again before it starts it.
    const doubtful = Math.max(run.dueAt, run.createdAt) + this.settings.lockLifeMs > this.clock.now();
    return elsewhere && untouched && doubtful;
  }
}
