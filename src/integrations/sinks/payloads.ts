import { derivedId } from '../../domain/ids.js';
import { toIso, toIsoOrNull } from '../../domain/instants.js';
import type { RunError, Run, RunState, RunTrigger } from '../../domain/run.js';
import type { TaskDefinition } from '../../domain/task-definition.js';
import type { Task, TaskState } from '../../domain/task.js';
import type { LifecycleEventMap } from '../../lifecycle/lifecycle-events.js';

/** A finished run without its output. Instants are ISO 8601, null where there was none. */
export interface RunSummary {
  /** The run's id. */
  id: string;
  organization: string;
  taskId: string;
  taskName: string;
  tags: string[];
  trigger: RunTrigger;
  state: RunState;
  scheduledFor: string;
  startedAt: string | null;
  finishedAt: string | null;
  latenessMs: number | null;
  attempts: number;
  reason: string | null;
  /** Why the last attempt failed; null when it did not. */
  error: RunError | null;
}

/** `POST` to the notification address: one failed or timed-out run. */
export interface FailureNotice extends RunSummary {
  type: 'run.failed' | 'run.timed_out';
}

/** `POST` to the notification address: the engine paused a task by itself. */
export interface PauseNotice {
  /** Of this one pause; a repeated delivery has the same. */
  id: string;
  type: 'task.paused';
  organization: string;
  taskId: string;
  taskName: string;
  tags: string[];
  /** ISO 8601. */
  at: string;
  reason: string | null;
}

/** `POST` to the notification address: something of a task should have begun and has not, or that is over. */
export interface OverdueNotice {
  /** Of the beginning or the end of this one stretch; a repeated delivery has the same. */
  id: string;
  type: 'task.overdue' | 'task.recovered';
  organization: string;
  taskId: string;
  taskName: string;
  tags: string[];
  /** When it was due; ISO 8601. */
  since: string;
  lateMs: number;
}

/** What the notifier hears of. */
export type Notice = FailureNotice | PauseNotice | OverdueNotice;

/** The body of a `POST` to the reporting address. */
export interface RunReport {
  runs: readonly RunSummary[];
}

/** What is told of a task: its definition, which holds no secrets, and the names of those it has. */
export interface AuditedTask {
  id: string;
  name: string;
  state: TaskState;
  generation: number;
  pausedReason: string | null;
  definition: TaskDefinition;
  secretNames: string[];
}

/** One entry of the audit trail; a repeated delivery has the same id. */
export type AuditEntry = { id: string; organization: string; at: string } & (
  | { type: `task.${LifecycleEventMap['task.changed']['change']}`; task: AuditedTask }
  | { type: 'run.finished'; run: RunSummary }
);

/** The body of a `POST` to the audit address. */
export interface AuditReport {
  entries: readonly AuditEntry[];
}

export function runSummary(run: Run, task: Task): RunSummary {
  const { id, organization, taskId, trigger, state, latenessMs, reason } = run;
  const { name: taskName, tags } = task.definition;
  const error = run.state === 'succeeded' ? null : (run.attempts.at(-1)?.error ?? null);
  return {
    id,
    organization,
    taskId,
    taskName,
    tags,
    trigger,
    state,
    scheduledFor: toIso(run.scheduledFor),
    startedAt: toIsoOrNull(run.startedAt),
    finishedAt: toIsoOrNull(run.finishedAt),
    latenessMs,
    attempts: run.attempts.length,
    reason,
    error,
  };
}

/** The notice of a run that failed or timed out; null for any other. */
export function failureNotice(run: Run, task: Task): FailureNotice | null {
  if (run.state !== 'failed' && run.state !== 'timed_out') return null;
  return { type: `run.${run.state}`, ...runSummary(run, task) };
}

/** The notice of a task that was paused because it kept failing; null for any other change. */
export function pauseNotice({ cause, task }: LifecycleEventMap['task.changed']): PauseNotice | null {
  if (cause !== 'failures') return null;
  const { id: taskId, organization, generation, updatedAt, pausedReason: reason, definition } = task;
  const { name: taskName, tags } = definition;
  const id = derivedId(updatedAt, 'paused', taskId, String(generation));
  return {
    id,
    type: 'task.paused',
    organization,
    taskId,
    taskName,
    tags,
    at: toIso(updatedAt),
    reason,
  };
}

/** The notice of a task that is overdue or is so no longer. */
export function overdueNotice({ change, task, since, lateMs }: LifecycleEventMap['task.overdue']): OverdueNotice {
  const { id: taskId, organization, definition } = task;
  const { name: taskName, tags } = definition;
  const id = derivedId(since, change, taskId);
  return {
    id,
    type: `task.${change}`,
    organization,
    taskId,
    taskName,
    tags,
    since: toIso(since),
    lateMs,
  };
}

export function taskEntry({ change, task }: LifecycleEventMap['task.changed'], now: number): AuditEntry {
  const { id, organization, state, generation, pausedReason, definition } = task;
  return {
    id: derivedId(now, 'audit', change, id, String(generation)),
    organization,
    at: toIso(now),
    type: `task.${change}`,
    task: {
      id,
      name: definition.name,
      state,
      generation,
      pausedReason,
      definition,
      secretNames: Object.keys(task.secrets),
    },
  };
}

export function runEntry(run: Run, task: Task, now: number): AuditEntry {
  const at = run.finishedAt ?? now;
  const { organization } = run;
  const id = derivedId(at, 'audit', 'run', run.id);
  return { id, organization, at: toIso(at), type: 'run.finished', run: runSummary(run, task) };
}
