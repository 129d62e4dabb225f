import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { entryOf, type AuditRecord } from '../audit/audit-entry.js';
import { AuditReads } from '../audit/audit.store.js';
import { Clock, type Timer } from '../clock/clock.js';
import { Admission } from '../domain/admission.js';
import { OverloadedError, StoreUnavailableError, TaskRunnerError, TooBroadError } from '../domain/errors.js';
import { positionIn, textOf, type ChangePosition } from './change-position.js';
import { changesIn, earlyChange, isEndOfRun, type Change } from './changes-in.js';
import { PromptEnds, type EndListener } from './prompt-ends.js';

/** How many followers this process has at most, and how many of one organization. */
const MOST_FOLLOWERS = 1000;
const MOST_OF_ONE = 100;
const TOO_MANY = 'Too many follow changes; try again when one of them has ended.';
/** How many entries of a trail are held at a time: each may be as large as two tasks. */
const PAGE = 8;
/** How often the ends of followed trails are read, and after how long a follower reads on in any case (ms). */
const LOOK_EVERY_MS = 1000;
const LONGEST_WAIT_MS = 15_000;

/** Where to begin to follow, and until when. */
export interface ChangesOptions {
  /** The position of the last change that is known; `'0'` for all that is kept. By default only what is new. */
  after?: string;
  /**
   * Tells the ends of runs within a second or two, before their turn: then they are in no order, and those that were not
   * yet in order come again behind a position. Each still comes once in one loop.
   */
  prompt?: boolean;
  /** Ends the changes. */
  signal?: AbortSignal;
}

/** How changes are followed for several, who come and go. */
export interface SharedOptions extends ChangesOptions {
  /** Tells in their turn those ends, too, that came before it: somebody may have come in between. */
  again?: boolean;
}

/** Changes after this position are not kept any more: retention has removed them. */
export class ChangesLostError extends TaskRunnerError {
  readonly code = 'changes-lost';

  constructor(readonly after: string) {
    super(`The changes that follow the position ${after} are not kept any more; begin with "0" for those that are.`);
  }
}

/** Whether the end of a run was told before its turn. */
const isToldEarly = (change: Change, early: EndListener | null): boolean =>
  early !== null && isEndOfRun(change) && early.hasTold(change.object.id);

/** What cannot be read for a while is read later. */
function nothingNow(error: unknown): AuditRecord[] {
  if (PASSING.some((type) => error instanceof type)) return [];
  throw error;
}

const PASSING = [StoreUnavailableError, OverloadedError, TooBroadError];

/** Somebody at the end of a trail. */
interface Follower {
  organization: string;
  sequence: number;
  wake: () => void;
}

/**
 * Follows the changes of an organization, whichever instance made them: they are read from its audit trail, in order and
 * each once from a position on. One reader looks for what is new in all trails that are followed.
 */
@Injectable()
export class ChangeFeed implements OnApplicationShutdown {
  private readonly waiting = new Set<Follower>();
  private readonly admission = new Admission(MOST_FOLLOWERS, MOST_OF_ONE, TOO_MANY);
  private timer: Timer | null = null;
  private closed = false;

  constructor(
    private readonly reads: AuditReads,
    private readonly ends: PromptEnds,
    private readonly clock: Clock,
  ) {}

  /** @throws InvalidInputError, ChangesLostError, OverloadedError */
  async *follow(
    organization: string,
    { after, prompt = false, again = false, signal }: SharedOptions = {},
  ): AsyncGenerator<Change, void, undefined> {
    const given = after === undefined ? null : positionIn(after);
    this.admission.enter(organization);
    const early = prompt ? this.ends.listen(organization) : null;
    try {
      let place = given ?? { sequence: await this.endOf(organization), part: 0 };
      let isFromStart = place.sequence === 0;
      while (!this.closed && !signal?.aborted) {
        for (const end of early?.take() ?? []) yield earlyChange(end, place, this.clock.now());
        const records = await this.page(organization, place).catch(nothingNow);
        if (records.length === 0 && !early?.hasSome) await this.news(organization, place.sequence, signal, early);
        for (const record of records) {
          if (record.sequence !== place.sequence + 1 && !isFromStart) throw new ChangesLostError(textOf(place));
          const part = record.sequence === place.sequence + 1 ? place.part : 0;
          isFromStart = false;
          for (const change of changesIn(entryOf(record)).slice(part)) {
            if (signal?.aborted) return;
            const isTold = isToldEarly(change, early);
            if (again || !isTold) yield change;
          }
          place = { sequence: record.sequence, part: 0 };
        }
      }
    } finally {
      if (early) this.ends.leave(early);
      this.admission.leave(organization);
    }
  }

  /** Ends what is followed. */
  onApplicationShutdown(): void {
    this.closed = true;
    this.timer?.cancel();
    for (const { wake } of this.waiting) wake();
  }

  private async endOf(organization: string): Promise<number> {
    return (await this.reads.checkpoint(organization, 'head'))?.sequence ?? 0;
  }

  private async page(organization: string, { sequence }: ChangePosition): Promise<AuditRecord[]> {
    const page = { after: sequence, limit: PAGE, order: 'oldest first' } as const;
    return (await this.reads.search(organization, {}, page)).items;
  }

  /** Resolves when there may be something behind this entry, or the signal fires. */
  private news(
    organization: string,
    sequence: number,
    signal: AbortSignal | undefined,
    early: EndListener | null,
  ): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        patience.cancel();
        signal?.removeEventListener('abort', wake);
        this.waiting.delete(follower);
        if (this.waiting.size === 0) this.timer?.cancel();
        resolve();
      };
      const follower: Follower = { organization, sequence, wake };
      const patience = this.clock.routinely(LONGEST_WAIT_MS, wake);
      signal?.addEventListener('abort', wake);
      this.waiting.add(follower);
      if (early) early.onNews = wake;
      if (this.waiting.size === 1) this.lookSoon();
      if (this.closed || signal?.aborted) wake();
    });
  }

  private lookSoon(): void {
    this.timer?.cancel();
    if (!this.closed) this.timer = this.clock.routinely(LOOK_EVERY_MS, () => void this.look());
  }

  private async look(): Promise<void> {
    for (const organization of new Set([...this.waiting].map((follower) => follower.organization))) {
      // What cannot be read now is read later.
      const end = await this.endOf(organization).catch(() => 0);
      for (const follower of this.waiting)
        if (follower.organization === organization && follower.sequence < end) follower.wake();
    }
    if (this.waiting.size > 0) this.lookSoon();
  }
}
