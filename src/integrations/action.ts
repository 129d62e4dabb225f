import type { Action, ActionOf, ActionType } from '../domain/action.js';
import type { Json, JsonObject } from '../domain/json.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import type { LogLevel } from '../execution-log/log.store.js';

/** What an action gets to work with: one attempt of one run. */
export interface ActionContext {
  task: Task;
  /** Its id is the idempotency key: the same for every attempt. */
  run: Run;
  /** 1 for the first attempt. */
  attempt: number;
  /** Fires when the attempt must end: time-out, cancellation, a lost lock, or shutdown. */
  signal: AbortSignal;
  /** Adds an entry to the run's log. */
  log(level: LogLevel, message: string, data?: JsonObject): void;
}

/** How an attempt ended well: with an output, or by waiting for a call-back to end it. */
export type ActionResult = { waiting?: false; output?: Json } | { waiting: true };

/** One kind of action. A new kind is one more of these in the registry. */
export interface ActionRunner<Type extends ActionType = ActionType> {
  readonly type: Type;
  /** Makes one attempt. Rejects with an `ActionError` where the retry policy should know more than "it failed". */
  execute(action: ActionOf<Type>, context: ActionContext): Promise<ActionResult>;
}

/** A failed attempt, in terms that the retry policy understands. The message must hold no secret. */
export class ActionError extends Error {
  override readonly name = 'ActionError';

  constructor(
    /** Stable, such as `http-503`, `ECONNREFUSED` or `handler-not-found`. */
    readonly code: string,
    message: string,
    readonly details: {
      /** The HTTP status that was answered. */
      status?: number;
      /** What the receiver asked for by `Retry-After`, in milliseconds. */
      retryAfterMs?: number;
      /** False when another attempt cannot change anything. */
      retryable?: boolean;
    } = {},
  ) {
    super(message);
  }
}

export type { Action };
