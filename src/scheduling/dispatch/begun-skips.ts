import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { occurrenceRunId } from '../../domain/ids.js';
import type { Run } from '../../domain/run.js';
import type { Skip } from '../../domain/skip.js';
import type { Task } from '../../domain/task.js';
import { HeldRuns } from '../holding/held-runs.js';
import { hasBegun } from '../planning/precedence.js';
import { RunStore } from '../ports/run.store.js';

/** No instance claims further ahead, and no instance's clock is ahead by more than this (ms). */
const AHEAD_MS = 60_000;
/** How often to look what has become of a run that changed meanwhile (ms). */
const LOOK_EVERY_MS = 20;

/**
 * Skips that came too late: the run of the occurrence had begun, or ended, before the skip was stored. Then the run is the
 * outcome, and the ledger must not tell of the occurrence as well.
 */
@Injectable()
export class BegunSkips {
  constructor(
    private readonly runs: RunStore,
    private readonly held: HeldRuns,
    private readonly clock: Clock,
  ) {}

  /**
   * Whether the occurrence at this instant (epoch ms) has begun. If not, nothing is left of what was claimed for it: a run
   * that waits for others or for units would find the change only when its turn comes, and could be cancelled until then.
   */
  async has({ organization, id }: Pick<Task, 'organization' | 'id'>, at: number): Promise<boolean> {
    for (;;) {
      const [run] = await this.runs.byIds(organization, [occurrenceRunId(id, at)]);
      if (run?.trigger !== 'schedule') return false;
      if (this.isDecided(run)) return true;
      if ((await this.runs.withdraw([run])).has(run.id)) return false;
      await this.clock.sleep(LOOK_EVERY_MS);
    }
  }

  /** The tasks without the skips that came too late. Costs nothing where nothing is skipped. */
  async settledAll(tasks: readonly Task[]): Promise<Task[]> {
    if (tasks.every(({ skips }) => skips === undefined)) return [...tasks];
    return Promise.all(tasks.map((task) => this.settled(task)));
  }

  /** As `settledAll`. */
  async settled(task: Task): Promise<Task> {
    const near = (task.skips ?? []).filter((skip) => this.isNear(skip));
    if (near.length === 0) return task;
    const begun = await this.among(
      task,
      near.map(({ at }) => at),
    );
    return begun.size === 0 ? task : { ...task, skips: task.skips!.filter(({ at }) => !begun.has(at)) };
  }

  private async among(
    { organization, id }: Pick<Task, 'organization' | 'id'>,
    instants: readonly number[],
  ): Promise<Set<number>> {
    const ids = instants.map((at) => occurrenceRunId(id, at));
    const runs = await this.runs.byIds(organization, ids);
    return new Set(runs.filter((run) => this.isDecided(run)).map(({ scheduledFor }) => scheduledFor));
  }

  private isNear({ at }: Skip): boolean {
    return at <= this.clock.now() + AHEAD_MS;
  }

  /** What becomes of a run here may not be stored yet. What a backfill runs is in place of what the ledger tells. */
  private isDecided(run: Run): boolean {
    const hold = this.held.get(run.id);
    const isDecidedHere = hold !== undefined && (hold.isUnderWay || hold.phase === 'ending');
    return run.trigger === 'schedule' && (hasBegun(run) || isDecidedHere);
  }
}
