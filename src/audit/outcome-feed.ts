import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { StoreUnavailableError } from '../domain/errors.js';
import { derivedId } from '../domain/ids.js';
import type { Json } from '../domain/json.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { ENGINE } from './actor.js';
import { entryOf, type AuditDraft } from './audit-entry.js';
import { AuditStore, type OutcomePosition, type RunOutcome } from './audit.store.js';
import { ChainWriter } from './chain-writer.js';
import { TrailGuard } from './trail-guard.js';

const EVERY_MS = 5000;
const LOCK = 'audit-outcomes';
/** Outcomes of one entry at the most, and how long a stretch of time is read at once. */
const BATCH = 500;
const STRETCH_MS = 60_000;
/** Beyond the life of a lock, within which the end of a run is written or the run belongs to another instance. */
const MARGIN_MS = 5000;

export const OUTCOMES = 'run.outcomes';

/** The instants and ids in between of one entry of outcomes, whose runs are all that ended there. */
interface OutcomesTold {
  to: OutcomePosition;
}

/**
 * Puts the outcome of every run into the trail, off the way that runs take: it reads the records of finished runs from
 * where it stopped, so that no crash loses any, and writes one entry for up to 500 of an organization. Of several
 * instances one does it at a time; should two, the chain lets one of them through.
 */
@Injectable()
export class OutcomeFeed implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly rounds: Rounds;
  /** Since when, by the clock, the store has answered each time. */
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

  onApplicationBootstrap(): void {
    this.rounds.startLater();
  }

  beforeApplicationShutdown(): Promise<void> {
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
    const now = this.clock.now();
    this.steadySince ??= now;
    const settled = now - this.settings.lockLifeMs - MARGIN_MS;
    // After an outage the ends of runs that wait to be written lie in the past.
    if (this.steadySince <= settled) await this.feed(settled);
  }

  /** Adds what ended before the instant. */
  private async feed(before: number): Promise<void> {
    let position = (await this.store.outcomesUntil()) ?? { at: 0, id: '' };
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

  private async addAll(outcomes: readonly RunOutcome[]): Promise<void> {
    for (const organization of new Set(outcomes.map((outcome) => outcome.organization))) {
      const own = outcomes.filter((outcome) => outcome.organization === organization);
      await this.addTo(organization, own);
    }
  }

  /** A trail that takes no entries keeps those of others from none of theirs. */
  private async addTo(organization: string, outcomes: readonly RunOutcome[]): Promise<void> {
    try {
      await this.writer.appendFresh(organization, () => this.untold(organization, outcomes));
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      this.logger.error(`${outcomes.length} outcomes are missing in a trail: ${(error as Error).message}`);
    }
  }

  /** The outcomes that the organization's trail does not have, as one entry: whoever died here may have got further. */
  private async untold(organization: string, outcomes: readonly RunOutcome[]): Promise<AuditDraft[]> {
    const last = await this.store.last(organization, OUTCOMES);
    // What somebody else put there could say that everything was told.
    const isTold = last !== null && (await this.guard.isAuthentic(last));
    const to = isTold ? (entryOf(last).after as unknown as OutcomesTold).to : null;
    const left = outcomes.filter((outcome) => !to || isAfter(outcome, to));
    return left.length > 0 ? [entryFor(organization, left, this.clock.now())] : [];
  }
}

const isAfter = ({ finishedAt, id }: RunOutcome, { at, id: other }: OutcomePosition): boolean =>
  finishedAt > at || (finishedAt === at && id > other);

function entryFor(organization: string, outcomes: readonly RunOutcome[], at: number): AuditDraft {
  const last = outcomes.at(-1)!;
  const to = { at: last.finishedAt, id: last.id };
  const runs = outcomes.map(({ organization: _, ...outcome }): Json => ({ ...outcome }));
  return {
    id: derivedId(at, OUTCOMES, organization, last.id),
    organization,
    at,
    actor: ENGINE,
    action: OUTCOMES,
    object: { type: 'run', id: last.id },
    objects: [...new Set(outcomes.map(({ taskId }) => taskId))],
    before: null,
    after: { count: runs.length, to, runs },
  };
}
