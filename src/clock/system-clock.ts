import { performance } from 'node:perf_hooks';
import { Clock, type Timer } from './clock.js';

/** The longest delay that a Node timer takes; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2_147_483_647;

/** The machine's clock. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  at(at: number, callback: () => void): Timer {
    return timer(() => at - this.now(), callback);
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
