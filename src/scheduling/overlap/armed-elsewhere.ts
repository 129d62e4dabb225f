import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { chunksOf } from '../../domain/chunks.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { LockManager } from '../../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { RunStore } from '../ports/run.store.js';
import { lookLifeMs } from './second-look.js';

/** How many of very many runs elsewhere are read of each kind, and of how many tasks at once. */
const MOST_READ = 50;
const AT_ONCE = 20;

/** Finds runs that another instance claimed under an older definition and may still start under it. */
@Injectable()
export class ArmedElsewhere {
  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly locks: LockManager,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'armingMs' | 'lockLifeMs'>,
  ) {}

  /**
   * Whether another living instance holds a run of the task from before `generation` that it has yet to start, and may
   * have read the task before its change. The change was stored by `changedAt` (epoch ms).
   */
  async has(taskId: string, generation: number, changedAt: number): Promise<boolean> {
    return (await this.among([{ id: taskId, generation }], changedAt + lookLifeMs(this.settings))).size > 0;
  }

  /** The tasks that changed so recently that another instance may be about to start a run of the former definition. */
  async amongChanged(tasks: readonly Task[]): Promise<Set<string>> {
    const { armingMs, lockLifeMs } = this.settings;
    const since = this.clock.now() - armingMs - lockLifeMs;
    return this.among(tasks.filter(({ generation, updatedAt }) => generation > 1 && updatedAt > since));
  }

  private async among(tasks: readonly Pick<Task, 'id' | 'generation'>[], lookedBy = 0): Promise<Set<string>> {
    if (tasks.length === 0) return new Set();
    const held = await this.runs.heldElsewhere(
      tasks.map(({ id }) => id),
      this.locks.owner,
    );
    const armed: Run[] = [];
    for (const part of chunksOf(
      tasks.filter(({ id }) => held.has(id)),
      AT_ONCE,
    ))
      armed.push(...(await Promise.all(part.map((task) => this.armedOf(task, lookedBy)))).flat());
    const dead = new Set(await this.locks.deadAmong([...new Set(armed.map(({ owner }) => owner!))]));
    return new Set(armed.filter(({ owner }) => !dead.has(owner!)).map(({ taskId }) => taskId));
  }

  private async armedOf({ id, generation }: Pick<Task, 'id' | 'generation'>, lookedBy: number): Promise<Run[]> {
    const range = { since: this.clock.now() - this.settings.lockLifeMs, dueBy: lookedBy, limit: MOST_READ };
    const others = await this.runs.heldBeside(id, this.locks.owner, range);
    return others.filter((run) => run.generation < generation && this.mayStart(run, lookedBy));
  }

  private mayStart(run: Run, lookedBy: number): boolean {
    if (run.state !== 'pending') return false;
    const now = this.clock.now();
    if (now < lookedBy && run.dueAt <= lookedBy) return true;
    // An instance that holds its lock has not been stalled for a lock's life. A run that waits longer than that waits
    // for a slot or for another run of its task, and its instance reads the definition again before it starts it.
    const claimedBy = Math.max(run.dueAt, run.createdAt) + this.settings.lockLifeMs;
    return run.trigger === 'schedule' && run.attempts.length === 0 && now < claimedBy;
  }
}
