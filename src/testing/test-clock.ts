import { Clock, type Timer } from '../clock/clock.js';
import type { Calls } from './calls.js';

interface Pending {
  at: number;
  callback: () => void;
  isRoutine: boolean;
}

/**
 * How long after anything but routine has happened the clock stops at each routine work, too: in that time the engine
 * may have left something to it.
 */
const ATTENTIVE_MS = 1100;

/** A clock that stands until it is moved. It moves in leaps, from one timer to the next, and past mere routine. */
export class TestClock extends Clock {
  private readonly pending = new Set<Pending>();
  private readonly begin: number;
  private attentiveUntil: number;
  private looks = 0;

  constructor(
    private instant: number,
    private readonly calls: Calls,
  ) {
    super();
    this.begin = instant;
    this.attentiveUntil = instant + ATTENTIVE_MS;
  }

  /** Grows whenever anything looks at the clock: while it does not, nothing that needs the clock is going on. */
  get activity(): number {
    return this.looks;
  }

  now(): number {
    this.looks++;
    return this.instant;
  }

  monotonic(): number {
    return this.now() - this.begin;
  }

  at(at: number, callback: () => void): Timer {
    return this.add({ at, callback, isRoutine: false });
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.add({ at: this.instant + delayMs, callback, isRoutine: false });
  }

  override routinely(delayMs: number, callback: () => void): Timer {
    return this.add({ at: this.instant + delayMs, callback, isRoutine: true });
  }

  override sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return this.calls.asleep(super.sleep(delayMs, signal));
  }

  /** The instant at which the clock must stop next, epoch ms; infinite when there is none. */
  nextStop(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { at, isRoutine } of this.pending) {
      if (!isRoutine || at <= this.attentiveUntil) next = Math.min(next, at);
    }
    return next;
  }

  moveTo(instant: number): void {
    this.instant = Math.max(this.instant, instant);
  }

  /** Calls what is due first, in the order in which it was asked for, and tells whether anything was. */
  fireNext(): boolean {
    let first: Pending | undefined;
    for (const timer of this.pending) {
      if (timer.at <= this.instant && (!first || timer.at < first.at)) first = timer;
    }
    if (!first) return false;
    this.pending.delete(first);
    if (!first.isRoutine) this.attentiveUntil = this.instant + ATTENTIVE_MS;
    first.callback();
    return true;
  }

  private add(timer: Pending): Timer {
    this.looks++;
    this.pending.add(timer);
    return { cancel: () => this.pending.delete(timer) };
  }
}
