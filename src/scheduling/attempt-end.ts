import type { Json } from '../domain/json.js';
import type { Failure } from '../retry/retry-policy-manager.js';

/** Why the runner itself ends an attempt; the reason of its AbortSignal. */
export class AttemptAbort extends Error {
  override readonly name = 'AttemptAbort';

  constructor(
    readonly kind: 'time-out' | 'deadline' | 'cancel' | 'lock-lost' | 'shutdown' | 'ended-elsewhere',
    message: string,
  ) {
    super(message);
  }
}

/** How an attempt came to its end. */
export type AttemptEnd =
  | { kind: 'succeeded'; output: Json | null }
  | { kind: 'failed'; failure: Failure }
  | { kind: 'aborted'; abort: AttemptAbort };
