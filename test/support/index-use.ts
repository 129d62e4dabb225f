import type { DeclaredIndex } from '../../src/storage/mongo/mongo-indexes.js';

type Document = Record<string, unknown>;

/** A query as it was sent to a MongoDB server. */
export interface SentQuery {
  collection: string;
  filter: Document;
  sort: Record<string, 1 | -1>;
  skip: number;
  limit: number;
  hint: string | undefined;
}

/** How an index serves a query. */
export interface IndexUse {
  index: string;
  /** Whether the index holds the matching documents in the order of the sort. */
  isInOrder: boolean;
  /** What each document must be tested with: members that the index does not narrow down. */
  tested: string[];
  /** Whether the index holds only documents that do not become more as time passes. */
  isSmall: boolean;
}

type Index = Pick<DeclaredIndex, 'name' | 'key' | 'partialFilterExpression'>;

const BY_ID: Index = { name: '_id_', key: { _id: 1 } };
/** The member of unfinished runs alone. */
const OF_UNFINISHED = 'holder';

/** The query in a command; null where the command is none. */
export function queryIn(name: string, command: Document): SentQuery | null {
  const collection = String(command[name]);
  const hint = command['hint'] as string | undefined;
  if (name === 'find') {
    const { filter = {}, sort = {}, skip = 0, limit = 0 } = command as Partial<SentQuery>;
    return { collection, filter, sort: entriesOf(sort), skip, limit, hint };
  }
  if (name === 'distinct') {
    return { collection, filter: command['query'] as Document, sort: {}, skip: 0, limit: 0, hint };
  }
  if (name !== 'aggregate') return null;
  const [{ $match } = {}, { $limit } = {}] = command['pipeline'] as { $match?: Document; $limit?: number }[];
  return { collection, filter: $match ?? {}, sort: {}, skip: 0, limit: $limit ?? 0, hint };
}

/** The driver sends a sort as a map. */
const entriesOf = (sort: object): SentQuery['sort'] =>
  (sort instanceof Map ? Object.fromEntries(sort) : sort) as SentQuery['sort'];

/**
 * The best use of one of the indexes for a query; of its hint, if it has one. Null if none narrows it down. A query with
 * alternatives is served if the indexes serve each of them: the uses are put together.
 */
export function indexUseOf(query: SentQuery, declared: readonly Index[]): IndexUse | null {
  const filter = merged(query.filter);
  const { $or: alternatives, ...rest } = filter;
  const indexes = [...declared, BY_ID].filter(({ name }) => query.hint === undefined || name === query.hint);
  const uses = indexes.flatMap((index) => useOf(query, rest, index) ?? []);
  const own = best(alternatives === undefined ? uses : uses.map((use) => ({ ...use, tested: [...use.tested, '$or'] })));
  if (alternatives === undefined || own?.isInOrder === true) return own;
  const each = (alternatives as Document[]).map((one) =>
    indexUseOf({ ...query, filter: { ...rest, ...one } }, declared),
  );
  return each.includes(null) ? null : together(each as IndexUse[]);
}

/** The conditions of all members of `$and` in one document; of a member in several, those of each. */
function merged({ $and = [], ...filter }: Document): Document {
  return ($and as Document[]).map(merged).reduce((all, one) => {
    const both = Object.keys(one).filter((name) => name in all && name !== '$or');
    const joint = both.map((name): [string, unknown] => [
      name,
      { ...(all[name] as Document), ...(one[name] as Document) },
    ]);
    // One list of alternatives is enough to choose an index.
    const joined: Document = Object.fromEntries(joint);
    return { ...all, ...one, ...joined, ...('$or' in all && { $or: all['$or'] }) };
  }, filter);
}

