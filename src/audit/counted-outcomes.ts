import { groupsBy } from '../domain/groups.js';
import { isInstant, toIso } from '../domain/instants.js';
import type { Json, JsonObject } from '../domain/json.js';
import { entryOf, type AuditRecord } from './audit-entry.js';

/** The action of an entry that tells how runs ended. */
export const OUTCOMES = 'run.outcomes';

/** What an entry of the trail says about each run that ended; of one that could not be read, little. */
interface Outcome {
  state?: string;
  scheduledFor?: number;
  finishedAt: number;
}

/**
 * The record as lists show it: outcomes by their number in each state, however many there are. The export has each of
 * them. A store does this where it reads, so that no page of a list carries a thousand times what it shows.
 */
export function briefly(record: AuditRecord): AuditRecord {
  if (record.action !== OUTCOMES) return record;
  const { hash: _, ...entry } = entryOf(record);
  const { after } = entry;
  return isToldInFull(after) ? { ...record, body: JSON.stringify({ ...entry, after: counted(after) }) } : record;
}

const isToldInFull = (after: Json): after is JsonObject & { runs: JsonObject[] } =>
  Array.isArray((after as JsonObject | null)?.['runs']);

function counted({ runs, ...told }: JsonObject & { runs: JsonObject[] }): JsonObject {
  const outcomes = runs as unknown as Outcome[];
  const states = [...groupsBy(outcomes, ({ state = 'unreadable' }) => state)].map(([state, of]) => [state, of.length]);
  const instants = outcomes.map(({ scheduledFor, finishedAt }) => scheduledFor ?? finishedAt).filter(isInstant);
  const range =
    instants.length > 0 ? `?from=${toIso(Math.min(...instants))}&to=${toIso(Math.max(...instants) + 1)}` : '';
  return { ...told, states: Object.fromEntries(states) as JsonObject, runs: `/v1/runs${range}` };
}
