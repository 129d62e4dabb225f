import { toIso, toIsoOrNull } from '../../domain/instants.js';
import type {
  LifecycleMessage,
  MissedMessage,
  OverdueMessage,
  RunMessage,
  TaskChangeKind,
  TaskMessage,
} from '../../domain/lifecycle-message.js';
import type { RunError, RunState, RunTrigger } from '../../domain/run.js';
import type { TaskDefinition } from '../../domain/task-definition.js';
import type { TaskState } from '../../domain/task.js';

/** A finished run without its output. Instants are ISO 8601; null means there is none. */
export interface RunSummary {
  /** The run's id. */
  id: string;
  organization: string;
  taskId: string;
  taskName: string;
  tags: readonly string[];
  trigger: RunTrigger;
  state: RunState;
  scheduledFor: string;
  startedAt: string | null;
  finishedAt: string | null;
  latenessMs: number | null;
  attempts: number;
  reason: string | null;
  /** The error of the last attempt; null for a run that succeeded or has no such error. */
  error: RunError | null;
}

/** `POST` to the notification address: one failed or timed-out run. */
export interface FailureNotice extends RunSummary {
  type: 'run.failed' | 'run.timed_out';
}

/** `POST` to the notification address: the engine paused a task on its own. */
export interface PauseNotice {
  /** The id of this pause; the same in repeated deliveries. */
  id: string;
  type: 'task.paused';
  organization: string;
  taskId: string;
  taskName: string;
  tags: readonly string[];
  /** ISO 8601. */
  at: string;
  reason: string | null;
}

/** `POST` to the notification address: a start of the task is overdue, or no longer overdue. */
export interface OverdueNotice {
  /** The id of the start or end of this overdue period; the same in repeated deliveries. */
  id: string;
  type: 'task.overdue' | 'task.recovered';
  organization: string;
  taskId: string;
  taskName: string;
  tags: readonly string[];
  /** When the start was due; ISO 8601. */
  since: string;
  lateMs: number;
}

/** `POST` to the notification address: occurrences of the task got no run, because they were too late. */
export interface MissedNotice {
  /** The same in repeated deliveries. */
  id: string;
  type: 'task.missed';
  organization: string;
  taskId: string;
  taskName: string;
  tags: readonly string[];
  /** The first and the last of the occurrences; ISO 8601. */
  from: string;
  to: string;
  count: number;
  reason: string;
}

/** Everything that the notifier receives. */
export type Notice = FailureNotice | PauseNotice | OverdueNotice | MissedNotice;

/** The body of a `POST` to the reporting address. */
export interface RunReport {
  runs: readonly RunSummary[];
}

/** The published view of a task: its definition, which holds no secrets, and the names of its secrets. */
export interface AuditedTask {
  id: string;
  name: string;
  state: TaskState;
  generation: number;
  pausedReason: string | null;
  definition: TaskDefinition;
  secretNames: readonly string[];
}

/** One entry of the audit trail; repeated deliveries have the same id. */
export type AuditNotice = { id: string; organization: string; at: string } & (
  { type: `task.${TaskChangeKind}`; task: AuditedTask } | { type: 'run.finished'; run: RunSummary }
);

/** The body of a `POST` to the audit address. */
export interface AuditReport {
  entries: readonly AuditNotice[];
}

export function runSummary(message: RunMessage): RunSummary {
  const { runId: id, organization, taskId, taskName, tags, trigger, state, latenessMs, attempts, reason } = message;
  return {
    id,
    organization,
    taskId,
    taskName,
    tags,
    trigger,
    state,
    scheduledFor: toIso(message.scheduledFor),
    startedAt: toIsoOrNull(message.startedAt),
    finishedAt: toIsoOrNull(message.finishedAt),
    latenessMs,
    attempts,
    reason,
    error: message.error,
  };
}

/** What the notifier is told; null for what it does not want. */
export function noticeOf(message: LifecycleMessage): Notice | null {
  const { type } = message;
  if (type === 'run.failed' || type === 'run.timed_out') return { type, ...runSummary(message) };
  if (type === 'task.overdue' || type === 'task.recovered') return overdueNotice(message);
  // Occurrences that gave way to a later one of their task are made up for by that.
  if (type === 'task.missed') return message.outcome === 'missed' ? missedNotice(message) : null;
  return type === 'task.changed' && message.cause === 'failures' ? pauseNotice(message) : null;
}

function pauseNotice({ id, organization, taskId, taskName, tags, at, pausedReason }: TaskMessage): PauseNotice {
  return { id, type: 'task.paused', organization, taskId, taskName, tags, at: toIso(at), reason: pausedReason };
}

function missedNotice({ id, type, organization, taskId, taskName, tags, ...message }: MissedMessage): MissedNotice {
  const { from, to, count, reason } = message;
  return { id, type, organization, taskId, taskName, tags, from: toIso(from), to: toIso(to), count, reason };
}

function overdueNotice({
  id,
  type,
  organization,
  taskId,
  taskName,
  tags,
  since,
  lateMs,
}: OverdueMessage): OverdueNotice {
  return { id, type, organization, taskId, taskName, tags, since: toIso(since), lateMs };
}

/** The entry of a changed task or an ended run. */
export function auditNotice(message: RunMessage | TaskMessage): AuditNotice {
  const { id, organization } = message;
  const at = toIso(message.at);
  if (message.type !== 'task.changed') return { id, organization, at, type: 'run.finished', run: runSummary(message) };
  const { taskId, taskName: name, state, generation, pausedReason, definition, secretNames } = message;
  const task = { id: taskId, name, state, generation, pausedReason, definition, secretNames };
  return { id, organization, at, type: `task.${message.change}`, task };
}
