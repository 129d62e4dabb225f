import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Task } from '../domain/task.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { GatheredReads } from '../storage/gathered-reads.js';
import type { HeldRun } from './held-run.js';
import { TaskStore } from './task.store.js';

/** How long what was seen of a task is good for a start (ms); whoever changes the task waits for that long. */
export const lookLifeMs = ({ lockLifeMs }: Pick<EngineSettings, 'lockLifeMs'>): number =>
  Math.min(2000, lockLifeMs / 2);

/** Looks again at the tasks of runs that start late, where the way from the look to the start was long. */
@Injectable()
export class SecondLook {
  /** Where one run is late a crowd is, and a query for each would make it later still. */
  private readonly looks: GatheredReads<Task>;

  constructor(
    private readonly clock: Clock,
    tasks: TaskStore,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'lockLifeMs'>,
  ) {
    this.looks = new GatheredReads(
      (ids) => tasks.byIds(ids),
      ({ id }) => id,
    );
  }

  /** Whether the task has to be looked at again before the run starts. */
  isDue({ run, lookedAt }: HeldRun): boolean {
    const claimedFor = this.clock.now() - Math.max(run.dueAt, run.createdAt);
    const age = lookedAt === undefined ? claimedFor : this.clock.monotonic() - lookedAt;
    return age > lookLifeMs(this.settings);
  }

  /** Whether the run may start by what is known of its task: at once, or by a second look where one is due. */
  async confirms(held: HeldRun): Promise<boolean> {
    if (!this.isDue(held)) return true;
    const lookedAt = this.clock.monotonic();
    const task = await this.looks.get(held.task.id);
    if (task?.generation !== held.task.generation) return false;
    held.lookedAt = lookedAt;
    return !this.isDue(held);
  }
}
