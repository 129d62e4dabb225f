/** A timer that can be taken back before it fires. */
export interface Timer {
  cancel(): void;
}

/** The only source of time and timers. Instants are epoch milliseconds (UTC). Also the injection token. */
export abstract class Clock {
  /** The current instant in epoch milliseconds. */
  abstract now(): number;

  /**
   * A reading that only ever grows, in milliseconds, for measuring how long something took and whether a lock is
   * still ours: it does not jump when the wall clock is set.
   */
  abstract monotonic(): number;

  /** Calls `callback` once at the instant `at` (epoch ms), or as soon as possible when it has passed. */
  abstract at(at: number, callback: () => void): Timer;

  /** As `at`, and awake just before the instant, so that it is not missed by the millisecond or two that a timer may be late. */
  punctually(at: number, callback: () => void): Timer {
    return this.at(at, callback);
  }

  /** Calls `callback` once after `delayMs` of the monotonic reading, whatever happens to the wall clock. */
  abstract after(delayMs: number, callback: () => void): Timer;

  /** Resolves after `delayMs`; rejects with the signal's reason when that aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        timer.cancel();
        reject(signal?.reason as Error);
      };
      const timer = this.after(delayMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}
