import type { Json, JsonObject } from '../../domain/json.js';
import { RUN_STATES, RUN_TRIGGERS, type Attempt, type Run, type RunState, type RunTrigger } from '../../domain/run.js';
import { traceIdOfRun } from '../../domain/run-trace.js';
import { parentOf } from '../../domain/chain.js';
import { begunAt } from '../../domain/begun-at.js';
import type { AskedOfRun } from '../../overview/run-request.js';
import type { ReceivedEvent } from '../../domain/event.js';
import { toIso, toIsoOrNull } from '../../domain/instants.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant, ShownJson, ShownObject } from '../http/expose.js';

/** Why an attempt did not succeed. */
export class RunErrorResponse {
  @Shown({ example: 'http-503' })
  code!: string;

  @Shown()
  message!: string;

  @Shown({ type: 'integer', required: false, description: 'The HTTP status of the answer.' })
  status?: number;
}

/** One finished invocation of the action. */
export class AttemptResponse {
  @Shown({ type: 'integer', minimum: 1 })
  number!: number;

  @Shown({ description: 'The instance that made the attempt.' })
  instance!: string;

  @ShownInstant({ nullable: true })
  startedAt!: string | null;

  @ShownInstant()
  finishedAt!: string;

  @Shown({ enum: ['succeeded', 'failed', 'timed_out', 'cancelled', 'skipped', 'lost'] })
  outcome!: string;

  @Shown({ required: false, type: RunErrorResponse })
  error?: RunErrorResponse;
}

/** The attempt that an instance makes at present. */
export class CurrentAttemptResponse {
  @Shown({ type: 'integer', minimum: 1 })
  number!: number;

  @Shown({ description: 'The instance that makes it.' })
  instance!: string;

  @ShownInstant({ nullable: true, description: 'When it began, or the earliest instant at which it can have.' })
  startedAt!: string | null;
}

/** What somebody asked of a run. */
export class RunRequestedResponse {
  @Shown({ description: 'Who asked for it, as the audit trail names them.' })
  by!: string;

  @ShownInstant()
  at!: string;

  @Shown({ required: false, description: 'The reason that they gave.' })
  reason?: string;
}

/** The outcome of an occurrence before a backfill ran it. */
export class FormerOutcomeResponse {
  @Shown({ enum: ['skipped', 'missed', 'coalesced'] })
  outcome!: string;

  @Shown({ type: String, nullable: true })
  reason!: string | null;
}

/** The last heartbeat of a run that waits, or waited, for its callback. */
export class HeartbeatResponse {
  @Shown({ type: 'integer', minimum: 1 })
  attempt!: number;

  @ShownInstant()
  at!: string;

  @Shown({ type: Number, required: false, minimum: 0, maximum: 100, description: 'How much of the work is done.' })
  percent?: number;

  @Shown({ required: false })
  message?: string;
}

/** A run as the API shows it. */
export class RunResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown({ format: 'uuid' })
  taskId!: string;

  @Shown({
    required: false,
    description: 'The name of its task, in GET /v1/runs and GET /v1/runs/{id}; absent where that was deleted.',
  })
  taskName?: string;

  @Shown({ enum: RUN_TRIGGERS })
  trigger!: RunTrigger;

  @ShownInstant({ description: 'The nominal time.' })
  scheduledFor!: string;

  @Shown({ enum: RUN_STATES })
  state!: RunState;

  @Shown({ type: 'integer', minimum: 0, description: 'The current or last attempt; 0 before the first.' })
  attempt!: number;

  @Shown({ type: [AttemptResponse], description: 'The finished attempts, oldest first.' })
  attempts!: AttemptResponse[];

  @ShownInstant({ description: 'When it, or its next attempt, is or was due.' })
  dueAt!: string;

  @ShownInstant()
  createdAt!: string;

  @ShownInstant({ required: false, description: 'When a run between two attempts makes the next one.' })
  nextAttemptAt?: string;

  @Shown({ required: false, type: CurrentAttemptResponse, description: 'The attempt under way.' })
  current?: CurrentAttemptResponse;

  @Shown({ required: false, description: 'The version of the task by which the run was made.' })
  taskVersion?: string;

  @Shown({
    type: [String],
    required: false,
    description: 'In GET /v1/runs/{id}: the runs that drive it again, eight at most.',
  })
  retriedBy?: string[];

  @Shown({
    required: false,
    type: RunRequestedResponse,
    description: 'In GET /v1/runs/{id}: who asked for this run, where somebody did.',
  })
  requested?: RunRequestedResponse;

  @Shown({
    required: false,
    type: RunRequestedResponse,
    description: 'In GET /v1/runs/{id}: who cancelled this run, where somebody did.',
  })
  cancelled?: RunRequestedResponse;

  @ShownInstant({ nullable: true })
  startedAt!: string | null;

  @ShownInstant({ nullable: true })
  finishedAt!: string | null;

  @Shown({
    type: Number,
    nullable: true,
    description: 'How long after the due instant the first attempt started, in milliseconds.',
  })
  latenessMs!: number | null;

  @ShownJson('The answer of the action.')
  output?: Json;

  @ShownObject({
    required: false,
    description:
      'The parameters of this run, if it has other ones than its task. Lists leave out those of 1 kB or more.',
  })
  parameters?: JsonObject;

  @Shown({ required: false, description: 'Why the run is in its state, if it is not obvious.' })
  reason?: string;

  @Shown({ required: false, format: 'uuid', description: 'The run that this run drives again.' })
  retryOf?: string;

  @Shown({
    required: false,
    description: 'The id of its trace: of its last attempt, or of the request or event that it is a part of.',
    example: '4bf92f3577b34da6a3ce929d0e0e4736',
  })
  traceId?: string;

  @Shown({ required: false, description: 'The event that started the run.' })
  eventId?: string;

  @Shown({ required: false, type: [String], description: 'The ids of the events that started the run.' })
  events?: string[];

  @Shown({ required: false, format: 'uuid', description: 'The run whose end started the run.' })
  parentRunId?: string;

  @Shown({
    required: false,
    type: FormerOutcomeResponse,
    description: 'The former outcome of a backfilled occurrence.',
  })
  insteadOf?: FormerOutcomeResponse;

  @Shown({ required: false, type: HeartbeatResponse, description: 'The last heartbeat.' })
  heartbeat?: HeartbeatResponse;
}

