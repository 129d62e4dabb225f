import { performance } from 'node:perf_hooks';
import { Clock, type Timer } from './clock.js';

/** The longest delay of a Node timer; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2_147_483_647;

/** How long before its instant a punctual timer wakes up (ms), and for how long afterwards no other one does. */
const AWAKE_MS = 2;
const ASLEEP_MS = 18;

/** The machine's clock. */
export class SystemClock extends Clock {
  /**
   * Until then (monotonic ms) punctual timers do not wake up early, so that waiting awake takes a tenth of a core at
   * most.
   */
  private asleepUntil = Number.NEGATIVE_INFINITY;

  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  at(at: number, callback: () => void): Timer {
    return new SystemTimer(this, at, callback, false);
  }

  override punctually(at: number, callback: () => void): Timer {
    let turn: NodeJS.Immediate | undefined;
    // The last moment passes in turns of the event loop, so that other work continues.
    const look = (): void => {
      this.asleepUntil = this.monotonic() + ASLEEP_MS;
      if (at <= this.now()) callback();
      else turn = setImmediate(look);
    };
    const sleepOn = (): void => void (waiting = this.at(at, callback));
    let waiting = this.at(at - AWAKE_MS, () => (this.monotonic() < this.asleepUntil ? sleepOn() : look()));
    return {
      cancel: () => {
        waiting.cancel();
        clearImmediate(turn);
      },
    };
  }

  override after(delayMs: number, callback: () => void): Timer {
    return new SystemTimer(this, this.monotonic() + delayMs, callback, true);
  }
}

/** Calls `callback` once at that instant, of the wall clock or of the monotonic one (ms). */
class SystemTimer implements Timer {
  private handle: NodeJS.Timeout;

  constructor(
    private readonly clock: Clock,
    private readonly end: number,
    private readonly callback: () => void,
    private readonly isMonotonic: boolean,
  ) {
    this.handle = this.wait();
  }

  cancel(): void {
    clearTimeout(this.handle);
  }

  private get remaining(): number {
    return this.end - (this.isMonotonic ? this.clock.monotonic() : this.clock.now());
  }

  private wait(): NodeJS.Timeout {
    return setTimeout(check, Math.min(Math.max(Math.ceil(this.remaining), 0), LONGEST_DELAY_MS), this);
  }

  /** A Node timer may fire up to a millisecond early: check the remaining time again. */
  fired(): void {
    if (this.remaining <= 0) this.callback();
    else this.handle = this.wait();
  }
}

const check = (timer: SystemTimer): void => timer.fired();
