import { Inject, Injectable } from '@nestjs/common';
import { Presence } from '../../cluster/presence.js';
import { Clock } from '../../clock/clock.js';
import { jsonSize } from '../../domain/json-size.js';
import { isFinished } from '../../domain/run.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { company, GroupCommit } from '../../batching/group-commit.js';
import { Patience } from '../../batching/patience.js';
import type { About } from '../planning/run-steps.js';
import type { RunChange } from '../ports/run.store.js';
import { EngineState } from './engine-state.js';
import { ToldRuns, type ToldChange } from './told-runs.js';

const LARGEST_BATCH = 1000;
/** How many bytes of outputs are written together, beyond the last of them. */
const MOST_BYTES = 2_000_000;

/**
 * Writes the progress of runs, many at a time. It keeps trying through an outage of the store, because the result of an
 * action must not be lost; the fencing token ensures that a late write changes nothing it must not.
 */
@Injectable()
export class RunWriter {
  private readonly commits: GroupCommit<ToldChange, boolean>;
  private readonly patience: Patience;

  constructor(
    private readonly runs: ToldRuns,
    private readonly engine: EngineState,
    clock: Clock,
    presence: Presence,
    @Inject(ENGINE_SETTINGS) { batchMs }: Pick<EngineSettings, 'batchMs'> = { batchMs: 0 },
  ) {
    this.patience = new Patience(clock, 'The progress of runs');
    this.commits = new GroupCommit((told) => this.write(told), {
      limit: LARGEST_BATCH,
      bytes: { most: MOST_BYTES, of: ({ change }) => jsonSize(change.progress.output) },
      pace: presence.pace(),
      partyOf: ({ run }) => run.organization,
      ...company(clock, batchMs),
    });
  }

  /**
   * Resolves to whether the change to this run of the task was accepted; it is not when another instance holds the run by
   * now.
   */
  update(change: RunChange, { run, task }: About): Promise<boolean> {
    return this.commits.add({ change, run, task });
  }

  /** Resolves once everything submitted so far is written. */
  settled(): Promise<void> {
    return this.commits.settled();
  }

  /** Ends the retries; what cannot be written now is left to recovery. */
  stop(): void {
    this.patience.end();
  }

  private async write(told: ToldChange[]): Promise<boolean[]> {
    const tokens = told.map(tokenOf);
    const { last, late } = lastOf(told, tokens);
    const accepted = new Set<string>();
    // The store answers with the ids of runs: of two tokens of one run, from before and after a lost lock for example,
    // either may be valid.
    for (const round of roundsOf([...last.values()])) {
      const applied = await this.patience.untilAvailable(() => this.apply(round));
      for (const each of round) if (applied.has(each.change.id)) accepted.add(tokenOf(each));
    }
    return told.map((each, index) => !late.has(each) && accepted.has(tokens[index]!));
  }

  private async apply(told: ToldChange[]): Promise<Set<string>> {
    try {
      return await this.runs.update(told);
    } catch (error) {
      // If the change was made after all, its repetition would be refused, and the run forgotten.
      this.engine.doubt();
      throw error;
    }
  }
}

/**
 * The change that has to be written for each token, of the tokens that belong to these changes: a run that was started and finished since the last write needs only
 * its last state. Its end is the last one: what was noted after that, such as that it waits, because the end was not
 * known yet, is too late.
 */
function lastOf(
  told: readonly ToldChange[],
  tokens: readonly string[],
): { last: Map<string, ToldChange>; late: Set<ToldChange> } {
  const last = new Map<string, ToldChange>();
  const late = new Set<ToldChange>();
  for (const [index, token] of tokens.entries()) {
    const each = told[index]!;
    const before = last.get(token);
    if (before && isEnd(before.change)) late.add(each);
    else last.set(token, each);
  }
  return { last, late };
}

/** Whether the attempt is over with the change: its token is worth nothing after that. */
const isEnd = ({ expected: { owner, attempt }, progress }: RunChange): boolean =>
  isFinished(progress.state) || progress.owner !== owner || progress.attempt !== attempt;

/** The changes in rounds in which no run occurs twice; the changes of one run keep their order. */
function* roundsOf(told: readonly ToldChange[]): Generator<ToldChange[]> {
  let rest = told;
  while (rest.length > 0) {
    const round = new Map<string, ToldChange>();
    for (const each of rest) if (!round.has(each.change.id)) round.set(each.change.id, each);
    rest = round.size === rest.length ? [] : rest.filter((each) => round.get(each.change.id) !== each);
    yield [...round.values()];
  }
}

const tokenOf = ({ change: { id, expected } }: ToldChange): string => `${id} ${expected.owner} ${expected.attempt}`;
