import { SetMetadata } from '@nestjs/common';
import type { Json, JsonObject } from '../../domain/json.js';
import type { AttemptOutcome, RunError, RunState, RunTrigger } from '../../domain/run.js';

/** The metadata key of a method that is a hook; its value is a `HookDeclaration`. */
export const RUN_HOOK = Symbol('RUN_HOOK');

/** What every hook gets. All of it is a copy. */
export interface HookContext {
  organization: string;
  task: { id: string; name: string; tags: readonly string[] };
  run: {
    id: string;
    taskId: string;
    /** The nominal time. */
    scheduledFor: Date;
    trigger: RunTrigger;
  };
  /** 1 for the first attempt; 0 when the run ended without one. */
  attempt: number;
  /** With which the run works: its own parameters, or those of its task. */
  parameters: JsonObject;
  /** Fires when the hook's time is up; for one before an attempt, also when the attempt must end. */
  signal: AbortSignal;
}

/** What a hook after an attempt gets. */
export interface AfterAttemptContext extends HookContext {
  outcome: AttemptOutcome;
  output: Json | null;
  error: RunError | null;
}

/** What a hook gets when another attempt follows. */
export interface RetryContext extends HookContext {
  error: RunError | null;
  /** When the next attempt is due. */
  nextAt: Date;
}

/** What a hook gets when a run has ended. */
export interface OutcomeContext extends HookContext {
  outcome: RunState;
  /** Why the run did not succeed, in words. */
  reason: string | null;
  output: Json | null;
  error: RunError | null;
}

/**
 * Keeps an attempt from being made: the run is skipped, or the attempt fails; `retryable: false` means that it fails for
 * good, whatever the task's retry policy.
 */
export type Veto = { skip: string } | { fail: string; retryable?: boolean };

/** What each kind of hook gets. */
export interface HookContexts {
  before: HookContext;
  after: AfterAttemptContext;
  retry: RetryContext;
  outcome: OutcomeContext;
}
export type HookKind = keyof HookContexts;

export interface HookOptions {
  /** Those with a smaller number are called first, those after an attempt last. Default 0. */
  order?: number;
  /** How long the hook may take, in milliseconds; then the work goes on without it. Default 5000, at most 60000. */
  timeoutMs?: number;
  /** The name of the runner whose runs it is called for, in an application with several. Default: the one without a name. */
  runner?: string;
}

export interface BeforeAttemptOptions extends HookOptions {
  /** What becomes of the attempt when the hook throws or takes too long: it is made (`ignore`, the default), or fails. */
  onError?: 'ignore' | 'fail';
}

/** A hook as it is declared. */
export interface HookDeclaration {
  kind: HookKind;
  options: BeforeAttemptOptions;
}

type HookDecorator<Context, Returned> = <Method extends (context: Context) => Returned | Promise<Returned>>(
  prototype: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

const declare = (kind: HookKind, options: BeforeAttemptOptions) =>
  SetMetadata(RUN_HOOK, { kind, options } satisfies HookDeclaration);

// oxlint-disable no-invalid-void-type
/**
 * Makes a method of a provider or controller one that is called before each attempt, on the instance that makes it: for
 * runs of every origin, first attempts and repeated ones. What it returns may keep the attempt from being made.
 */
export const BeforeAttempt = (options: BeforeAttemptOptions = {}): HookDecorator<HookContext, Veto | void> =>
  declare('before', options);

/**
 * Makes a method one that is called after each attempt, before its end is stored; it changes nothing in that. An instance
 * that dies meanwhile makes another attempt, or leaves that to others.
 */
export const AfterAttempt = (options: HookOptions = {}): HookDecorator<AfterAttemptContext, unknown> =>
  declare('after', options);

/** Makes a method one that is called when an attempt has failed and another one follows, once that is stored. */
export const OnRetry = (options: HookOptions = {}): HookDecorator<RetryContext, unknown> => declare('retry', options);

/**
 * Makes a method one that is called when a run has ended, once that is stored, on the instance that stored it; also for
 * runs that ended without an attempt.
 */
export const OnOutcome = (options: HookOptions = {}): HookDecorator<OutcomeContext, unknown> =>
  declare('outcome', options);
// oxlint-enable no-invalid-void-type
