import type { Clock, Timer } from '../../clock/clock.js';
import { whenAborted } from '../../clock/when-aborted.js';
import { ActionError } from '../action.js';

/** Watches whether a handler shows signs of life, and tells it to end when it does not. */
export class Pulse {
  /** Fires with the attempt's signal, or when the handler has been silent for too long. */
  readonly signal: AbortSignal;
  private readonly silence = new AbortController();
  private timer: Timer;

  constructor(
    private readonly clock: Clock,
    private readonly longestMs: number,
    private readonly attempt: AbortSignal,
  ) {
    this.signal = AbortSignal.any([attempt, this.silence.signal]);
    this.timer = this.wait();
  }

  beat(): void {
    this.timer.cancel();
    if (!this.silence.signal.aborted) this.timer = this.wait();
  }

  /** The result of the work, unless the handler is silent for too long: then the error tells that it goes on. */
  orSilence<Result>(work: Promise<Result>): Promise<Result> {
    const silence = whenAborted(this.silence.signal).catch(({ code, message }: ActionError) => {
      throw new ActionError(code, message, { goesOn: work });
    });
    return Promise.race([work, silence]);
  }

  stop(): void {
    this.timer.cancel();
  }

  private wait(): Timer {
    return this.clock.after(this.longestMs, () => {
      // Whoever was told to end already is waited for.
      if (this.attempt.aborted) return;
      this.silence.abort(
        new ActionError('heartbeat-timeout', `The handler gave no sign of life for ${this.longestMs} ms.`),
      );
    });
  }
}
