import type { Action, ActionOf, ActionType } from '../domain/action.js';
import type { Json, JsonObject } from '../domain/json.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import type { LogLevel } from '../execution-log/log.store.js';
import type { Retryable } from '../retry/retry-policy-manager.js';

/** The input of an action: one attempt of one run. */
export interface ActionContext {
  task: Task;
  /** Its id is the idempotency key: the same for every attempt. */
  run: Run;
  /** 1 for the first attempt. */
  attempt: number;
  /** Fires when the attempt must end: time-out, cancellation, a lost lock, or shutdown. */
  signal: AbortSignal;
  /** Adds an entry to the run's log. A function makes the data, as it is to be stored, only if there is room for it. */
  log(level: LogLevel, message: string, data?: JsonObject | (() => JsonObject)): void;
}

/** How an attempt ended without failure: with an output, or by waiting for a callback to end it. */
export type ActionResult = { waiting?: false; output?: Json } | { waiting: true };

/** One type of action. To add a type, register one more of these. */
export interface ActionRunner<Type extends ActionType = ActionType> {
  readonly type: Type;
  /** Whether to make an attempt again, on another instance, goes on with it rather than beginning anew. */
  readonly resumes?: boolean;
  /** Makes one attempt. Rejects with an `ActionError` to tell the retry policy more than that the attempt failed. */
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
      /** The HTTP status of the answer. */
      status?: number;
      /** The delay that the receiver requests with `Retry-After`, in milliseconds. */
      retryAfterMs?: number;
      /** False when another attempt would not help; `when-listed`: unless the policy's `retryOn` lists the failure. */
      retryable?: Retryable;
      /** What is kept as the run's output although the attempt failed. */
      output?: Json;
      /** What the action still does, although it has failed: the next start of its task here waits for that. */
      goesOn?: Promise<unknown>;
    } = {},
  ) {
    super(message);
  }
}

export type { Action };