function useOf({ sort }: SentQuery, filter: Document, { name, key, partialFilterExpression }: Index): IndexUse | null {
  const conditions = Object.entries<unknown>(partialFilterExpression ?? {});
  if (!conditions.every(([member, condition]) => implies(filter[member], condition))) return null;
  const members = Object.entries(key as Record<string, 1 | -1>);
  const fixed = members.findIndex(([member]) => !isFixed(filter[member]));
  const prefix = members.slice(0, fixed === -1 ? members.length : fixed);
  const after = members.slice(prefix.length);
  const range = after[0] && isRange(filter[after[0][0]]) ? [after[0][0]] : [];
  if (prefix.length + range.length === 0 && conditions.length === 0) return null;
  const narrowed = new Set([...prefix.map(([member]) => member), ...range, ...impliedBy(conditions, filter)]);
  return {
    index: name,
    isInOrder: isInOrder(Object.entries(sort), prefix, after),
    tested: Object.keys(filter).filter((member) => !narrowed.has(member)),
    isSmall: conditions.some(([member]) => member === OF_UNFINISHED),
  };
}

/** The sort goes on where the fixed members end, in the order of the index or in its reverse. */
function isInOrder(sort: [string, 1 | -1][], prefix: [string, unknown][], after: [string, 1 | -1][]): boolean {
  const free = sort.filter(([member]) => !prefix.some(([fixed]) => fixed === member));
  return free.every(([member, order], place) => {
    const [of, direction] = after[place] ?? [];
    return of === member && order * direction! === free[0]![1] * after[0]![1];
  });
}

const isOperators = (condition: unknown): condition is Document =>
  typeof condition === 'object' && condition !== null && Object.keys(condition).some((name) => name.startsWith('$'));

/** Whether a member is bound to a value, or to a few of them, whose parts of the index a server merges. */
const isFixed = (condition: unknown): boolean =>
  condition !== undefined && (!isOperators(condition) || '$in' in condition || condition['$exists'] === false);

/** Also what lies outside of a range, is not one value, or is of one type: values of a type lie together. */
const isRange = (condition: unknown): boolean =>
  isOperators(condition) &&
  (['$gt', '$gte', '$lt', '$lte', '$ne', '$type'].some((name) => name in condition) || isRange(condition['$not']));

/** Members whose condition is that of the index itself. */
const impliedBy = (conditions: [string, unknown][], filter: Document): string[] =>
  conditions
    .filter(([member, own]) => JSON.stringify(filter[member]) === JSON.stringify(own))
    .map(([member]) => member);

/** Whether what a filter says of a member implies the condition of a partial index. */
function implies(given: unknown, wanted: unknown): boolean {
  if (given === undefined || given === null) return false;
  const values = valuesOf(given);
  if (!isOperators(wanted)) return values?.length === 1 && values[0] === wanted;
  if (wanted['$exists'] === true) {
    return values ? values.every((value) => value !== null) : isRange(given) || (given as Document)['$exists'] === true;
  }
  if (typeof wanted['$gt'] === 'number') return liesAbove(given, values, wanted['$gt']);
  const list = wanted['$in'] as unknown[] | undefined;
  return list !== undefined && values !== null && values.every((value) => list.includes(value));
}

/** Whether all that is asked for is greater than the number, by one of the conditions alone: a server looks no further. */
function liesAbove(given: unknown, values: unknown[] | null, bound: number): boolean {
  if (values) return values.every((value) => typeof value === 'number' && value > bound);
  const { $gt, $gte } = given as { $gt?: unknown; $gte?: unknown };
  return (typeof $gt === 'number' && $gt >= bound) || (typeof $gte === 'number' && $gte > bound);
}

/** The values that a condition names; null where it names none. */
function valuesOf(condition: unknown): unknown[] | null {
  if (!isOperators(condition)) return [condition];
  return (condition['$in'] as unknown[] | undefined) ?? null;
}

const rankOf = ({ isInOrder: inOrder, tested, isSmall }: IndexUse): number =>
  (inOrder ? 0 : 1000) + (isSmall ? 0 : 100) + tested.length;

const best = (uses: readonly IndexUse[]): IndexUse | null => [...uses].sort((a, b) => rankOf(a) - rankOf(b))[0] ?? null;

const together = (uses: readonly IndexUse[]): IndexUse => ({
  index: uses.map(({ index }) => index).join('+'),
  isInOrder: uses.every((use) => use.isInOrder),
  tested: [...new Set(uses.flatMap(({ tested }) => tested))],
  isSmall: uses.every((use) => use.isSmall),
});
