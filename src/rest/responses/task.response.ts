import type { CalendarUse } from '../../domain/calendar.js';
import type { Action } from '../../domain/action.js';
import type { Json } from '../../domain/json.js';
import type { MisfirePolicy, RetryPolicy } from '../../domain/task-definition.js';
import { versionOf, type Task, type TaskState } from '../../domain/task.js';
import type { Trigger } from '../../domain/trigger.js';
import { toIso, toIsoOrNull } from '../../domain/instants.js';
import { respond, Shown, ShownAs, ShownInstant, ShownObject } from './expose.js';

/** A task as the API shows it. Of its secrets, only the names. */
export class TaskResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown()
  name!: string;

  @Shown({ required: false })
  description?: string;

  @Shown({ type: 'array', items: { $ref: '#/components/schemas/Trigger' } })
  triggers!: Trigger[];

  @ShownAs('Action')
  action!: Action;

  @ShownObject()
  parameters!: Record<string, Json>;

  @Shown({ type: [String], description: 'The secrets are write-only; these are their names.' })
  secretNames!: string[];

  @Shown({ type: 'integer', minimum: 0, maximum: 9 })
  priority!: number;

  @Shown({ enum: ['skip', 'queue', 'allow', 'replace'] })
  overlap!: string;

  @ShownAs('MisfirePolicy')
  misfire!: MisfirePolicy;

  @ShownAs('RetryPolicy')
  retry!: RetryPolicy;

  @Shown({ type: 'integer' })
  timeoutMs!: number;

  @Shown({ type: 'integer', required: false })
  startDeadlineMs?: number;

  @Shown({ type: 'integer', required: false })
  deadlineMs?: number;

  @Shown({ enum: ['retry', 'fail'] })
  onCrash!: string;

  @Shown({ type: 'integer', required: false })
  maxCrashes?: number;

  @Shown({ type: 'integer', required: false })
  pauseAfterFailures?: number;

  @Shown({ type: 'object', additionalProperties: { type: 'integer' }, selfRequired: false })
  resources?: Record<string, number>;

  @Shown({ type: 'array', items: { $ref: '#/components/schemas/CalendarUse' }, required: false })
  calendars?: CalendarUse[];

  @ShownInstant({ required: false, description: 'The task is not due for anything before this instant.' })
  startAt?: string;

  @ShownInstant({ required: false, description: 'The task is due for nothing at this instant or after it.' })
  endAt?: string;

  @Shown({ type: 'integer', required: false })
  maxRuns?: number;

  @Shown({ type: 'integer', required: false })
  spreadMs?: number;

  @Shown({ type: 'integer', description: 'How many of its time-driven occurrences were claimed to run.' })
  scheduledRuns!: number;

  @Shown({ type: [String] })
  tags!: string[];

  @Shown({ enum: ['active', 'paused', 'completed'] })
  state!: TaskState;

  @Shown({ required: false, description: 'Why the task is paused.' })
  pausedReason?: string;

  @ShownInstant({ required: false, description: 'When the task resumes by itself.' })
  pausedUntil?: string;

  @ShownInstant({ nullable: true, description: 'The next occurrence; null when none is to come.' })
  nextRunAt!: string | null;

  @Shown({ description: 'The version, as in the ETag.' })
  version!: string;

  @ShownInstant()
  createdAt!: string;

  @ShownInstant()
  updatedAt!: string;
}

/** Shows a task. */
export const toTaskResponse = (task: Task): TaskResponse =>
  respond(TaskResponse, {
    id: task.id,
    secretNames: Object.keys(task.secrets).sort(),
    scheduledRuns: task.scheduledRuns,
    state: task.state,
    ...(task.pausedReason !== null && { pausedReason: task.pausedReason }),
    ...(task.pausedUntil !== null && { pausedUntil: toIso(task.pausedUntil) }),
    nextRunAt: toIsoOrNull(task.next?.scheduledFor ?? null),
    version: versionOf(task),
    createdAt: toIso(task.createdAt),
    updatedAt: toIso(task.updatedAt),
    ...task.definition,
  } as TaskResponse);
