import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { company, GroupCommit } from '../storage/group-commit.js';
import { Patience } from '../storage/patience.js';
import { EngineState } from './engine-state.js';
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
    private readonly engine: EngineState,
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
    const accepted = new Set<string>();
    // The store answers with runs: of two tokens of one run, such as a former self's and today's, either may hold.
    for (const round of roundsOf([...last.values()])) {
      const applied = await this.patience.untilAvailable(() => this.apply(round));
      for (const change of round) if (applied.has(change.id)) accepted.add(tokenOf(change));
    }
    return changes.map((change) => accepted.has(tokenOf(change)));
  }

  private async apply(changes: RunChange[]): Promise<Set<string>> {
    try {
      return await this.store.update(changes);
    } catch (error) {
      // Made all the same, the change would be refused when it is repeated, and its run forgotten.
      this.engine.doubt();
      throw error;
    }
  }
}

/** The changes in parts in which no run comes twice, those of one run in their order. */
function* roundsOf(changes: readonly RunChange[]): Generator<RunChange[]> {
  let rest = changes;
  while (rest.length > 0) {
    const round = new Map<string, RunChange>();
    for (const change of rest) if (!round.has(change.id)) round.set(change.id, change);
    rest = round.size === rest.length ? [] : rest.filter((change) => round.get(change.id) !== change);
    yield [...round.values()];
  }
}

const tokenOf = ({ id, expected }: RunChange): string => `${id} ${expected.owner} ${expected.attempt}`;
