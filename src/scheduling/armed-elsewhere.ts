import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { RunStore } from './run.store.js';
import { lookLifeMs } from './second-look.js';

/** Knows of runs that another instance claimed under an older definition and may still start by it. */
@Injectable()
export class ArmedElsewhere {
  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly locks: LockManager,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'armingMs' | 'lockLifeMs'>,
  ) {}

  /**
   * Whether a living other instance holds a run of the task from before `generation` that it has yet to start, and may
   * have looked at the task before it was changed; that was stored by `changedAt` (epoch ms).
   */
  async has(taskId: string, generation: number, changedAt: number): Promise<boolean> {
    return (await this.among([{ id: taskId, generation }], changedAt + lookLifeMs(this.settings))).size > 0;
  }

  /** Those of the tasks that were changed so lately that another instance may be about to start a run of before. */
  async amongChanged(tasks: readonly Task[]): Promise<Set<string>> {
    const { armingMs, lockLifeMs } = this.settings;
    const since = this.clock.now() - armingMs - lockLifeMs;
    return this.among(tasks.filter(({ generation, updatedAt }) => generation > 1 && updatedAt > since));
  }

  private async among(tasks: readonly Pick<Task, 'id' | 'generation'>[], lookedBy = 0): Promise<Set<string>> {
    if (tasks.length === 0) return new Set();
    const generations = new Map(tasks.map(({ id, generation }) => [id, generation]));
    const unfinished = await this.runs.unfinishedOf([...generations.keys()], this.locks.owner);
    const armed = unfinished.filter(
      (run) => run.generation < generations.get(run.taskId)! && this.mayStart(run, lookedBy),
    );
    const dead = new Set(await this.locks.deadAmong([...new Set(armed.map(({ owner }) => owner!))]));
    return new Set(armed.filter(({ owner }) => !dead.has(owner!)).map(({ taskId }) => taskId));
  }

  private mayStart(run: Run, lookedBy: number): boolean {
    if (run.owner === null || run.owner === this.locks.owner || run.state !== 'pending') return false;
    const now = this.clock.now();
    if (now < lookedBy && run.dueAt <= lookedBy) return true;
    // Whoever holds its lock has not been stalled for a lock's life: a run that waits longer than that waits for a
    // place or for another run of its task, and its instance looks at the definition again before it starts it.
    const claimedBy = Math.max(run.dueAt, run.createdAt) + this.settings.lockLifeMs;
    return run.trigger === 'schedule' && run.attempts.length === 0 && now < claimedBy;
  }
}
