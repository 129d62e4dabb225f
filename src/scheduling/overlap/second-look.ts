import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { Task } from '../../domain/task.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { GatheredReads } from '../../batching/gathered-reads.js';
import type { HeldRun } from '../planning/held-run.js';
import { TaskStore } from '../ports/task.store.js';

/** How long a reading of a task is good for a start (ms); whoever changes the task waits that long. */
export const lookLifeMs = ({ lockLifeMs }: Pick<EngineSettings, 'lockLifeMs'>): number =>
  Math.min(2000, lockLifeMs / 2);

/** Reads the tasks of runs that start late again, if the time between the reading and the start was long. */
@Injectable()
export class SecondLook {
  /** When one run is late, many are, and a query for each would make them later still. */
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

  /** Whether the task has to be read again before the run starts. */
  isDue({ run, lookedAt }: HeldRun): boolean {
    const claimedFor = this.clock.now() - Math.max(run.dueAt, run.createdAt);
    const age = lookedAt === undefined ? claimedFor : this.clock.monotonic() - lookedAt;
    return age > lookLifeMs(this.settings);
  }

  /** Whether the run may start by what is known of its task: at once, or after a second reading if one is due. */
  async confirms(held: HeldRun): Promise<boolean> {
    if (!this.isDue(held)) return true;
    const lookedAt = this.clock.monotonic();
    const task = await this.looks.get(held.task.id);
    if (task?.generation !== held.task.generation) return false;
    held.lookedAt = lookedAt;
    return !this.isDue(held);
  }
}
