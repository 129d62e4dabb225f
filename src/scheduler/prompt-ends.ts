import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AuditReads, type OutcomePosition, type RunOutcome } from '../audit/audit.store.js';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';

/** The wait between two looks at the store (ms). */
const LOOK_EVERY_MS = 1000;
/** How long after its end a run may be written and is still seen here (ms). */
const LATE_MS = 2000;
/** How many ends are read at once, and how many times in one look; what is beyond is not told early. */
const PAGE = 500;
const MOST_PAGES = 4;
/** How many ends wait for a listener that is busy, and how many it remembers as told. */
const MOST_WAITING = 1000;
const MOST_TOLD = 20_000;

/** Hears of ends of runs of one organization. */
export class EndListener {
  private waiting: RunOutcome[] = [];
  private readonly told = new Set<string>();
  /** Called when there is something to take. */
  onNews: () => void = () => undefined;

  constructor(readonly organization: string) {}

  get hasSome(): boolean {
    return this.waiting.length > 0;
  }

  /** What there is too much of is left to the trail. */
  hear(end: RunOutcome): void {
    if (this.waiting.length >= MOST_WAITING || this.told.size >= MOST_TOLD) return;
    this.waiting.push(end);
    this.onNews();
  }

  /** The ends that were heard of; from now on they count as told. */
  take(): RunOutcome[] {
    const taken = this.waiting;
    this.waiting = [];
    for (const { id } of taken) this.told.add(id);
    return taken;
  }

  /** Whether the end of this run was told; that is asked once. */
  hasTold(id: string): boolean {
    return this.told.delete(id);
  }
}

/**
 * Reads which runs have ended, on all instances, before they are in the trails: nearly all within a second or two. It
 * misses those that are written late, and promises no order. It reads only while somebody listens.
 */
@Injectable()
export class PromptEnds implements OnApplicationShutdown {
  private readonly listeners = new Set<EndListener>();
  private readonly rounds: Rounds;
  private position: OutcomePosition = { at: 0, id: '' };
  /** The ends that were read and may be read again, with their instants. */
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly reads: AuditReads,
    private readonly clock: Clock,
  ) {
    this.rounds = new Rounds(
      clock,
      () => LOOK_EVERY_MS,
      () => this.look().catch(() => undefined),
    );
  }

  listen(organization: string): EndListener {
    const listener = new EndListener(organization);
    if (this.listeners.size === 0) this.position = { at: this.clock.now(), id: '' };
    this.listeners.add(listener);
    if (this.rounds.isStopped) this.rounds.startLater();
    return listener;
  }

  leave(listener: EndListener): void {
    this.listeners.delete(listener);
    if (this.listeners.size === 0) this.seen.clear();
  }

  onApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  private async look(): Promise<void> {
    if (this.listeners.size === 0) return;
    const now = this.clock.now();
    let place: OutcomePosition = { at: this.position.at, id: '' };
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const ends = await this.reads.outcomes(place, now + 1, PAGE);
      for (const end of ends) this.tell(end);
      const last = ends.at(-1);
      if (!last || ends.length < PAGE) break;
      place = { at: last.finishedAt, id: last.id };
    }
    this.position = { at: Math.max(this.position.at, now - LATE_MS), id: '' };
    for (const [id, at] of this.seen) if (at < this.position.at) this.seen.delete(id);
  }

  private tell(end: RunOutcome): void {
    if (this.seen.has(end.id)) return;
    this.seen.set(end.id, end.finishedAt);
    for (const listener of this.listeners) if (listener.organization === end.organization) listener.hear(end);
  }
}
