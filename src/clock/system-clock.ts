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
    let handle: NodeJS.Timeout;
    const wait = (): void => {
      handle = setTimeout(check, Math.min(Math.max(at - this.now(), 0), LONGEST_DELAY_MS));
    };
    // A Node timer may fire up to a millisecond early by the wall clock, so the instant is checked again.
    const check = (): void => (this.now() >= at ? callback() : wait());
    wait();
    return { cancel: () => clearTimeout(handle) };
  }
}
