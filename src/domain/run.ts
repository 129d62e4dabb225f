import type { Json, JsonObject } from './json.js';
import type { LedgerOutcome } from './ledger.js';
import type { ReceivedEvent } from './event.js';
import type { TraceContext } from './trace-context.js';

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

/** States of runs that still have something to do, in the order in which a run goes through them. */
export const UNFINISHED_STATES = ['pending', 'running', 'retrying'] as const satisfies readonly RunState[];

export const isFinished = (state: RunState): boolean => !(UNFINISHED_STATES as readonly RunState[]).includes(state);

export const RUN_TRIGGERS = ['schedule', 'manual', 'event', 'backfill', 'retry'] as const;
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

/** The final states of a run that was given up. */
export const FAILED_STATES = ['failed', 'timed_out'] as const satisfies readonly RunState[];
export type FailedState = (typeof FAILED_STATES)[number];

/** Whether the run was given up. */
export const hasFailed = ({ state }: { state: RunState }): boolean =>
  (FAILED_STATES as readonly RunState[]).includes(state);

/** The triggers of runs that make up for one that did not run or failed, and of all others. */
export const MAKE_UPS = ['backfill', 'retry'] as const satisfies readonly RunTrigger[];
export const DIRECT = ['schedule', 'manual', 'event'] as const satisfies readonly RunTrigger[];

/** Whether the run makes up for one that did not run or failed: it waits its turn, and for other runs of its task. */
export const isMakeUp = ({ trigger }: { trigger: RunTrigger }): boolean =>
  (MAKE_UPS as readonly RunTrigger[]).includes(trigger);

/** Why an attempt or a run did not succeed. Never holds a secret. */
export interface RunError {
  /** Stable and machine-readable, such as `timeout`, `http-503` or `ECONNREFUSED`. */
  code: string;
  message: string;
  /** The HTTP status of the answer, if there was one. */
  status?: number;
}

export type AttemptOutcome = 'succeeded' | 'failed' | 'timed_out' | 'cancelled' | 'skipped' | 'lost';

/** One finished invocation of the action. Instants are epoch milliseconds. */
export interface Attempt {
  number: number;
  /** The instance that made it. */
  instance: string;
  /** Null when the instance died before it could record the start. */
  startedAt: number | null;
  finishedAt: number;
  outcome: AttemptOutcome;
  error?: RunError;
}

/** The part of a run that changes during work on it; always written as a whole. */
export interface RunProgress {
  state: RunState;
  /** When the run, or its next attempt, becomes due (epoch ms). */
  dueAt: number;
  /** The instance that holds the run; null when none does. */
  owner: string | null;
  /**
   * Whether the owner has postponed the run. It writes the run again before starting it: until then nothing has
   * started.
   */
  putOff: boolean;
  /**
   * The attempt that the owner will make next, is making or made last; 0 before the first claim. Together with the
   * owner it is the fencing token: changes are accepted only from the instance that still holds this attempt.
   */
  attempt: number;
  /** The finished attempts, oldest first. */
  attempts: Attempt[];
  startedAt: number | null;
  finishedAt: number | null;
  /** How long after the due instant the first attempt started (ms). */
  latenessMs: number | null;
  output: Json | null;
  /** Why the run is in its state, if that is not obvious: an error, the task's overlap rule, who cancelled it … */
  reason: string | null;
  /** The place in its trace of the last attempt that somebody traces (`traceparent`); absent where none was. */
  span?: string;
}

/** The last sign of life from whoever is to complete an attempt. */
export interface Heartbeat {
  attempt: number;
  /** When it came (epoch ms). */
  at: number;
  /** How much of the work is done, 0 to 100. */
  percent?: number;
  message?: string;
}

/** The execution of one occurrence, of a manual request, of an event or of a backfilled instant. */
export interface Run extends RunProgress {
  id: string;
  organization: string;
  taskId: string;
  trigger: RunTrigger;
  /** The nominal time (epoch ms): the occurrence, or the instant of the request. */
  scheduledFor: number;
  /** The task's generation when the run was created. */
  generation: number;
  priority: number;
  createdAt: number;
  /** The finished run that this run re-drives. */
  retryOf: string | null;
  /** The event that started the run. */
  event: ReceivedEvent | null;
  /** The parameters of this run, in place of its task's; absent when it has those. */
  parameters?: JsonObject;
  /** How many bytes of event data and parameters the store alone has; absent where they are here. Never stored. */
  payloadInStore?: number;
  /** For a backfilled instant: its previous outcome, which this run replaces; absent when there was none. */
  insteadOf?: FormerOutcome;
  /** The request or the event of which its attempts are a part, as a tracing system knows it. */
  trace?: TraceContext;
  /** What an instance must work to run it, as of when that was written last (`StoredNeed`); the task itself decides. */
  queue?: string;
  skill?: string;
  /** The last heartbeat, of this or an earlier attempt; absent when there was none. */
  heartbeat?: Heartbeat;
  /** Why its record cannot be read, where that is so; then everything else may be a stand-in. */
  unreadable?: string;
}

/** The parameters with which the run's action is called. */
export const parametersOf = (
  run: Pick<Run, 'parameters'>,
  task: { definition: { parameters: JsonObject } },
): JsonObject => run.parameters ?? task.definition.parameters;

/** The previous outcome of an occurrence that did not run. */
export interface FormerOutcome {
  outcome: LedgerOutcome;
  reason: string | null;
}
