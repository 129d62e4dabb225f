import { toIso } from '../domain/instants.js';
import type { Json, JsonObject } from '../domain/json.js';
import { ownMember } from '../domain/own-member.js';
import type { Task } from '../domain/task.js';

const MASK = '***';

/** The members in which two objects differ, before and after. */
export function differences(before: JsonObject, after: JsonObject): { before: JsonObject; after: JsonObject } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter(
    (name) => JSON.stringify(ownMember(before, name)) !== JSON.stringify(ownMember(after, name)),
  );
  return { before: picked(before, changed), after: picked(after, changed) };
}

/** The view of a task in the trail; of secrets only the names. */
export function taskView({ definition, state, pausedReason, pausedUntil, secrets, skips = [] }: Task): JsonObject {
  const names = Object.keys(secrets).sort();
  const masked = Object.fromEntries(names.map((name): [string, Json] => [name, MASK]));
  const skipped = skips.map(({ at, by, reason }): Json => ({ at: toIso(at), by, reason }));
  const own: JsonObject = { state, pausedReason, pausedUntil, secrets: masked, ...(skipped.length > 0 && { skipped }) };
  return Object.assign({}, definition as unknown as JsonObject, own);
}

/** What else is known of a change: the names of the secrets that got a new value, and why it was made. */
interface Beside {
  secretsSet?: readonly string[] | undefined;
  reason?: string | undefined;
}

/** How a task changed. */
export function taskDifferences(
  before: Task,
  after: Task,
  { secretsSet = [], reason }: Beside = {},
): { before: JsonObject; after: JsonObject } {
  const changes = differences(taskView(before), taskView(after));
  const also: JsonObject = {
    ...(secretsSet.length > 0 && { secretsSet: [...secretsSet].sort() }),
    ...(reason !== undefined && { reason }),
  };
  return { ...changes, after: Object.assign(changes.after, also) };
}

const picked = (values: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.flatMap((name) => (Object.hasOwn(values, name) ? [[name, values[name]!] as const] : [])));
