import { canonicalJson } from '../../domain/canonical-json.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.js';
import { isOwnTag, keyTag, setTag, type Wanted, type WantedSet } from './wanted.js';

/** A task as the service shows it. */
export interface Stored {
  id: string;
  version: string;
  name: string;
  tags: string[];
  secretNames: string[];
  /** Its definition alone. */
  definition: JsonObject;
}

/** One member that is not as it is wanted. */
export interface Change {
  pointer: string;
  before?: Json;
  after?: Json;
}

/** What is to become of one task. `kept` is one of the set that no file has any more, and that is not pruned. */
export interface Step {
  act: 'create' | 'adopt' | 'change' | 'same' | 'prune' | 'kept';
  set: string;
  key: string;
  name: string;
  changes: Change[];
  stored?: Stored;
  wanted?: Wanted;
}

export interface PlanOptions {
  prune: boolean;
  /** Sends the values of secrets anew: whether they differ, nobody can see. */
  secrets: boolean;
}

/** Whether a step changes something. */
export const acts = ({ act }: Step): boolean => act !== 'same' && act !== 'kept';

/**
 * What makes of the tasks that a set owns, newest first, those that it wants. `byId` are the tasks that definitions may
 * take over.
 */
export function planned(
  { name: set, tasks }: WantedSet,
  owned: readonly Stored[],
  byId: ReadonlyMap<string, Stored>,
  { prune, secrets }: PlanOptions,
): Step[] {
  const taken = new Set<string>();
  const own = foundByKey([...tasks.keys()], owned, set, taken);
  const steps = [...tasks.values()].map((wanted): Step => {
    const mine = own.get(wanted.key);
    const stored = mine ?? adoptable(byId.get(wanted.id ?? ''), set, taken);
    const common = { set, key: wanted.key, name: String(wanted.definition['name']), wanted };
    if (!stored) return { act: 'create', changes: [], ...common };
    taken.add(stored.id);
    const changes = [
      ...differences(stored.definition, wanted.definition as JsonObject, ''),
      ...secretChanges(stored, wanted, secrets),
    ];
    return { act: !mine ? 'adopt' : changes.length > 0 ? 'change' : 'same', changes, stored, ...common };
  });
  for (const stored of owned.filter(({ id }) => !taken.has(id))) {
    const act = prune && !isOfOthers(stored, set) ? 'prune' : 'kept';
    steps.push({ act, set, key: keyOf(stored, set), name: stored.name, changes: [], stored });
  }
  return steps;
}

/** The tasks that have these keys. Of several with one key, the oldest has it: the others are copies. */
function foundByKey(
  keys: readonly string[],
  owned: readonly Stored[],
  set: string,
  taken: Set<string>,
): Map<string, Stored> {
  const byKey = new Map(owned.flatMap((stored) => keysOf(stored, set).map((key) => [key, stored] as const)));
  const found = new Map<string, Stored>();
  for (const key of keys) {
    const stored = byKey.get(key);
    if (!stored || taken.has(stored.id)) continue;
    found.set(key, stored);
    taken.add(stored.id);
  }
  return found;
}

/** A task of another set stays there, and one that has another key of this set in the files, too. */
const adoptable = (stored: Stored | undefined, set: string, taken: ReadonlySet<string>): Stored | undefined =>
  stored && !taken.has(stored.id) && !isOfOthers(stored, set) ? stored : undefined;

/** Whether another set owns the task, alone or as well. */
export const isOfOthers = ({ tags }: Pick<Stored, 'tags'>, set: string): boolean =>
  tags.some((tag) => isOwnTag(tag) && tag !== setTag(set) && !tag.startsWith(keyTag(set, '')));

/** The key of a task of a set, by its tags; empty when it has none. */
export const keyOf = (stored: Pick<Stored, 'tags'>, set: string): string => keysOf(stored, set)[0] ?? '';

function keysOf({ tags }: Pick<Stored, 'tags'>, set: string): string[] {
  const before = keyTag(set, '');
  return tags.filter((tag) => tag.startsWith(before)).map((tag) => tag.slice(before.length));
}

function secretChanges({ secretNames }: Stored, { secrets }: Wanted, isAnew: boolean): Change[] {
  const wanted = Object.keys(secrets);
  return [
    ...wanted
      .filter((name) => isAnew || !secretNames.includes(name))
      .map((name) => ({ pointer: `/secrets/${name}`, after: '(sealed)' })),
    ...secretNames
      .filter((name) => !wanted.includes(name))
      .map((name) => ({ pointer: `/secrets/${name}`, before: '(sealed)' })),
  ];
}

function differences(before: JsonObject, after: JsonObject, path: string): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): Change[] => {
    const [was, is] = [before[name], after[name]];
    const pointer = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (isJsonObject(was) && isJsonObject(is)) return differences(was, is, pointer);
    if (was !== undefined && is !== undefined && comparable(was, name) === comparable(is, name)) return [];
    if (was === undefined && is === undefined) return [];
    return [{ pointer, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
  });
}

/** The order of tags says nothing. */
const comparable = (value: Json, name: string): string =>
  canonicalJson(name === 'tags' && Array.isArray(value) ? value.map(String).toSorted() : value);
