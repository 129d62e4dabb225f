import { randomBytes } from 'node:crypto';
import type { mongo } from 'mongoose';
import { groupsBy } from '../../domain/groups.js';
import { GatheredReads } from '../../batching/gathered-reads.js';
import { inBatches } from './batches.js';
import { again, duplicatesIn } from './mongo-errors.js';

/** A document that records its last write. */
export interface Stamped {
  _id: string;
  /** Tells a writer that lost the server's answer, or got only totals, whether its own write won. */
  lastWrite: string;
}

/** A new token for one write. */
export const writeToken = (): string => randomBytes(9).toString('base64url');

const idOf = ({ _id }: { _id: string }): string => _id;

/**
 * The expression that gives each of many documents its own values within one update. One statement with a table costs a
 * fraction of a statement per document. The table must contain every id that matches the update's filter.
 */
export function lookup(table: ReadonlyMap<string, object>): mongo.Document {
  const index = { $indexOfArray: [{ $literal: [...table.keys()] }, '$_id'] };
  return { $arrayElemAt: [{ $literal: [...table.values()] }, index] };
}

/**
 * From this number of equal items on, a separate statement pays; below it, the extra round trip costs more than it
 * saves.
 */
const CROWD = 25;

/** How many different items of one key are told apart. */
const KINDS = 4;

/**
 * Splits items to write into crowds of equal items and the rest. One plain statement writes a crowd for a quarter of
 * the cost of a table. Occurrences that are due at one instant are mostly equal. `keyOf` gives something by which most
 * of those that differ can be told apart, `areAlike` whether two of one key are equal.
 */
export function crowdsAmong<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => unknown,
  areAlike: (one: Item, other: Item) => boolean,
): { crowds: Item[][]; rest: Item[] } {
  if (items.length < CROWD) return { crowds: [], rest: [...items] };
  const groups: Item[][] = [];
  for (const ofKey of groupsBy(items, keyOf).values()) {
    const kinds: Item[][] = [];
    for (const item of ofKey) {
      const kind = kinds.find(([first]) => areAlike(first!, item));
      if (kind) kind.push(item);
      else if (kinds.push([item]) > KINDS) groups.push(kinds.pop()!);
    }
    groups.push(...kinds);
  }
  const crowds = groups.filter(({ length }) => length >= CROWD);
  const rest = groups.filter(({ length }) => length < CROWD).flat();
  return { crowds, rest };
}

async function insertUnordered<Doc extends { _id: string }>(
  collection: mongo.Collection<Doc>,
  documents: Doc[],
): Promise<string[]> {
  try {
    await again(() => collection.insertMany(documents as mongo.OptionalUnlessRequiredId<Doc>[], { ordered: false }));
    return [];
  } catch (error) {
    return duplicatesIn(error).map((index) => documents[index]!._id);
  }
}

/** Inserts the documents that do not exist yet. */
export async function insertMissing<Doc extends { _id: string }>(
  collection: mongo.Collection<Doc>,
  documents: readonly Doc[],
): Promise<void> {
  await inBatches(documents, idOf, (batch) => insertUnordered(collection, batch));
}

/** Inserts documents, which it stamps; resolves to the ids that existed before. */
export async function insertNew<Doc extends Stamped>(
  collection: mongo.Collection<Doc>,
  documents: readonly Omit<Doc, 'lastWrite'>[],
): Promise<Set<string>> {
  const known = await inBatches(documents as readonly Doc[], idOf, async (batch) => {
    const token = writeToken();
    for (const document of batch) document.lastWrite = token;
    const refused = await insertUnordered(collection, batch);
    // A repetition after a lost answer finds its own documents.
    const own = await stampedAmong(collection, refused, token);
    return refused.filter((id) => !own.has(id));
  });
  return new Set(known.flat());
}

/** The documents that this write wrote last. */
export async function stampedAmong<Doc extends Stamped>(
  collection: mongo.Collection<Doc>,
  ids: readonly string[],
  token: string,
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const filter = { _id: { $in: ids }, lastWrite: token } as unknown as mongo.Filter<Doc>;
  const found = await collection.find(filter, { projection: { _id: 1 } }).toArray();
  return new Set(found.map(({ _id }) => String(_id)));
}

/** Gathers reads of single documents of the collection into few statements. */
export const readsOf = <Doc extends { _id: string }>(collection: mongo.Collection<Doc>): GatheredReads<Doc> =>
  new GatheredReads(
    (ids) => collection.find({ _id: { $in: ids } } as unknown as mongo.Filter<Doc>).toArray() as Promise<Doc[]>,
    idOf,
  );
