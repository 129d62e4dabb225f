import type { Json } from './json.js';
import type { LedgerOutcome } from './ledger.js';
import type { ReceivedEvent } from './event.js';

export const RUN_STATES = [
  'pending',
  'running',
  'retrying',
  'succeeded',
  'failed',
  'timed_out',
  'cancelled',
  'skipped',
  'missed',
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** States in which a run still has something to do. */
export const UNFINISHED_STATES = ['pending', 'running', 'retrying'] as const satisfies readonly RunState[];

export const isFinished = (state: RunState): boolean => !(UNFINISHED_STATES as readonly RunState[]).includes(state);

export const RUN_TRIGGERS = ['schedule', 'manual', 'event', 'backfill', 'retry'] as const;
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

/** How a run ends that was given up. */
export const FAILED_STATES = ['failed', 'timed_out'] as const satisfies readonly RunState[];
export type FailedState = (typeof FAILED_STATES)[number];

/** Whether the run was given up. */
export const hasFailed = ({ state }: { state: RunState }): boolean =>
  (FAILED_STATES as readonly RunState[]).includes(state);

/** Whether the run makes up for one that did not run or failed: it waits for its turn, and for others of its task. */
export const isMakeUp = ({ trigger }: { trigger: RunTrigger }): boolean =>
  trigger === 'backfill' || trigger === 'retry';

/** Why an attempt or a run did not succeed. Never holds a secret. */
export interface RunError {
  /** Stable and machine-readable, such as `timeout`, `http-503` or `ECONNREFUSED`. */
  code: string;
  message: string;
  /** The HTTP status that was answered, if one was. */
  status?: number;
}

export type AttemptOutcome = 'succeeded' | 'failed' | 'timed_out' | 'cancelled' | 'lost';

/** One finished invocation of the action. Instants are epoch milliseconds. */
export interface Attempt {
  number: number;
  /** The instance that made it. */
  instance: string;
  /** Null when the instance died before it could say that it had started. */
  startedAt: number | null;
  finishedAt: number;
  outcome: AttemptOutcome;
  error?: RunError;
}

/** What changes on a run while it is worked on; always written as a whole. */
export interface RunProgress {
  state: RunState;
  /** When the run, or its next attempt, becomes due (epoch ms). */
  dueAt: number;
  /** The instance that holds the run; null while none does. */
  owner: string | null;
  /** Whether its owner has put it off, and writes the run once more before it begins it: until then nothing has begun. */
  putOff: boolean;
  /**
   * The attempt that the owner is about to make, makes or made last; 0 before the first claim. With the owner it is
   * the fencing token: a change is accepted only from the instance that still holds this attempt.
   */
  attempt: number;
  /** The finished attempts, oldest first. */
  attempts: Attempt[];
  startedAt: number | null;
  finishedAt: number | null;
  /** How long after its due instant the first attempt started. */
  latenessMs: number | null;
  output: Json | null;
  /** Why the run is in its state, where that is not obvious: an error, the task's overlap rule, who cancelled it … */
  reason: string | null;
}

/** The execution of one occurrence, of a manual request, of an event or of a backfilled instant. */
export interface Run extends RunProgress {
  id: string;
  organization: string;
  taskId: string;
  trigger: RunTrigger;
  /** The nominal time (epoch ms): the occurrence, or the instant of the request. */
  scheduledFor: number;
  /** The task's generation under which the run was made. */
  generation: number;
  priority: number;
  createdAt: number;
  /** The finished run that this one re-drives. */
  retryOf: string | null;
  /** The event that started it. */
  event: ReceivedEvent | null;
  /** Of a backfilled instant: what had become of it before, which this run takes the place of; absent where nothing had. */
  insteadOf?: FormerOutcome;
}

/** What had become of an occurrence that did not run. */
export interface FormerOutcome {
  outcome: LedgerOutcome;
  reason: string | null;
}
