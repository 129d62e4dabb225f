import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import type { AttemptLog } from '../../execution-log/attempt-log.js';
import { AbortSwitch } from './abort-switch.js';
import type { Span } from '../../tracing/tracing.js';
import type { AttemptEnd } from '../planning/attempt-end.js';
import { Deferred } from './deferred.js';

/** An attempt under way. */
export class Assignment {
  readonly aborter = new AbortSwitch();
  /** Ends an attempt that waits for a call-back. */
  readonly callback = new Deferred<AttemptEnd>();
  /** Whether a call-back came that ends it. */
  isCalledBack = false;
  /** Whether another instance could go on with what is left: nothing but the call-back is to come, or the action resumes. */
  isWaiting = false;
  /** When the last heartbeat came here, or the wait began here (epoch ms). */
  heardAt = 0;
  /** Whether the action is done or was given up, so that only its end is left to be written. */
  hasEnded = false;
  /** Releases the memory of its output, which waits to be written beside the slots. */
  releaseOutput?: () => void;
  /** What a tracing system is told of it. */
  span?: Span;
  /** Resolves when the end of the attempt is written or given up. */
  readonly ended = new Deferred<void>();

  constructor(
    readonly run: Run,
    readonly task: Task,
    readonly log: AttemptLog,
    /** Epoch ms. */
    readonly startedAt: number,
  ) {}
}
