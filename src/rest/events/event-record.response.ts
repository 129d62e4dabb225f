import type { Json } from '../../domain/json.js';
import { toIso } from '../../domain/instants.js';
import { RUN_STATES, type RunState } from '../../domain/run.js';
import { LEFT_REASONS, type LeftReason } from '../../events/event-outcome.js';
import type { ShownEvent, ShownLeft } from '../../events/event-records.js';
import type { EventHead } from '../../events/event.store.js';
import { NEXT_CURSOR, respond, Shown, ShownInstant, ShownJson } from '../http/expose.js';

/** A run that an event started. */
export class EventRunResponse {
  @Shown({ format: 'uuid' })
  taskId!: string;

  @Shown({ format: 'uuid' })
  runId!: string;

  @Shown({ enum: RUN_STATES, type: String, nullable: true, description: 'As it is now; null once its record is gone.' })
  state!: RunState | null;
}

/** A task that an event did not start. */
export class EventLeftResponse {
  @Shown({ format: 'uuid' })
  taskId!: string;

  @Shown({ enum: LEFT_REASONS })
  reason!: LeftReason;

  @ShownInstant({ required: false, description: 'Until when the event waits in a window at the latest.' })
  until?: string;

  @Shown({ required: false, format: 'uuid', description: 'The run that was recorded as skipped, if one was.' })
  runId?: string;
}

/** An event in a list. */
export class EventHeadResponse {
  @Shown()
  id!: string;

  @Shown({ example: 'build-finished' })
  type!: string;

  @Shown({ required: false, description: 'Who sent it, where it came from outside with its own identity.' })
  source?: string;

  @ShownInstant()
  receivedAt!: string;

  @Shown({ description: 'Whether it is worked out, and stored, what it starts.' })
  dispatched!: boolean;

  @Shown({ required: false, description: 'Why it could not be dispatched the last time.' })
  failure?: string;
}

/** A page of events, newest first. */
export class EventPage {
  @Shown({ type: [EventHeadResponse] })
  items!: EventHeadResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

/** An event with what came of it. */
export class EventRecordResponse extends EventHeadResponse {
  @ShownJson('The data of the event.')
  data!: Json;

  @Shown({ type: [EventRunResponse], description: 'The runs that it started, up to 100.' })
  runs!: EventRunResponse[];

  @Shown({
    type: [EventLeftResponse],
    description: 'The tasks that wait for its type and were not started, up to 100.',
  })
  left!: EventLeftResponse[];

  @Shown({ description: 'Whether it started more runs than are listed.' })
  runsCut!: boolean;

  @Shown({ description: 'Whether there are more tasks that it did not start.' })
  leftCut!: boolean;
}

const headOf = ({ id, type, source, receivedAt, dispatched, failure }: Omit<EventHead, 'place' | 'outcome'>) => ({
  ...{ id, type, receivedAt: toIso(receivedAt), dispatched },
  ...(source !== undefined && { source }),
  ...(failure !== undefined && { failure }),
});

export const toEventHeadResponse = (event: EventHead): EventHeadResponse => respond(EventHeadResponse, headOf(event));

export const toEventRecordResponse = (event: ShownEvent): EventRecordResponse =>
  respond(EventRecordResponse, {
    ...headOf(event),
    data: event.data,
    runs: event.runs,
    left: event.left.map(toLeft),
    runsCut: event.runsCut,
    leftCut: event.leftCut,
  });

const toLeft = ({ taskId, reason, until, runId }: ShownLeft): EventLeftResponse => ({
  ...{ taskId, reason },
  ...(until !== undefined && { until: toIso(until) }),
  ...(runId !== undefined && { runId }),
});
