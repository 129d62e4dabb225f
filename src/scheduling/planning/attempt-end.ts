import type { Json } from '../../domain/json.js';
import type { AttemptOutcome, RunError } from '../../domain/run.js';
import type { Failure } from '../../retry/retry-policy-manager.js';

/** Why the runner itself ends an attempt; the reason of its AbortSignal. */
export class AttemptAbort extends Error {
  override readonly name = 'AttemptAbort';

  constructor(
    readonly kind:
      'time-out' | 'heartbeat' | 'deadline' | 'cancel' | 'lock-lost' | 'shutdown' | 'hand-over' | 'ended-elsewhere',
    message: string,
  ) {
    super(message);
  }
}

/** How an attempt ended. */
export type AttemptEnd =
  | { kind: 'succeeded'; output: Json | null }
  | { kind: 'failed'; failure: Failure; output?: Json | null }
  | { kind: 'aborted'; abort: AttemptAbort }
  /** A hook of the host application did not let it begin. */
  | { kind: 'skipped'; reason: string };

const OUTCOMES = {
  'time-out': 'timed_out',
  heartbeat: 'timed_out',
  deadline: 'timed_out',
  cancel: 'cancelled',
  'lock-lost': 'lost',
  shutdown: 'lost',
  'hand-over': null,
  'ended-elsewhere': null,
} as const satisfies Record<AttemptAbort['kind'], AttemptOutcome | null>;

/** The codes of the errors that say why an attempt was aborted, where they are not called as the reason is. */
const CODES: Partial<Record<AttemptAbort['kind'], string>> = { 'time-out': 'timeout', heartbeat: 'heartbeat-timeout' };

/** Why an attempt was aborted, as its record tells it. */
export const errorOf = ({ kind, message }: AttemptAbort): RunError => ({ code: CODES[kind] ?? kind, message });

/** The outcome of an attempt; null when it goes on, or ended, on another instance. */
export function outcomeOf(
  end: AttemptEnd,
): { outcome: AttemptOutcome; output: Json | null; error: RunError | null } | null {
  if (end.kind === 'succeeded') return { outcome: 'succeeded', output: end.output, error: null };
  if (end.kind === 'failed') return { outcome: 'failed', output: end.output ?? null, error: end.failure.error };
  if (end.kind === 'skipped') return { outcome: 'skipped', output: null, error: null };
  const outcome = OUTCOMES[end.abort.kind];
  return outcome && { outcome, output: null, error: errorOf(end.abort) };
}
