import type { Json } from '../../domain/json.js';
import { RUN_STATES, RUN_TRIGGERS, type Attempt, type Run, type RunState, type RunTrigger } from '../../domain/run.js';
import { toIso, toIsoOrNull } from '../../domain/instants.js';
import { respond, Shown, ShownInstant, ShownJson } from './expose.js';

/** Why an attempt did not succeed. */
export class RunErrorResponse {
  @Shown({ example: 'http-503' })
  code!: string;

  @Shown()
  message!: string;

  @Shown({ type: 'integer', required: false, description: 'The HTTP status that was answered.' })
  status?: number;
}

/** One finished invocation of the action. */
export class AttemptResponse {
  @Shown({ type: 'integer', minimum: 1 })
  number!: number;

  @Shown({ description: 'The instance that made it.' })
  instance!: string;

  @ShownInstant({ nullable: true })
  startedAt!: string | null;

  @ShownInstant()
  finishedAt!: string;

  @Shown({ enum: ['succeeded', 'failed', 'timed_out', 'cancelled', 'lost'] })
  outcome!: string;

  @Shown({ required: false, type: RunErrorResponse })
  error?: RunErrorResponse;
}

/** What had become of an occurrence before a backfill ran it. */
export class FormerOutcomeResponse {
  @Shown({ enum: ['skipped', 'missed', 'coalesced'] })
  outcome!: string;

  @Shown({ type: String, nullable: true })
  reason!: string | null;
}

/** A run as the API shows it. */
export class RunResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown({ format: 'uuid' })
  taskId!: string;

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

  @ShownInstant({ nullable: true })
  startedAt!: string | null;

  @ShownInstant({ nullable: true })
  finishedAt!: string | null;

  @Shown({ type: Number, nullable: true, description: 'How long after its due instant the first attempt started.' })
  latenessMs!: number | null;

  @ShownJson('What the action answered.')
  output?: Json;

  @Shown({ required: false, description: 'Why the run is in its state, where that is not obvious.' })
  reason?: string;

  @Shown({ required: false, format: 'uuid', description: 'The run that this one re-drives.' })
  retryOf?: string;

  @Shown({ required: false, description: 'The event that started it.' })
  eventId?: string;

  @Shown({
    required: false,
    type: FormerOutcomeResponse,
    description: 'Of a backfilled occurrence: what had become of it before.',
  })
  insteadOf?: FormerOutcomeResponse;
}

/** Shows a run. */
export const toRunResponse = (run: Run): RunResponse =>
  respond(RunResponse, {
    id: run.id,
    taskId: run.taskId,
    trigger: run.trigger,
    scheduledFor: toIso(run.scheduledFor),
    state: run.state,
    attempt: run.attempt,
    attempts: run.attempts.map(toAttempt),
    startedAt: toIsoOrNull(run.startedAt),
    finishedAt: toIsoOrNull(run.finishedAt),
    latenessMs: run.latenessMs,
    ...(run.output !== null && { output: run.output }),
    ...(run.reason !== null && { reason: run.reason }),
    ...(run.retryOf !== null && { retryOf: run.retryOf }),
    ...(run.event !== null && { eventId: run.event.id }),
    ...(run.insteadOf && { insteadOf: run.insteadOf }),
  });

const toAttempt = (attempt: Attempt): AttemptResponse => ({
  ...attempt,
  startedAt: toIsoOrNull(attempt.startedAt),
  finishedAt: toIso(attempt.finishedAt),
});
