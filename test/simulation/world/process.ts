import { Clock, type Timer } from '../../../src/clock/clock.js';
import type { Timeline } from './timeline.js';

/** How the clocks of a process differ from the true time. */
export interface Skew {
  /** By how much the wall clock is ahead (ms). */
  offsetMs: number;
  /** How fast its clocks run; 1 is right. */
  rate: number;
}

/** An operating-system process: it can die, and it can be stopped and then go on as if nothing had happened. */
export class SimulatedProcess {
  isDead = false;
  /** Receives what a callback inside the process throws, which would end a real one. */
  onUncaught: (error: unknown) => void = (error) => {
    throw error;
  };
  private frozenUntil = Number.NEGATIVE_INFINITY;
  readonly clock: ProcessClock;

  constructor(
    readonly name: string,
    readonly timeline: Timeline,
    skew: Skew,
  ) {
    this.clock = new ProcessClock(this, timeline, skew);
  }

  get isFrozen(): boolean {
    return this.timeline.now < this.frozenUntil;
  }

  kill(): void {
    this.isDead = true;
  }

  /** Stops the process as by SIGSTOP, with a SIGCONT after `ms`. */
  freeze(ms: number): void {
    this.frozenUntil = Math.max(this.frozenUntil, this.timeline.now + ms);
  }

  thaw(): void {
    this.frozenUntil = Number.NEGATIVE_INFINITY;
  }

  private run(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.onUncaught(error);
    }
  }

  /** Lets something happen inside the process in `delayMs`: never if the process is dead, later if it is stopped. */
  after(delayMs: number, action: () => void): Timer {
    let timer = this.timeline.after(delayMs, () => {
      if (this.isDead) return;
      if (!this.isFrozen) return this.run(action);
      timer = this.after(this.frozenUntil - this.timeline.now, action);
    });
    return { cancel: () => timer.cancel() };
  }
}

/**
 * The clocks of one process: a wall clock that may be wrong and may be set, and a monotonic clock that may run too
 * fast.
 */
export class ProcessClock extends Clock {
  private readonly bootedAt: number;

  constructor(
    private readonly process: SimulatedProcess,
    private readonly timeline: Timeline,
    private readonly skew: Skew,
  ) {
    super();
    this.bootedAt = timeline.now;
  }

  now(): number {
    return Math.floor(this.bootedAt + this.monotonic() + this.skew.offsetMs);
  }

  monotonic(): number {
    this.timeline.count();
    return (this.timeline.now - this.bootedAt) * this.skew.rate;
  }

  /** Sets the wall clock, as a time server does, `aheadMs` ahead of the true time. */
  set(aheadMs: number): void {
    this.skew.offsetMs = aheadMs;
  }

  at(at: number, callback: () => void): Timer {
    return this.timer(() => at - this.now(), callback);
  }

  after(delayMs: number, callback: () => void): Timer {
    const end = this.monotonic() + delayMs;
    return this.timer(() => end - this.monotonic(), callback);
  }

  /** Works as the system clock does: it checks the remaining time when the timer ends, and not before. */
  private timer(remaining: () => number, callback: () => void): Timer {
    let handle: Timer;
    const wait = (): void => {
      handle = this.process.after(Math.max(Math.ceil(remaining()), 0) / this.skew.rate, check);
    };
    const check = (): void => (remaining() <= 1e-6 ? callback() : wait());
    wait();
    return { cancel: () => handle.cancel() };
  }
}
