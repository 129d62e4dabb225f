import { Inject, Injectable, Logger } from '@nestjs/common';
import { isolated } from '../batching/isolated.js';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { StoreUnavailableError } from '../domain/errors.js';
import { derivedId } from '../domain/ids.js';
import type { JsonObject } from '../domain/json.js';
import { messageOf } from '../domain/thrown.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { ENGINE } from './actor.js';
import { entryOf, type AuditDraft } from './audit-entry.js';
import { AuditStore, type OutcomePosition, type RunOutcome } from './audit.store.js';
import { ChainWriter, StuckTrailError } from './chain-writer.js';
import { OUTCOMES } from './counted-outcomes.js';
import { TrailGuard } from './trail-guard.js';

const EVERY_MS = 5000;
const LOCK = 'audit-outcomes';
/** Maximum number of outcomes per entry, and how long a stretch of time is read at once. */
const BATCH = 500;
const STRETCH_MS = 60_000;
/** Added to the life of a lock, within which the end of a run is written or the run belongs to another instance. */
const MARGIN_MS = 5000;
/** How much earlier than now reading goes on after the clock was set back, which may be noticed late (ms). */
const REPEATED_MS = 60_000;
const LONGEST_REASON = 500;

/** The end of an entry of outcomes: the entry contains every run that ended between the previous end and this one. */
interface OutcomesTold {
  to: OutcomePosition;
}

/**
 * Adds the outcome of every run to the trail, outside the path of runs: it reads the records of finished runs from
 * where it stopped, so that no crash loses any, and writes one entry for up to 500 outcomes of an organization. One
 * instance does this at a time; if two do, the chain accepts only one of them.
 */
@Injectable()
export class OutcomeFeed {
  private readonly rounds: Rounds;
  /** Since when (monotonic ms) the store has always answered. */
  private steadySince: number | null = null;
  private readonly logger = new Logger(OutcomeFeed.name);

  constructor(
    private readonly store: AuditStore,
    private readonly writer: ChainWriter,
    private readonly guard: TrailGuard,
    private readonly locks: LockManager,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'lockLifeMs'>,
  ) {
    this.rounds = new Rounds(
      clock,
      () => EVERY_MS,
      () => this.turn(),
    );
  }

