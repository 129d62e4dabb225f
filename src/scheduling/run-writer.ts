import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { company, GroupCommit } from '../storage/group-commit.js';
import { Patience } from '../storage/patience.js';
import { RunStore, type RunChange } from './run.store.js';

const LARGEST_BATCH = 1000;

/**
 * Writes the progress of runs, many at a time. Through an outage of the store it keeps trying, for what an action has
 * done must not be forgotten; the fencing token sees to it that a late write changes nothing it must not.
 */
@Injectable()
export class RunWriter {
  private readonly commits: GroupCommit<RunChange, boolean>;
  private readonly patience: Patience;

  constructor(
    private readonly store: RunStore,
    clock: Clock,
    @Inject(ENGINE_SETTINGS) { batchMs }: Pick<EngineSettings, 'batchMs'> = { batchMs: 0 },
  ) {
    this.patience = new Patience(clock, 'The progress of runs');
    this.commits = new GroupCommit((changes) => this.write(changes), {
      limit: LARGEST_BATCH,
      ...company(clock, batchMs),
    });
  }

  /** Resolves to whether the change was accepted: not when another instance holds the run by now. */
  update(change: RunChange): Promise<boolean> {
    return this.commits.add(change);
  }

  /** Resolves once everything handed in so far is written. */
  settled(): Promise<void> {
    return this.commits.settled();
  }

  /** Ends the retries: what cannot be written now is left to recovery. */
  stop(): void {
    this.patience.end();
  }

  private async write(changes: RunChange[]): Promise<boolean[]> {
    // A run that was started and finished since the last write needs only its last state.
    const last = new Map(changes.map((change) => [tokenOf(change), change]));
    const accepted = await this.patience.untilAvailable(() => this.store.update([...last.values()]));
    return changes.map(({ id }) => accepted.has(id));
  }
}

const tokenOf = ({ id, expected }: RunChange): string => `${id} ${expected.owner} ${expected.attempt}`;
