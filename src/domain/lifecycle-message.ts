import type { ReceivedEvent } from './event.js';
import { derivedId } from './ids.js';
import type { Json } from './json.js';
import { jsonSize } from './json-size.js';
import type { LedgerEntry, LedgerOutcome } from './ledger.js';
import type { Run, RunError, RunProgress, RunState, RunTrigger } from './run.js';
import type { TaskDefinition } from './task-definition.js';
import type { Task, TaskState } from './task.js';
import type { TraceContext } from './trace-context.js';

/** Each end of a run, by the name of its step. */
export const END_STEPS = [
  'run.succeeded',
  'run.failed',
  'run.timed_out',
  'run.cancelled',
  'run.skipped',
  'run.missed',
] as const;

/** What can happen to a run, a task or its schedule. */
export const STEPS = [
  'run.started',
  'run.retrying',
  ...END_STEPS,
  'task.changed',
  'task.overdue',
  'task.recovered',
  'task.missed',
] as const;
export type Step = (typeof STEPS)[number];
export type RunStep = Extract<Step, `run.${string}`>;

/** Whether it is the last step of a run. */
export const isEndStep = (step: Step): boolean => (END_STEPS as readonly Step[]).includes(step);

export type TaskChangeKind = 'created' | 'changed' | 'paused' | 'resumed' | 'completed' | 'deleted';

interface MessageBase {
  /** The same however often and by whichever way the message arrives. */
  id: string;
  organization: string;
  /** When it happened (epoch ms). */
  at: number;
  taskId: string;
  /** Empty where the task was deleted before. */
  taskName: string;
  tags: readonly string[];
}

/** A step of a run. Instants in epoch ms. */
export interface RunMessage extends MessageBase {
  type: RunStep;
  runId: string;
  trigger: RunTrigger;
  state: RunState;
  scheduledFor: number;
  /** The attempt that the step belongs to. */
  attempt: number;
  /** How many attempts have ended. */
  attempts: number;
  startedAt: number | null;
  finishedAt: number | null;
  latenessMs: number | null;
  /** When the next attempt follows; null unless the run is retried. */
  retryAt: number | null;
  reason: string | null;
  /** The error of the last attempt; null for a run that succeeded or has no such error. */
  error: RunError | null;
  /** Only in the message of an end, and only where a consumer wants outputs of this size. */
  output?: Json;
  /** There where the output is too large for every consumer. */
  isOutputCut?: true;
  /** The event that started the run; only in the message of an end. */
  cause?: { id: string; descendants?: number };
  /** The attempt, or else what its run is a part of, as a tracing system knows it. */
  trace?: TraceContext;
}

/** A change of a task, which has no secrets in it. */
export interface TaskMessage extends MessageBase {
  type: 'task.changed';
  change: TaskChangeKind;
  /** There where the engine paused the task because its runs kept failing. */
  cause?: 'failures';
  generation: number;
  state: TaskState;
  pausedReason: string | null;
  definition: TaskDefinition;
  secretNames: readonly string[];
}

/** A start of the task is overdue, or no longer. */
export interface OverdueMessage extends MessageBase {
  type: 'task.overdue' | 'task.recovered';
  /** When the start was due (epoch ms). */
  since: number;
  lateMs: number;
}

/** Occurrences of the task got no run at all, because they were too late. Instants in epoch ms, both inclusive. */
export interface MissedMessage extends MessageBase {
  type: 'task.missed';
  from: number;
  to: number;
  count: number;
  outcome: MissedOutcome;
  reason: string;
}

/** What is told of a step to whoever wants to know it. */
export type LifecycleMessage = RunMessage | TaskMessage | OverdueMessage | MissedMessage;

/** Outcomes in the ledger that nobody wanted; what calendars and pauses leave out is as it was defined. */
type MissedOutcome = Exclude<LedgerOutcome, 'skipped'>;

const ofTask = ({ id, organization, definition }: Task) => ({
  organization,
  taskId: id,
  taskName: definition.name,
  tags: definition.tags,
});

/** The step of a run that this progress is about; `at` in epoch ms. Outputs of up to `outputBytes` are in it. */
export function runMessage(
  type: RunStep,
  { run, task, progress }: { run: Run; task: Task | undefined; progress: RunProgress },
  { attempt, at, outputBytes }: { attempt: number; at: number; outputBytes: number },
): RunMessage {
  const { id: runId, organization, taskId, trigger, scheduledFor } = run;
  const { state, startedAt, finishedAt, latenessMs, reason, output } = progress;
  const isEnd = isEndStep(type);
  const error = state === 'succeeded' ? null : (progress.attempts.at(-1)?.error ?? null);
  const has = isEnd && outputBytes > 0 && output !== null;
  const fits = has && jsonSize(output) <= outputBytes;
  return {
    id: derivedId(scheduledFor, 'message', runId, String(attempt), type),
    type,
    at,
    ...(task ? ofTask(task) : { organization, taskId, taskName: '', tags: [] }),
    ...{ runId, trigger, state, scheduledFor, attempt, attempts: progress.attempts.length },
    ...{ startedAt, finishedAt, latenessMs, reason, error: type === 'run.started' ? null : error },
    retryAt: type === 'run.retrying' ? progress.dueAt : null,
    ...(fits && { output }),
    ...(has && !fits && { isOutputCut: true as const }),
    ...(isEnd && run.event && { cause: causeOf(run.event) }),
    ...traceOf(run, progress),
  };
}

function traceOf({ trace }: Run, { span }: RunProgress): { trace?: TraceContext } {
  if (span !== undefined) return { trace: { traceparent: span } };
  return trace ? { trace } : {};
}

const causeOf = ({ id, descendants }: ReceivedEvent) => ({ id, ...(descendants !== undefined && { descendants }) });

/** A change that made the task what it is now, at `at` (epoch ms). */
export function taskMessage(task: Task, change: TaskChangeKind, at: number, cause?: 'failures'): TaskMessage {
  const { id, generation, state, pausedReason, definition, secrets, createdAt } = task;
  return {
    id: derivedId(createdAt, 'message', id, String(generation), change),
    type: 'task.changed',
    at,
    ...ofTask(task),
    ...{ change, generation, state, pausedReason, definition, secretNames: Object.keys(secrets) },
    ...(cause && { cause }),
  };
}

/** A start of the task that was due at `since` is overdue, or no longer, at `at` (epoch ms). */
export function overdueMessage(
  task: Task,
  { change, since, lateMs }: { change: 'overdue' | 'recovered'; since: number; lateMs: number },
  at: number,
): OverdueMessage {
  return { id: derivedId(since, change, task.id), type: `task.${change}`, at, ...ofTask(task), since, lateMs };
}

/** What is told of a ledger entry of the task that is written at `at` (epoch ms); null where nothing is. */
export function missedMessage(
  task: Task,
  { from, to, count, outcome, reason }: LedgerEntry,
  at: number,
): MissedMessage | null {
  if (outcome === 'skipped') return null;
  const id = derivedId(from, 'message', task.id, 'missed', outcome, String(to));
  return { id, type: 'task.missed', at, ...ofTask(task), ...{ from, to, count, outcome, reason } };
}
