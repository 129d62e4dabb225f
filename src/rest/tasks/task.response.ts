import { ACTOR_TYPES } from '../../audit/actor.js';
import { lackInWords, type Lack } from '../../cluster/instance-work.js';
import type { CalendarUse } from '../../domain/calendar.js';
import type { Action } from '../../domain/action.js';
import type { Json } from '../../domain/json.js';
import { queueOf } from '../../domain/need.js';
import type { MisfirePolicy, RetryPolicy } from '../../domain/task-definition.js';
import { versionOf, type Task, type TaskState } from '../../domain/task.js';
import type { Trigger } from '../../domain/trigger.js';
import { toIso, toIsoOrNull } from '../../domain/instants.js';
import { respond, Shown, ShownAs, ShownInstant, ShownObject } from '../http/expose.js';

/** Something about a task that is accepted, and may not be meant. */
export class WarningResponse {
  @Shown({ description: 'A pointer to the member of the task (RFC 6901).' })
  pointer!: string;

  @Shown({ enum: ['no-worker'], description: 'What it is, for programs.' })
  code!: string;

  @Shown()
  detail!: string;
}

/** Who made a change. */
export class MakerResponse {
  @Shown({
    enum: ACTOR_TYPES,
    description:
      'user: a token; api-key: a service account; webhook: a sender; module: the host application; engine: the runner itself.',
  })
  type!: string;

  @Shown({ description: "The token's subject, or the id of the key or source; otherwise the type.", example: 'ann' })
  id!: string;
}

/** A task as the API shows it. Secrets appear by name only. */
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

  @Shown({ type: [String], description: 'The names of the secrets; their values are write-only.' })
  secretNames!: string[];

  @Shown({ description: 'Which instances run the task: those that work this queue.' })
  queue!: string;

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

  @ShownInstant({ required: false, description: 'The task is not due before this instant.' })
  startAt?: string;

  @ShownInstant({ required: false, description: 'The task is not due at this instant or later.' })
  endAt?: string;

  @Shown({ type: 'integer', required: false })
  maxRuns?: number;

  @Shown({ type: 'integer', required: false })
  spreadMs?: number;

  @Shown({ type: 'integer', description: 'How many time-driven occurrences of the task have been claimed.' })
  scheduledRuns!: number;

  @Shown({ type: [String] })
  tags!: string[];

  @Shown({ enum: ['active', 'paused', 'completed'] })
  state!: TaskState;

  @Shown({ required: false, description: 'Why the task is paused.' })
  pausedReason?: string;

  @ShownInstant({ required: false, description: 'When the task resumes by itself.' })
  pausedUntil?: string;

  @ShownInstant({ nullable: true, description: 'The nominal time of the next occurrence; null if there is none.' })
  nextRunAt!: string | null;

  @Shown({ description: 'The version, as in the ETag.' })
  version!: string;

  @Shown({
    type: MakerResponse,
    required: false,
    description: 'Who paused it; absent if it is not paused, or if an older version did.',
  })
  pausedBy?: MakerResponse;

  @ShownInstant()
  createdAt!: string;

  @Shown({ type: MakerResponse, required: false, description: 'Who created it; absent if an older version did.' })
  createdBy?: MakerResponse;

  @ShownInstant()
  updatedAt!: string;

  @Shown({
    type: MakerResponse,
    required: false,
    description: 'Who changed, paused or resumed it last; absent if an older version did.',
  })
  updatedBy?: MakerResponse;

  @Shown({
    type: [WarningResponse],
    required: false,
    description: 'Where the task was created or changed: what may not be meant; absent if there is nothing.',
  })
  warnings?: WarningResponse[];
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
    ...makersOf(task),
    ...task.definition,
    queue: queueOf(task.definition),
  } as TaskResponse);

const makersOf = ({ makers: { created, updated, paused } = {} }: Task) => ({
  ...(created && { createdBy: created }),
  ...(updated && { updatedBy: updated }),
  ...(paused && { pausedBy: paused }),
});

const POINTERS = {
  work: '',
  queue: '/queue',
  handler: '/action/name',
  action: '/action/type',
  'trigger-type': '/triggers',
  'paused-queue': '/queue',
} as const satisfies Record<Lack['kind'], string>;

/** Shows a task that was created or changed, with a warning if no live instance can run it. */
export function toWrittenTaskResponse(task: Task, missing: Lack | null): TaskResponse {
  const shown = toTaskResponse(task);
  return missing ? Object.assign(shown, { warnings: [warningOf(missing)] }) : shown;
}

/** Says that no live instance can run a task. */
export function warningOf(missing: Lack): WarningResponse {
  const detail = `no live instance ${lackInWords(missing)}: what is due waits until there is one`;
  return respond(WarningResponse, { pointer: POINTERS[missing.kind], code: 'no-worker', detail });
}