  start(): void {
    this.rounds.startLater();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private turn(): Promise<void> {
    return this.feedLocked().catch((error: unknown) => {
      this.steadySince = null;
      this.logger.warn(`The outcomes of runs are not in the audit trail yet: ${(error as Error).message}`);
    });
  }

  private async feedLocked(): Promise<void> {
    if (!(await this.locks.takeAlso(LOCK))) return void (this.steadySince = null);
    const now = this.clock.monotonic();
    this.steadySince ??= now;
    const settlingMs = this.settings.lockLifeMs + MARGIN_MS;
    // After an outage, runs whose end is yet to be written ended in the past.
    if (now - this.steadySince >= settlingMs) await this.feed(this.clock.now() - settlingMs);
  }

  /** Adds the runs that ended before `before`. */
  private async feed(before: number): Promise<void> {
    let position = await this.position();
    while (!this.rounds.isStopped) {
      const from = await this.store.nextOutcomeAt(position);
      if (from === null || from >= before) return;
      const outcomes = await this.store.outcomes(position, Math.min(before, from + STRETCH_MS), BATCH);
      const last = outcomes.at(-1);
      if (!last) return;
      await this.addAll(outcomes);
      position = { at: last.finishedAt, id: last.id };
      await this.store.moveOutcomes(position);
    }
  }

  /**
   * Where reading goes on. Where the clock was set back since, that is where it is now: rather are outcomes of the repeated
   * time told twice than never.
   */
  private async position(): Promise<OutcomePosition> {
    const stored = (await this.store.outcomesUntil()) ?? { at: 0, id: '' };
    if (!this.isAhead(stored)) return stored;
    const from = { at: this.clock.now() - REPEATED_MS, id: '' };
    await this.store.moveOutcomes(from);
    return from;
  }

  /** Whether the position was reached before the clock was set back: no other is so near to now, or later. */
  private isAhead({ at }: OutcomePosition): boolean {
    return at > this.clock.now() - this.settings.lockLifeMs;
  }

  private async addAll(outcomes: readonly RunOutcome[]): Promise<void> {
    for (const organization of new Set(outcomes.map((outcome) => outcome.organization))) {
      const own = outcomes.filter((outcome) => outcome.organization === organization);
      await this.addTo(organization, own);
    }
  }

  /**
   * Adds the outcomes of one organization. One that cannot be written keeps none of the others from the trail, and a
   * trail that accepts no entries keeps no entries from other trails.
   */
  private async addTo(organization: string, outcomes: readonly RunOutcome[]): Promise<void> {
    const failed: [RunOutcome, unknown][] = [];
    await isolated<RunOutcome, void>(
      outcomes,
      async (part) => {
        await this.addPart(organization, part);
        return [];
      },
      (outcome, error) => void failed.push([outcome, error]),
    );
    for (const [outcome, error] of failed) await this.addBare(organization, outcome, messageOf(error, LONGEST_REASON));
  }

  private async addPart(organization: string, outcomes: readonly RunOutcome[]): Promise<void> {
    try {
      await this.writer.appendFresh(organization, () => this.untold(organization, outcomes));
    } catch (error) {
      if (!(error instanceof StuckTrailError)) throw error;
      this.logger.error(`${outcomes.length} outcomes are missing in a trail: ${error.message}`);
    }
  }

  /** Says of a run whose outcome cannot be written that it ended, in the log and, if possible, in the trail. */
  private async addBare(organization: string, { id, taskId, finishedAt }: RunOutcome, reason: string): Promise<void> {
    this.logger.error(`The outcome of run ${id} cannot be written into the trail of ${organization}: ${reason}`);
    const bare = async () => {
      const to = (await this.toldUntil(organization)) ?? { at: finishedAt, id };
      const run = { id: String(id), taskId: String(taskId), finishedAt, unreadable: reason };
      return [entryOfRuns(organization, [run], to, this.clock.now())];
    };
    try {
      await this.writer.appendFresh(organization, bare);
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      this.logger.error(`The outcome of run ${id} is missing in the trail of ${organization}: ${messageOf(error)}`);
    }
  }

  /**
   * The outcomes that the organization's trail lacks, as one entry: an instance that died here may have got further.
   */
  private async untold(organization: string, outcomes: readonly RunOutcome[]): Promise<AuditDraft[]> {
    const to = await this.toldUntil(organization);
    const left = outcomes.filter((outcome) => !to || isAfter(outcome, to));
    return left.length > 0 ? [entryFor(organization, left, this.clock.now())] : [];
  }

  private async toldUntil(organization: string): Promise<OutcomePosition | null> {
    const last = await this.store.last(organization, OUTCOMES);
    // An entry from somebody else could claim that everything was recorded.
    const isTold = last !== null && (await this.guard.isAuthentic(last));
    const to = isTold ? (entryOf(last).after as unknown as OutcomesTold).to : null;
    return to && !this.isAhead(to) ? to : null;
  }
}

const isAfter = ({ finishedAt, id }: RunOutcome, { at, id: other }: OutcomePosition): boolean =>
  finishedAt > at || (finishedAt === at && id > other);

function entryFor(organization: string, outcomes: readonly RunOutcome[], at: number): AuditDraft {
  const last = outcomes.at(-1)!;
  const to = { at: last.finishedAt, id: last.id };
  const runs = outcomes.map(({ organization: _, ...outcome }) => ({ ...outcome }));
  return entryOfRuns(organization, runs, to, at);
}

function entryOfRuns(
  organization: string,
  runs: readonly (JsonObject & { id: string; taskId: string })[],
  to: OutcomePosition,
  at: number,
): AuditDraft {
  const last = runs.at(-1)!;
  return {
    id: derivedId(at, OUTCOMES, organization, last.id),
    organization,
    at,
    actor: ENGINE,
    action: OUTCOMES,
    object: { type: 'run', id: last.id },
    objects: [...new Set(runs.map(({ taskId }) => taskId))],
    before: null,
    after: { count: runs.length, to: { ...to }, runs: [...runs] },
  };
}
