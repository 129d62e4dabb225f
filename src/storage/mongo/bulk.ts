import { randomBytes } from 'node:crypto';
import type { mongo } from 'mongoose';
import { groupsBy } from '../../domain/groups.js';
import { GatheredReads } from '../gathered-reads.js';
import { inBatches } from './batches.js';
import { again, duplicatesIn } from './mongo-errors.js';

/** A document that remembers which write wrote it last. */
export interface Stamped {
  _id: string;
  /** Tells a writer that lost the server's answer, or got totals only, whether its own write is the one that won. */
  lastWrite: string;
}

/** A new mark for one write. */
export const writeToken = (): string => randomBytes(9).toString('base64url');

const idOf = ({ _id }: { _id: string }): string => _id;

/**
 * The expression that gives, within one update of many documents, each of them what belongs to it. One statement with
 * a table costs a fraction of as many statements as there are documents. Every id that the update's filter lets
 * through must be in the table.
 */
export function lookup(table: ReadonlyMap<string, object>): mongo.Document {
  const index = { $indexOfArray: [{ $literal: [...table.keys()] }, '$_id'] };
  return { $arrayElemAt: [{ $literal: [...table.values()] }, index] };
}

/** From how many alike a statement of their own is worth it: below, its round trip costs more than it saves. */
const CROWD = 25;

/**
 * Divides what is to be written into crowds that are alike, each of which one plain statement can write for a quarter of
 * what a table costs, and the rest. What is due at one instant mostly is alike.
 */
export function crowdsAmong<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): { crowds: Item[][]; rest: Item[] } {
  if (items.length < CROWD) return { crowds: [], rest: [...items] };
  const groups = [...groupsBy(items, keyOf).values()];
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

/** Inserts what is not there yet. */
export async function insertMissing<Doc extends { _id: string }>(
  collection: mongo.Collection<Doc>,
  documents: readonly Doc[],
): Promise<void> {
  await inBatches(documents, idOf, (batch) => insertUnordered(collection, batch));
}

/** Inserts documents; resolves to the ids that were there before. */
export async function insertNew<Doc extends Stamped>(
  collection: mongo.Collection<Doc>,
  documents: readonly Omit<Doc, 'lastWrite'>[],
): Promise<Set<string>> {
  const known = await inBatches(documents as readonly Doc[], idOf, async (batch) => {
    const token = writeToken();
    const stamped = batch.map((document) => Object.assign({ lastWrite: token }, document));
    const refused = await insertUnordered(collection, stamped);
    // A repeat after a lost answer finds its own documents there.
    const own = await stampedAmong(collection, refused, token);
    return refused.filter((id) => !own.has(id));
  });
  return new Set(known.flat());
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

/** Reads of single documents of the collection, gathered into few statements. */
export const readsOf = <Doc extends { _id: string }>(collection: mongo.Collection<Doc>): GatheredReads<Doc> =>
  new GatheredReads(
    (ids) => collection.find({ _id: { $in: ids } } as unknown as mongo.Filter<Doc>).toArray() as Promise<Doc[]>,
    idOf,
  );
