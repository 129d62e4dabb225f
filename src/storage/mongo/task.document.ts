import { Schema } from 'mongoose';
import { shardOf } from '../../domain/shards.js';
import type { TaskDefinition } from '../../domain/task-definition.js';
import { eventTypesOf, type Occurrence, type Task, type TaskState, wakeAt } from '../../domain/task.js';
import { unreadableTask } from '../../domain/unreadable.js';
import type { Stamped } from './bulk.js';
import type { LedgerDocument } from './ledger.document.js';

/** A task as it is stored: what queries need as fields, the user's own JSON as text, whose keys may be anything. */
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
  /** Absent in tasks of an older program. */
  scheduledRuns?: number;
  claimedUntil?: number | null;
  toldUntil?: number | null;
  createdAt: number;
  updatedAt: number;
  /** Absent in tasks that an older program stores beside this one. */
  shard?: number | null;
  /** Derived, for queries. Without tags or event types there is no field, so that the index has no entry. */
  searchName: string;
  wakeAt: number | null;
  tags?: string[];
  eventTypes?: string[];
  /** The latest claims that moved the task on. */
  moves?: string[];
  /** Ledger entries that became true together with the latest move and are not in the ledger yet. */
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
    createdAt: { type: Number, required: true },
    updatedAt: { type: Number, required: true },
    shard: Number,
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

/** The form in which names are searched, whatever their case. */
export const searchable = (text: string): string => text.toLowerCase();

const unlessEmpty = (values: string[]): string[] | undefined => (values.length > 0 ? values : undefined);

/** Everything of the task that a change may replace; undefined where the field is to be absent. */
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

export function toTaskDocument(task: Task): Omit<TaskDocument, 'lastWrite'> {
  const tags = unlessEmpty(task.definition.tags);
  const eventTypes = unlessEmpty(eventTypesOf(task));
  return {
    _id: task.id,
    shard: shardOf(task.id),
    ...fieldsOf(task),
    ...(tags && { tags }),
    ...(eventTypes && { eventTypes }),
  };
}

/** The update that gives a stored task the state of `task`, leaving alone what claims keep in it. */
export function replacementOf(task: Task) {
  if (task.unreadable !== undefined) {
    // What could not be read stays as it is, for whoever can.
    const { definition: _definition, secrets: _secrets, searchName: _name, ...readable } = fieldsOf(task);
    return { $set: readable };
  }
  const tags = unlessEmpty(task.definition.tags);
  const eventTypes = unlessEmpty(eventTypesOf(task));
  const absent = { ...(!tags && { tags: '' as const }), ...(!eventTypes && { eventTypes: '' as const }) };
  return {
    $set: { ...fieldsOf(task), ...(tags && { tags }), ...(eventTypes && { eventTypes }) },
    ...(Object.keys(absent).length > 0 && { $unset: absent }),
  };
}

/** The parts that are kept as text; stand-ins where they cannot be read, so that one such task fails no list that it is in. */
function textsOf({ definition, secrets }: TaskDocument): Pick<Task, 'definition' | 'secrets' | 'unreadable'> {
  try {
    return {
      definition: JSON.parse(definition) as TaskDefinition,
      secrets: JSON.parse(secrets) as Record<string, string>,
    };
  } catch (error) {
    return unreadableTask(error);
  }
}

export const toTask = (document: TaskDocument): Task => ({
  id: document._id,
  organization: document.organization,
  ...textsOf(document),
  state: document.state,
  pausedReason: document.pausedReason,
  pausedUntil: document.pausedUntil,
  next: document.next,
  generation: document.generation,
  since: document.since,
  scheduledRuns: document.scheduledRuns ?? 0,
  claimedUntil: document.claimedUntil ?? null,
  toldUntil: document.toldUntil ?? document.since,
  createdAt: document.createdAt,
  updatedAt: document.updatedAt,
});
