/** A timer that can be cancelled before it fires. */
export interface Timer {
  cancel(): void;
}

/** The only source of time and timers. Instants are epoch milliseconds (UTC). Also the injection token. */
export abstract class Clock {
  /** The current instant in epoch milliseconds. */
  abstract now(): number;

  /**
   * A reading that never decreases, in milliseconds, for measuring durations and whether a lock is still ours: it does
   * not jump when the wall clock is set.
   */
  abstract monotonic(): number;

  /** Calls `callback` once at the instant `at` (epoch ms), or as soon as possible if that has passed. */
  abstract at(at: number, callback: () => void): Timer;

  /** As `at`, but awake just before the instant, because a timer may be a millisecond or two late. */
  punctually(at: number, callback: () => void): Timer {
    return this.at(at, callback);
  }

  /** Calls `callback` once after `delayMs` of monotonic time, whatever happens to the wall clock. */
  abstract after(delayMs: number, callback: () => void): Timer;

  /**
   * As `after`, for work that is repeated lest anything be overlooked: a clock that moves in leaps calls it late, at the
   * end of the leap.
   */
  routinely(delayMs: number, callback: () => void): Timer {
    return this.after(delayMs, callback);
  }

  /** Resolves after `delayMs`; rejects with the signal's reason if that aborts first. */
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

  /** Waits for the work, but no longer than `delayMs`; leaves no timer behind. Rejects as the work does. */
  async noLongerThan(delayMs: number, work: Promise<unknown>): Promise<void> {
    const enough = new AbortController();
    try {
      await Promise.race([work, this.sleep(delayMs, enough.signal)]);
    } finally {
      enough.abort();
    }
  }

  /** Does the work with a signal that aborts with `reason()` after `delayMs`; what becomes of it then is the work's to say. */
  async within<Result>(
    delayMs: number,
    reason: () => Error,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const patience = new AbortController();
    const timer = this.after(delayMs, () => patience.abort(reason()));
    try {
      return await work(patience.signal);
    } finally {
      timer.cancel();
    }
  }
}
