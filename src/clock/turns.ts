import { setImmediate as later } from 'node:timers';
import { Injectable } from '@nestjs/common';
import type { Clock } from './clock.js';

/** How long all computations together may hold the event loop before everything else gets its turn, in milliseconds. */
const LONGEST_MS = 10;

/** The engine's own work, which has every other turn. */
export const ENGINE_WORK = Symbol('engine');
/** On whose behalf something is computed: an organization by its name, or the engine. */
export type Party = string | typeof ENGINE_WORK;

/**
 * Lets long computations go on by turns: between two looks at `isOver` a computation does a small part of its work, and
 * where that is true it waits for `next`. However many there are, one of them goes on in each round of the event loop:
 * the engine's in every other round, for it may have as much to do as tenants have stored, and organizations in turn.
 */
@Injectable()
export class Turns {
  /** When computing began in this round of the event loop (monotonic ms); null when it has not. */
  private began: number | null = null;
  /** Who waits, by party; the one whose turn it is next comes first. */
  private readonly waiting = new Map<Party, (() => void)[]>();
  private latest: Party | null = null;

  constructor(private readonly clock: Clock) {}

  /** Whether enough was computed in this round, or others wait. Asked before each part, it begins the round with the first one. */
  isOver(party: Party): boolean {
    if (party !== ENGINE_WORK && this.waiting.size > 0) return true;
    if (this.began === null) this.begin();
    return this.clock.monotonic() - this.began! >= LONGEST_MS;
  }

  /** Resolves when it is the caller's turn to go on, in a later round. */
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
