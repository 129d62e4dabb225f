import type { AttemptAbort } from '../planning/attempt-end.js';

/** Aborts an attempt. The signal is created on demand: most actions are over before they would look at it. */
export class AbortSwitch {
  private controller: AbortController | undefined;
  private abortion: AttemptAbort | undefined;
  private listener: ((abort: AttemptAbort) => void) | undefined;

  /** Why the attempt was aborted; undefined if it was not. */
  get reason(): AttemptAbort | undefined {
    return this.abortion;
  }

  /** The signal that the action sees. */
  get signal(): AbortSignal {
    if (this.controller) return this.controller.signal;
    this.controller = new AbortController();
    if (this.abortion) this.controller.abort(this.abortion);
    return this.controller.signal;
  }

  /** Calls `listener` when the attempt is aborted, or at once if it already was. There is only one listener. */
  onAbort(listener: (abort: AttemptAbort) => void): void {
    this.listener = listener;
    if (this.abortion) listener(this.abortion);
  }

  /** Aborts the attempt; only the first reason counts. */
  abort(reason: AttemptAbort): void {
    if (this.abortion) return;
    this.abortion = reason;
    this.controller?.abort(reason);
    this.listener?.(reason);
  }
}
