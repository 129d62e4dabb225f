import { Clock, type Timer } from './clock.js';

interface Pending {
  at: number;
  order: number;
  callback: () => void;
}

/** Lets everything that is already under way (promises, I/O callbacks) go on before time does. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A clock that stands still until it is told to move, for tests of code that waits. */
export class SettableClock extends Clock {
  private readonly pending = new Set<Pending>();
  private order = 0;
  private elapsed = 0;

  constructor(private instant: number) {
    super();
  }

  now(): number {
    return this.instant;
  }

  monotonic(): number {
    return this.elapsed;
  }

  at(at: number, callback: () => void): Timer {
    const timer = { at, order: this.order++, callback };
    this.pending.add(timer);
    return { cancel: () => this.pending.delete(timer) };
  }

  /** Moves the wall clock without letting time pass: no timer fires for it until the next advance. */
  setWall(instant: number): void {
    this.instant = instant;
  }

  /** Moves time on to `instant`, firing each timer at its own instant and letting what it starts settle in between. */
  async advanceTo(instant: number, rounds = 3): Promise<void> {
    for (let i = 0; i < rounds; i++) await settle();
    for (let next = this.nextDue(instant); next; next = this.nextDue(instant)) {
      this.move(Math.max(this.instant, next.at));
      this.pending.delete(next);
      next.callback();
      for (let i = 0; i < rounds; i++) await settle();
    }
    this.move(instant);
    for (let i = 0; i < rounds; i++) await settle();
  }

  /** Moves time on by `ms`. */
  advance(ms: number): Promise<void> {
    return this.advanceTo(this.instant + ms);
  }

  private move(instant: number): void {
    this.elapsed += Math.max(0, instant - this.instant);
    this.instant = instant;
  }

  private nextDue(until: number): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.pending) {
      if (timer.at > until) continue;
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }
}
