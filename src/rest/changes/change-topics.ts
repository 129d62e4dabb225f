import type { JsonObject } from '../../domain/json.js';
import { isInstant, toIso } from '../../domain/instants.js';
import type { Change } from '../../scheduler/changes-in.js';

/** What a stream of changes can tell of. */
export const CHANGE_TOPICS = ['runs', 'tasks', 'settings', 'stats', 'instances'] as const;
export type ChangeTopic = (typeof CHANGE_TOPICS)[number];

/** A change as a stream tells it: what it concerns, and nothing of what stands in it. */
export interface ToldChange {
  topic: 'runs' | 'tasks' | 'settings';
  /** The object; of several changes of one, a stream tells the last. */
  key: string;
  item: JsonObject;
}

/** What a stream is to tell. */
export interface Asked {
  topics: ReadonlySet<ChangeTopic>;
  taskId?: string | undefined;
  /** Whether the caller may know of API keys and of the trail. */
  isAdmin: boolean;
}

/** What only admins can read. */
const OF_ADMINS: readonly string[] = ['api-key', 'audit'];

/** The change for this stream; null if it is not to be told there. */
export function toldOf(change: Change, { topics, taskId, isAdmin: knowsAll }: Asked): ToldChange | null {
  const { object, at } = change;
  const topic = object.type === 'run' ? 'runs' : object.type === 'task' ? 'tasks' : 'settings';
  if (!topics.has(topic) || (taskId !== undefined && change.taskId !== taskId)) return null;
  if (!knowsAll && OF_ADMINS.includes(object.type)) return null;
  const what = { change: change.type.slice(change.type.indexOf('.') + 1), at: toIso(at) };
  if (topic === 'tasks') return { topic, key: object.id, item: { id: object.id, ...what } };
  if (topic === 'settings')
    return { topic, key: `${object.type}/${object.id}`, item: { type: object.type, id: object.id, ...what } };
  return { topic, key: object.id, item: { id: object.id, taskId: change.taskId, ...what, ...endOf(change) } };
}

/** What is told of the end of a run. */
function endOf({ actor, after }: Change): JsonObject {
  if (actor !== 'engine' || typeof after !== 'object' || after === null || Array.isArray(after)) return {};
  const { state, trigger, attempt, scheduledFor, startedAt, finishedAt } = after;
  const instants = Object.entries({ scheduledFor, startedAt, finishedAt }).flatMap(([name, at]) =>
    typeof at === 'number' && isInstant(at) ? [[name, toIso(at)] as const] : [],
  );
  const told = { state, trigger, attempt };
  const known = Object.entries(told).filter(([, value]) => typeof value === 'string' || typeof value === 'number');
  return { ...Object.fromEntries(known), ...Object.fromEntries(instants) } as JsonObject;
}
