import { Clock, type Timer } from './clock.js';

interface Pending {
  /** The instant at which the timer fires, by the current wall clock (epoch ms). */
  at: () => number;
  callback: () => void;
}

/** Lets work under way (promises, I/O callbacks) continue before time moves. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A clock that moves only when told to, for tests of code that waits. */
export class SettableClock extends Clock {
  private readonly pending = new Set<Pending>();
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
    return this.add(() => at, callback);
  }

  after(delayMs: number, callback: () => void): Timer {
    const end = this.elapsed + delayMs;
    return this.add(() => this.instant + end - this.elapsed, callback);
  }

  /** The instant at which the next timer fires (epoch ms); infinite when none is set. */
  nextTimerAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const timer of this.pending) next = Math.min(next, timer.at());
    return next;
  }

  /** Sets the wall clock without letting time pass: no timer fires before the next advance. */
  setWall(instant: number): void {
    this.instant = instant;
  }

  /**
   * Moves time to `instant`. Fires each timer at its own instant, and lets the work that it starts settle in between.
   */
  async advanceTo(instant: number, rounds = 3): Promise<void> {
    for (let i = 0; i < rounds; i++) await settle();
    for (let next = this.nextDue(instant); next; next = this.nextDue(instant)) {
      this.move(Math.max(this.instant, next.at()));
      this.pending.delete(next);
      next.callback();
      for (let i = 0; i < rounds; i++) await settle();
    }
    this.move(instant);
    for (let i = 0; i < rounds; i++) await settle();
  }

  /** Moves time forward by `ms`. */
  advance(ms: number): Promise<void> {
    return this.advanceTo(this.instant + ms);
  }

  private add(at: () => number, callback: () => void): Timer {
    const timer = { at, callback };
    this.pending.add(timer);
    return { cancel: () => this.pending.delete(timer) };
  }

  private move(instant: number): void {
    this.elapsed += Math.max(0, instant - this.instant);
    this.instant = instant;
  }

  private nextDue(until: number): Pending | undefined {
    let first: { at: number; timer: Pending } | undefined;
    // In the order in which they were set: among timers due at the same time, the first one wins.
    for (const timer of this.pending) {
      const at = timer.at();
      if (at <= until && (!first || at < first.at)) first = { at, timer };
    }
    return first?.timer;
  }
}
