import { setImmediate as later } from 'node:timers';
import { Injectable } from '@nestjs/common';
import type { Clock } from './clock.js';

/** How long all computations together may hold the event loop before other work gets its turn, in milliseconds. */
const LONGEST_MS = 4;

/** The engine's own work, which gets every second turn. */
export const ENGINE_WORK = Symbol('engine');
/** Who a computation is for: an organization by name, or the engine. */
export type Party = string | typeof ENGINE_WORK;

/** Does a party's computation in parts, each when it is the party's turn. */
export async function inTurns<Result>(
  turns: Turns,
  party: Party,
  begin: () => Generator<unknown, Result>,
): Promise<Result> {
  const parts = begin();
  for (;;) {
    if (turns.isOver(party)) await turns.next(party);
    const { done, value } = parts.next();
    if (done) return value;
  }
}

/**
 * Splits long computations into turns: a computation does a small part of its work between two calls of `isOver`; when
 * that returns true, it awaits `next`. However many computations wait, one of them continues in each round of the event
 * loop: the engine's in every second round, since it may have as much to do as tenants have stored, and organizations
 * in turn.
 */
@Injectable()
export class Turns {
  /** When computing started in this round of the event loop (monotonic ms); null if it has not. */
  private began: number | null = null;
  /** Waiting computations by party; the party whose turn is next comes first. */
  private readonly waiting = new Map<Party, (() => void)[]>();
  private latest: Party | null = null;

  constructor(private readonly clock: Clock) {}

  /**
   * Whether this round has computed enough, or others wait. Call it before each part; the first call starts the round.
   */
  isOver(party: Party): boolean {
    if (party !== ENGINE_WORK && this.waiting.size > 0) return true;
    if (this.began === null) this.begin();
    return this.clock.monotonic() - this.began! >= LONGEST_MS;
  }

  /** Resolves when the caller may continue, in a later round. */
  next(party: Party): Promise<void> {
    return new Promise((resolve) => {
      if (this.waiting.size === 0) later(() => this.admit());
      const line = this.waiting.get(party);
      if (line) line.push(resolve);
      else this.waiting.set(party, [resolve]);
    });
  }

  private admit(): void {
    this.begin();
    const party = this.following();
    this.latest = party;
    const line = this.waiting.get(party)!;
    this.waiting.delete(party);
    if (line.length > 1) this.waiting.set(party, line.slice(1));
    line[0]!();
    if (this.waiting.size > 0) later(() => this.admit());
  }

  private following(): Party {
    if (this.waiting.has(ENGINE_WORK) && this.latest !== ENGINE_WORK) return ENGINE_WORK;
    const [first, second] = this.waiting.keys();
    return first === ENGINE_WORK && second !== undefined ? second : first!;
  }

  private begin(): void {
    this.began = this.clock.monotonic();
    later(() => (this.began = null));
  }
}
