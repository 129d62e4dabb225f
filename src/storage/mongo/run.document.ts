import { Schema } from 'mongoose';
import type { Json } from '../../domain/json.js';
import { isFinished, type Run, type RunProgress } from '../../domain/run.js';
import type { Stamped } from './bulk.js';

/** A run as it is stored: the user's own JSON as text, whose keys may be anything. */
export interface RunDocument extends Stamped, Omit<Run, 'id' | 'output' | 'event' | 'putOff'> {
  /** Older versions did not write it. */
  putOff?: boolean;
  output: string | null;
  event: { id: string; type: string; data: string; receivedAt: number } | null;
  /** Derived: the owner of an unfinished run, '' when nobody holds it; no field once the run has finished. */
  holder?: string;
  /** There while the run is unfinished and was asked to be cancelled. */
  cancelRequested?: true;
  /** There once a claimer has left the occurrence to this run: whoever inserted it cannot take it back any more. */
  countedOn?: true;
}

/** The holder of a run that waits for one. */
export const NOBODY = '';

/** What is true of a run that has something to do. */
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
    lastWrite: String,
  },
  { collection: 'runs', versionKey: false },
);

const textOf = (value: Json): string | null => (value === null ? null : JSON.stringify(value));

const holderOf = (progress: RunProgress): string => progress.owner ?? NOBODY;

/** The fields of a stored run that this progress sets. */
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
    ...(!isFinished(progress.state) && { holder: holderOf(progress) }),
  };
}

export function toRunDocument(run: Run): Omit<RunDocument, 'lastWrite'> {
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
    event: run.event && { ...run.event, data: JSON.stringify(run.event.data) },
    ...(run.insteadOf && { insteadOf: run.insteadOf }),
    ...progressFields(run),
  };
}

export function toRun(document: RunDocument): Run {
  const { _id, lastWrite, holder, cancelRequested, countedOn, output, event, putOff, ...fields } = document;
  return {
    id: _id,
    ...fields,
    putOff: putOff ?? false,
    output: output === null ? null : (JSON.parse(output) as Json),
    event: event && { ...event, data: JSON.parse(event.data) as Json },
  };
}
