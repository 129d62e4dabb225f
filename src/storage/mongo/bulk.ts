import { randomBytes } from 'node:crypto';
import type { mongo } from 'mongoose';
import { again, duplicatesIn } from './mongo-errors.js';

/** The most items that go into one command, well within every limit of the server. */
const BATCH_LIMIT = 1000;

/** A document that remembers which write wrote it last. */
export interface Stamped {
  _id: string;
  /** Tells a writer that lost the server's answer, or got totals only, whether its own write is the one that won. */
  lastWrite: string;
}

/** A new mark for one write. */
export const writeToken = (): string => randomBytes(9).toString('base64url');

/**
 * Splits `items` into batches in which no key occurs twice, keeping the order of items with the same key. Each batch
 * is sorted by key: writers that lock documents in one order cannot block each other.
 */
export function batchesOf<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const batches: Map<string, Item>[] = [];
  let current = new Map<string, Item>();
  for (const item of items) {
    if (current.size === BATCH_LIMIT || current.has(keyOf(item))) current = new Map();
    if (current.size === 0) batches.push(current);
    current.set(keyOf(item), item);
  }
  return batches.map((batch) => [...batch.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item));
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

/** Inserts what is not there yet. */
export async function insertMissing<Doc extends { _id: string }>(
  collection: mongo.Collection<Doc>,
  documents: readonly Doc[],
): Promise<void> {
  for (const batch of batchesOf(documents, ({ _id }) => _id)) await insertUnordered(collection, batch);
}

/** Inserts documents; resolves to the ids that were there before. */
export async function insertNew<Doc extends Stamped>(
  collection: mongo.Collection<Doc>,
  documents: readonly Omit<Doc, 'lastWrite'>[],
): Promise<Set<string>> {
  const known = new Set<string>();
  for (const batch of batchesOf(documents as readonly Doc[], ({ _id }) => _id)) {
    const token = writeToken();
    const refused = await insertUnordered(
      collection,
      batch.map((document) => ({ ...document, lastWrite: token })),
    );
    // A repeat after a lost answer finds its own documents there.
    const own = await stampedAmong(collection, refused, token);
    for (const id of refused) if (!own.has(id)) known.add(id);
  }
  return known;
}

/** Those of the documents that this write wrote last. */
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
