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

/** What makes of the tasks that a set owns those that it wants. `byId` are tasks that definitions name to take over. */
export function planned(
  { name: set, tasks }: WantedSet,
  owned: readonly Stored[],
  byId: ReadonlyMap<string, Stored>,
  { prune, secrets }: PlanOptions,
): Step[] {
  const rest = new Set(owned);
  const steps = [...tasks.values()].map((wanted): Step => {
    const tag = keyTag(set, wanted.key);
    const own = owned.find(({ tags }) => tags.includes(tag));
    const stored = own ?? adoptable(byId.get(wanted.id ?? ''), set);
    const common = { set, key: wanted.key, name: String(wanted.definition['name']), wanted };
    if (!stored) return { act: 'create', changes: [], ...common };
    rest.delete(stored);
    const changes = [
      ...differences(stored.definition, wanted.definition as JsonObject, ''),
      ...secretChanges(stored, wanted, secrets),
    ];
    return { act: !own ? 'adopt' : changes.length > 0 ? 'change' : 'same', changes, stored, ...common };
  });
  for (const stored of rest) {
    steps.push({ act: prune ? 'prune' : 'kept', set, key: keyOf(stored, set), name: stored.name, changes: [], stored });
  }
  return steps;
}

/** A task of another set stays there. */
const adoptable = (stored: Stored | undefined, set: string): Stored | undefined =>
  stored?.tags.some((tag) => isOwnTag(tag) && tag !== setTag(set)) ? undefined : stored;

/** The key of a task of a set, by its tags. */
export const keyOf = ({ tags }: Pick<Stored, 'tags'>, set: string): string =>
  tags.find((tag) => tag.startsWith(keyTag(set, '')))?.slice(keyTag(set, '').length) ?? '';

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
