import { Schema } from 'mongoose';
import type { ReceivedEvent } from '../../domain/event.js';
import type { Json, JsonObject } from '../../domain/json.js';
import { isFinished, type Run, type RunProgress, type RunState } from '../../domain/run.js';
import { readableHeartbeat, readableRun } from '../readable-run.js';
import { payloadOf, withoutPayload, withPayload, type Carrying } from '../run-payload.js';
import type { Stamped } from './bulk.js';

/** The event of a run; its data, and the events that came with it, are text. */
interface StoredEvent extends Omit<ReceivedEvent, 'data' | 'together'> {
  data: string;
  together?: string;
}

/** A run as stored: the user's own JSON is text, since its keys may be anything. */
export interface RunDocument
  extends Stamped, Omit<Run, 'id' | 'output' | 'event' | 'parameters' | 'payloadInStore' | 'putOff'> {
  /** Missing in runs of older versions. */
  putOff?: boolean;
  output: string | null;
  event: StoredEvent | null;
  parameters?: string;
  /** What the run carries, where it is large (`payloadOf`), and how large. */
  payload?: string;
  payloadBytes?: number;
  /** Derived: the owner of an unfinished run, '' when nobody holds it; absent once the run has finished. */
  holder?: string;
  /** Present while the run is unfinished and its cancellation was requested. */
  cancelRequested?: true;
  /** Present once a claimer has left the occurrence to this run: its inserter can no longer take it back. */
  countedOn?: true;
}

/** The holder of a run that nobody holds. */
export const NOBODY = '';

/** States of unfinished runs that have begun. */
export const BEGUN = ['running', 'retrying'] satisfies RunState[];

/** Of runs that are named by their ids, the index of what is held is the wrong one, which a server may choose as well. */
export const BY_ID = { hint: { _id: 1 } } as const;

/** The condition for runs that are not finished. */
export const UNFINISHED = { holder: { $exists: true } };

export const runSchema = new Schema(
  {
    _id: { type: String, required: true },
    organization: { type: String, required: true },
    taskId: { type: String, required: true },
    trigger: { type: String, required: true },
    scheduledFor: { type: Number, required: true },
    generation: { type: Number, required: true },
    priority: { type: Number, required: true },
    createdAt: { type: Number, required: true },
    retryOf: String,
    event: Schema.Types.Mixed,
    parameters: String,
    payload: String,
    payloadBytes: Number,
    trace: { type: { traceparent: String, tracestate: String }, _id: false },
    span: String,
    insteadOf: { type: { outcome: String, reason: String }, _id: false },
    state: { type: String, required: true },
    dueAt: { type: Number, required: true },
    owner: String,
    putOff: Boolean,
    attempt: { type: Number, required: true },
    attempts: { type: [Schema.Types.Mixed] },
    startedAt: Number,
    finishedAt: Number,
    latenessMs: Number,
    output: String,
    reason: String,
    holder: String,
    cancelRequested: Boolean,
    countedOn: Boolean,
    queue: String,
    skill: String,
    heartbeat: Schema.Types.Mixed,
    lastWrite: String,
  },
  { collection: 'runs', versionKey: false },
);

const textOf = (value: Json): string | null => (value === null ? null : JSON.stringify(value));

const holderOf = (progress: RunProgress): string => progress.owner ?? NOBODY;

/** The fields that this progress sets in a stored run. */
export function progressFields(progress: RunProgress) {
  return {
    state: progress.state,
    dueAt: progress.dueAt,
    owner: progress.owner,
    putOff: progress.putOff,
    attempt: progress.attempt,
    attempts: progress.attempts,
    startedAt: progress.startedAt,
    finishedAt: progress.finishedAt,
    latenessMs: progress.latenessMs,
    output: textOf(progress.output),
    reason: progress.reason,
    ...(progress.span !== undefined && { span: progress.span }),
    ...(!isFinished(progress.state) && { holder: holderOf(progress) }),
  };
}

const toStoredEvent = ({ data, together, ...event }: ReceivedEvent): StoredEvent => ({
  ...event,
  data: JSON.stringify(data),
  ...(together && { together: JSON.stringify(together) }),
});

const toReceivedEvent = ({ data, together, ...event }: StoredEvent): ReceivedEvent => ({
  ...event,
  data: JSON.parse(data) as Json,
  ...(together !== undefined && { together: JSON.parse(together) as NonNullable<ReceivedEvent['together']> }),
});

/** Reads runs without what they carry, where that is large. */
export const LIGHT = { payload: 0 };

export function toRunDocument(run: Run): Omit<RunDocument, 'lastWrite'> {
  const payload = payloadOf(run);
  const { event, parameters } = payload === null ? run : withoutPayload<Carrying>(run);
  return {
    _id: run.id,
    organization: run.organization,
    taskId: run.taskId,
    trigger: run.trigger,
    scheduledFor: run.scheduledFor,
    generation: run.generation,
    priority: run.priority,
    createdAt: run.createdAt,
    retryOf: run.retryOf,
    event: event && toStoredEvent(event),
    ...(parameters && { parameters: JSON.stringify(parameters) }),
    ...(payload !== null && { payload, payloadBytes: payload.length }),
    ...(run.insteadOf && { insteadOf: run.insteadOf }),
    ...(run.trace && { trace: run.trace }),
    ...(run.queue !== undefined && { queue: run.queue }),
    ...(run.skill !== undefined && { skill: run.skill }),
    ...progressFields(run),
  };
}

export const toRun = (document: RunDocument): Run =>
  readableRun({ ...document, id: document._id }, () => {
    const {
      _id,
      lastWrite,
      holder,
      cancelRequested,
      countedOn,
      output,
      event,
      parameters,
      payload,
      payloadBytes,
      putOff,
      heartbeat,
      ...fields
    } = document;
    return {
      id: _id,
      ...fields,
      putOff: putOff ?? false,
      output: output === null ? null : (JSON.parse(output) as Json),
      ...readableHeartbeat(heartbeat),
      ...withPayload(
        {
          event: event && toReceivedEvent(event),
          ...(typeof parameters === 'string' && { parameters: JSON.parse(parameters) as JsonObject }),
        },
        payload,
        payloadBytes,
      ),
    };
  });
