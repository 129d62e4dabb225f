import { performance } from 'node:perf_hooks';
import { Clock, type Timer } from './clock.js';

/** The longest delay that a Node timer takes; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2_147_483_647;

/** How long before its instant a punctual timer is awake (ms), and for how long none is after that. */
const AWAKE_MS = 2;
const ASLEEP_MS = 18;

/** The machine's clock. */
export class SystemClock extends Clock {
  /** Until when (monotonic ms) punctual timers do without being awake, so that it takes a tenth of a core at the most. */
  private asleepUntil = Number.NEGATIVE_INFINITY;

  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  at(at: number, callback: () => void): Timer {
    return timer(() => at - this.now(), callback);
  }

  override punctually(at: number, callback: () => void): Timer {
    let turn: NodeJS.Immediate | undefined;
    // The last moment passes in turns of the event loop, in which whatever else comes is dealt with.
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
    const end = this.monotonic() + delayMs;
    return timer(() => end - this.monotonic(), callback);
  }
}

/** Calls `callback` once when nothing of `remaining` (milliseconds) is left. */
function timer(remaining: () => number, callback: () => void): Timer {
  let handle: NodeJS.Timeout;
  const wait = (): void => {
    handle = setTimeout(check, Math.min(Math.max(Math.ceil(remaining()), 0), LONGEST_DELAY_MS));
  };
  // A Node timer may fire up to a millisecond early, so what remains is checked again.
  const check = (): void => (remaining() <= 0 ? callback() : wait());
  wait();
  return { cancel: () => clearTimeout(handle) };
}
