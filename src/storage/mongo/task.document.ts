import { Schema } from 'mongoose';
import { termsOfTask } from '../../domain/event-index.js';
import type { Makers } from '../../domain/makers.js';
import { storedNeedOf } from '../../domain/need.js';
import { shardOf } from '../../domain/shards.js';
import type { Repeats } from '../../domain/repeats.js';
import type { Skip } from '../../domain/skip.js';
import type { TaskDefinition } from '../../domain/task-definition.js';
import { eventTypesOf, type Occurrence, type Task, type TaskState, wakeAt } from '../../domain/task.js';
import { readableTask } from '../readable-task.js';
import { objectIn } from '../shape.js';
import type { Stamped } from './bulk.js';
import type { LedgerDocument } from './ledger.document.js';

/** A task as stored: fields for queries, and the user's own JSON as text, since its keys may be anything. */
export interface TaskDocument extends Stamped {
  organization: string;
  definition: string;
  secrets: string;
  state: TaskState;
  pausedReason: string | null;
  pausedUntil: number | null;
  next: Occurrence | null;
  generation: number;
  since: number;
  /** Missing in tasks of older versions. */
  scheduledRuns?: number;
  claimedUntil?: number | null;
  toldUntil?: number | null;
  /** Absent where nothing is skipped. */
  skips?: readonly Skip[] | null;
  repeats?: Repeats | null;
  /** Missing in tasks of older versions. */
  makers?: Makers | null;
  createdAt: number;
  updatedAt: number;
  /** Missing in tasks that an older version stores while this one runs. */
  shard?: number | null;
  /** The need of the task, for queries (`storedNeedOf`). */
  queue?: string;
  skill?: string;
  /** Derived, for queries. Without tags or event types the field is absent, so that the index has no entry. */
  searchName: string;
  wakeAt: number | null;
  tags?: string[];
  /** INDEXED, each type, and the terms under which the task is found. */
  eventTypes?: string[];
  /** The latest claims that moved the task on. */
  moves?: string[];
  /** Ledger entries that became valid with the latest move and are not yet in the ledger. */
  outbox?: { token: string; entries: LedgerDocument[] };
}

export const taskSchema = new Schema(
  {
    _id: { type: String, required: true },
    organization: { type: String, required: true },
    definition: { type: String, required: true },
    secrets: { type: String, required: true },
    state: { type: String, required: true },
    pausedReason: String,
    pausedUntil: Number,
    next: { type: { scheduledFor: Number, dueAt: Number }, _id: false },
    generation: { type: Number, required: true },
    since: { type: Number, required: true },
    scheduledRuns: Number,
    claimedUntil: Number,
    toldUntil: Number,
    skips: Schema.Types.Mixed,
    repeats: Schema.Types.Mixed,
    makers: Schema.Types.Mixed,
    createdAt: { type: Number, required: true },
    updatedAt: { type: Number, required: true },
    shard: Number,
    queue: String,
    skill: String,
    searchName: { type: String, required: true },
    wakeAt: Number,
    tags: { type: [String], default: undefined },
    eventTypes: { type: [String], default: undefined },
    moves: { type: [String], default: undefined },
    outbox: Schema.Types.Mixed,
    lastWrite: String,
  },
  { collection: 'tasks', versionKey: false },
);

/** Names are searched in this form, which ignores case. */
export const searchable = (text: string): string => text.toLowerCase();

/** It comes first, and before every type. */
export const INDEXED = '#';

/** What the task is found by, for events; `shapes` are those of its organization. */
export function eventKeysOf(task: Task, shapes: ReadonlySet<string>): string[] | undefined {
  const types = eventTypesOf(task);
  return types.length > 0 ? [INDEXED, ...types, ...termsOfTask(task, shapes)] : undefined;
}

const apartOf = ({ skips, repeats, makers }: Task) => ({
  ...(skips?.length && { skips }),
  ...(repeats && { repeats }),
  ...(makers && { makers }),
});

const unlessEmpty = (values: string[]): string[] | undefined => (values.length > 0 ? values : undefined);

/** All fields that a change may replace; undefined for a field that must be absent. */
function fieldsOf(task: Task) {
  return {
    organization: task.organization,
    definition: JSON.stringify(task.definition),
    secrets: JSON.stringify(task.secrets),
    state: task.state,
    pausedReason: task.pausedReason,
    pausedUntil: task.pausedUntil,
    next: task.next && { scheduledFor: task.next.scheduledFor, dueAt: task.next.dueAt },
    generation: task.generation,
    since: task.since,
    scheduledRuns: task.scheduledRuns,
    claimedUntil: task.claimedUntil,
    toldUntil: task.toldUntil,
    createdAt: task.createdAt,
    updatedAt: task.updatedAt,
    searchName: searchable(task.definition.name),
    wakeAt: wakeAt(task),
  };
}

export function toTaskDocument(task: Task, shapes: ReadonlySet<string>): Omit<TaskDocument, 'lastWrite'> {
  const tags = unlessEmpty(task.definition.tags);
  const eventTypes = eventKeysOf(task, shapes);
  return {
    _id: task.id,
    shard: shardOf(task.id),
    ...fieldsOf(task),
    ...storedNeedOf(task),
    ...(tags && { tags }),
    ...(eventTypes && { eventTypes }),
    ...apartOf(task),
  };
}

/** The update that gives a stored task the state of `task`; fields that claims maintain stay unchanged. */
export function replacementOf(task: Task, shapes: ReadonlySet<string>) {
  if (task.unreadable !== undefined) {
    // What could not be read stays unchanged, for programs that can read it.
    const { definition: _definition, secrets: _secrets, searchName: _name, ...readable } = fieldsOf(task);
    return { $set: readable };
  }
  const tags = unlessEmpty(task.definition.tags);
  const eventTypes = eventKeysOf(task, shapes);
  const need = storedNeedOf(task);
  const absent = {
    ...(!tags && { tags: '' as const }),
    ...(!eventTypes && { eventTypes: '' as const }),
    ...(need.queue === undefined && { queue: '' as const }),
    ...(need.skill === undefined && { skill: '' as const }),
    ...(!task.skips?.length && { skips: '' as const }),
    ...(!task.repeats && { repeats: '' as const }),
  };
  return {
    $set: { ...fieldsOf(task), ...need, ...(tags && { tags }), ...(eventTypes && { eventTypes }), ...apartOf(task) },
    ...(Object.keys(absent).length > 0 && { $unset: absent }),
  };
}

export const toTask = (document: TaskDocument): Task =>
  readableTask({ ...document, id: document._id }, () => ({
    id: document._id,
    organization: document.organization,
    definition: objectIn(document.definition) as unknown as TaskDefinition,
    secrets: objectIn(document.secrets) as Record<string, string>,
    state: document.state,
    pausedReason: document.pausedReason,
    pausedUntil: document.pausedUntil,
    next: document.next,
    generation: document.generation,
    since: document.since,
    scheduledRuns: document.scheduledRuns ?? 0,
    claimedUntil: document.claimedUntil ?? null,
    toldUntil: document.toldUntil ?? document.since,
    ...(document.skips && { skips: document.skips }),
    ...(document.repeats && { repeats: document.repeats }),
    ...(document.makers && { makers: document.makers }),
    createdAt: document.createdAt,
    updatedAt: document.updatedAt,
  }));
