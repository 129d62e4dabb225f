import type { ReceivedEvent } from '../../domain/event.js';
import type { JsonObject } from '../../domain/json.js';
import type { TraceContext } from '../../domain/trace-context.js';
import { storedNeedOf } from '../../domain/need.js';
import type { Run, RunTrigger } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';

/** The particulars of a new run; instants in epoch milliseconds. */
export interface NewRun {
  id: string;
  trigger: RunTrigger;
  scheduledFor: number;
  dueAt: number;
  createdAt: number;
  /** The instance that holds the run from the start; null when any instance may take it. */
  owner: string | null;
  retryOf?: string;
  event?: ReceivedEvent;
  /** In place of the task's. */
  parameters?: JsonObject;
  /** What it is a part of. */
  trace?: TraceContext | undefined;
}

/** A run of `task` that has not started. */
export const newRun = (task: Task, what: NewRun): Run => ({
  id: what.id,
  organization: task.organization,
  taskId: task.id,
  trigger: what.trigger,
  scheduledFor: what.scheduledFor,
  dueAt: what.dueAt,
  createdAt: what.createdAt,
  generation: task.generation,
  priority: task.definition.priority,
  state: 'pending',
  owner: what.owner,
  putOff: false,
  attempt: what.owner ? 1 : 0,
  attempts: [],
  startedAt: null,
  finishedAt: null,
  latenessMs: null,
  output: null,
  reason: null,
  retryOf: what.retryOf ?? null,
  event: what.event ?? null,
  ...(what.parameters && { parameters: what.parameters }),
  ...(what.trace && { trace: what.trace }),
  ...storedNeedOf(task),
});
