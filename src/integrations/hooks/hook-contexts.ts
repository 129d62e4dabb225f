import { parametersOf, type AttemptOutcome, type Run, type RunError } from '../../domain/run.js';
import type { Json } from '../../domain/json.js';
import type { Task } from '../../domain/task.js';
import type { AfterAttemptContext, HookContext, OutcomeContext, RetryContext } from './run-hook.js';

/** How an attempt ended, as hooks are told. */
export interface ToldEnd {
  outcome: AttemptOutcome;
  output: Json | null;
  error: RunError | null;
}

/** A run with its task. */
export interface ToldRun {
  run: Run;
  task: Task;
}

export function contextOf({ run, task }: ToldRun, signal: AbortSignal): HookContext {
  return withMembers(run, task, { attempt: run.attempt }, signal);
}

export function afterContextOf({ run, task }: ToldRun, end: ToldEnd, signal: AbortSignal): AfterAttemptContext {
  const { outcome, error } = end;
  const context = withMembers(run, task, { attempt: run.attempt, outcome, error: structuredClone(error) }, signal);
  return copiedOnDemand(context, 'output', () => end.output);
}

export function retryContextOf({ run, task }: ToldRun, signal: AbortSignal): RetryContext {
  return withMembers(run, task, { ...lastOf(run), nextAt: new Date(run.dueAt) }, signal);
}

export function outcomeContextOf({ run, task }: ToldRun, signal: AbortSignal): OutcomeContext {
  const { state: outcome, reason } = run;
  const context = withMembers(run, task, { ...lastOf(run), outcome, reason }, signal);
  return copiedOnDemand(context, 'output', () => run.output);
}

function lastOf({ attempts }: Run): Pick<RetryContext, 'attempt' | 'error'> {
  const last = attempts.at(-1);
  return { attempt: last?.number ?? 0, error: structuredClone(last?.error ?? null) };
}

/** What all hooks get, with these members beside it. */
function withMembers<Members extends { attempt: number }>(
  run: Run,
  task: Task,
  members: Members,
  signal: AbortSignal,
): HookContext & Members {
  const { id, taskId, scheduledFor, trigger, organization } = run;
  const { name, tags } = task.definition;
  const context = {
    organization,
    task: { id: taskId, name, tags: [...tags] },
    run: { id, taskId, scheduledFor: new Date(scheduledFor), trigger },
    ...members,
    signal,
  };
  return copiedOnDemand(context, 'parameters', () => parametersOf(run, task));
}

/** Adds a member that is copied when it is read: most hooks never look at it, and it may be large. */
function copiedOnDemand<Context extends object, Name extends string, Value>(
  context: Context,
  name: Name,
  original: () => Value,
): Context & Record<Name, Value> {
  let copy: { value: Value } | undefined;
  const get = () => (copy ??= { value: structuredClone(original()) }).value;
  return Object.defineProperty(context, name, { enumerable: true, get }) as Context & Record<Name, Value>;
}