/** What is told of a run beside itself. */
export interface RunSurroundings extends AskedOfRun {
  taskName?: string | undefined;
  retriedBy?: string[];
}

/** Shows a run. */
export const toRunResponse = (
  run: Run,
  { taskName, retriedBy = [], requested, cancelled }: RunSurroundings = {},
): RunResponse =>
  respond(RunResponse, {
    id: run.id,
    taskId: run.taskId,
    ...(taskName !== undefined && { taskName }),
    trigger: run.trigger,
    scheduledFor: toIso(run.scheduledFor),
    state: run.state,
    attempt: run.attempt,
    attempts: run.attempts.map(toAttempt),
    dueAt: toIso(run.dueAt),
    createdAt: toIso(run.createdAt),
    ...(run.state === 'retrying' && { nextAttemptAt: toIso(run.dueAt) }),
    ...currentOf(run),
    ...(run.unreadable === undefined && { taskVersion: String(run.generation) }),
    ...(retriedBy.length > 0 && { retriedBy }),
    ...(requested && { requested: { ...requested, at: toIso(requested.at) } }),
    ...(cancelled && { cancelled: { ...cancelled, at: toIso(cancelled.at) } }),
    startedAt: toIsoOrNull(run.startedAt),
    finishedAt: toIsoOrNull(run.finishedAt),
    latenessMs: run.latenessMs,
    ...(run.output !== null && { output: run.output }),
    ...(run.parameters && { parameters: run.parameters }),
    ...(run.reason !== null && { reason: run.reason }),
    ...(run.retryOf !== null && { retryOf: run.retryOf }),
    ...traceOf(run),
    ...(run.event !== null && { eventId: run.event.id, events: eventsOf(run.event), ...parentRunOf(run.event) }),
    ...(run.insteadOf && { insteadOf: run.insteadOf }),
    ...(run.heartbeat && { heartbeat: { ...run.heartbeat, at: toIso(run.heartbeat.at) } }),
  });

const currentOf = (run: Run): { current?: CurrentAttemptResponse } =>
  run.state === 'running' && run.owner !== null
    ? { current: { number: run.attempt, instance: run.owner, startedAt: toIsoOrNull(begunAt(run)) } }
    : {};

/** All that started the run, oldest first. */
const eventsOf = ({ id, together = [] }: NonNullable<Run['event']>): string[] => [
  ...together.map((each) => each.id),
  id,
];

function traceOf(run: Run): { traceId?: string } {
  const traceId = traceIdOfRun(run);
  return traceId === undefined ? {} : { traceId };
}

function parentRunOf(event: ReceivedEvent): { parentRunId?: string } {
  const parent = parentOf(event);
  return parent ? { parentRunId: parent.id } : {};
}

const toAttempt = (attempt: Attempt): AttemptResponse => ({
  ...attempt,
  startedAt: toIsoOrNull(attempt.startedAt),
  finishedAt: toIso(attempt.finishedAt),
});

/** A page of runs, newest first. */
export class RunPage {
  @Shown({ type: [RunResponse] })
  items!: RunResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}
