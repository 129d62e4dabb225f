import type { mongo } from 'mongoose';
import type { Listing } from '../../domain/listing.js';

/** How many documents one step checks, and after how many steps a look ends with what it has found. */
export const STEP = 2000;
export const MOST_STEPS = 5;

/** A walk through the documents of a list in the order of their key, along an index. */
export interface Walk<Key extends string | number> {
  key: string;
  order: 1 | -1;
  /** The index, if the server might choose another one. */
  hint?: string;
  /** The condition for documents on the walk, answered by the index; for the key see `range`. */
  along: mongo.Document;
  /** The range of keys. */
  range?: { $gte?: Key; $lt?: Key };
  /** The condition that each document on the walk is tested with. */
  tried: mongo.Document;
  /** What is wanted of the documents, where that is not all. */
  projection?: mongo.Document;
  /** How many documents one step tests, where a test costs more than usual. */
  step?: number;
}

/**
 * Walks along the index for matching documents, within the limits of one look. The cost is bounded whatever the
 * documents are: if nothing matches for long, the look ends with the position that it has reached.
 */
export async function look<Doc extends mongo.Document, Key extends string | number>(
  collection: mongo.Collection<Doc>,
  walk: Walk<Key>,
  { after, limit }: { after?: Key | undefined; limit: number },
): Promise<Listing<Doc, Key>> {
  const items: Doc[] = [];
  let place: Key | undefined = after;
  for (let steps = 1; ; steps++) {
    const { found, last } = await step(collection, walk, place, limit + 1 - items.length);
    items.push(...found);
    if (items.length > limit) return { items: items.slice(0, limit), next: items[limit - 1]![walk.key] as Key };
    if (last === null) return { items, next: null };
    if (items.length === limit || steps === MOST_STEPS) return { items, next: last };
    place = last;
  }
}

/** The same along several walks with the same key and order, as one list. */
export async function lookAlong<Doc extends mongo.Document, Key extends string | number>(
  collection: mongo.Collection<Doc>,
  walks: readonly Walk<Key>[],
  page: { after?: Key | undefined; limit: number },
): Promise<Listing<Doc, Key>> {
  const { key, order } = walks[0]!;
  const byKey = (one: Key, other: Key): number => (one < other ? -order : order);
  const found = await Promise.all(walks.map((walk) => look(collection, walk, page)));
  // Behind the nearest end of a look, another one may have what that one has not reached.
  const ends = found.flatMap(({ next }) => next ?? []).sort(byKey);
  const items = found
    .flatMap((each) => each.items)
    .filter((item) => ends.length === 0 || byKey(item[key] as Key, ends[0]!) <= 0 || item[key] === ends[0])
    .sort((one, other) => byKey(one[key] as Key, other[key] as Key));
  if (items.length > page.limit) return { items: items.slice(0, page.limit), next: items[page.limit - 1]![key] as Key };
  return { items, next: ends[0] ?? null };
}

/** The matching documents of the next step, and the step's last key; null at the end of the walk. */
async function step<Doc extends mongo.Document, Key extends string | number>(
  collection: mongo.Collection<Doc>,
  walk: Walk<Key>,
  after: Key | undefined,
  limit: number,
): Promise<{ found: Doc[]; last: Key | null }> {
  const { key, order, along, tried } = walk;
  const ahead = aheadOf(walk, after);
  const last = Object.keys(tried).length === 0 ? null : await endOf(collection, walk, ahead);
  const within = last === null ? ahead : { ...ahead, [order === -1 ? '$gte' : '$lte']: last };
  const query = { ...along, ...tried, ...(Object.keys(within).length > 0 && { [key]: within }) };
  const { projection } = walk;
  const found = collection.find(query as mongo.Filter<Doc>, { ...optionsOf(walk), ...(projection && { projection }) });
  return {
    found: (await found
      .sort({ [key]: order })
      .limit(limit)
      .toArray()) as Doc[],
    last,
  };
}

async function endOf<Doc extends mongo.Document, Key extends string | number>(
  collection: mongo.Collection<Doc>,
  walk: Walk<Key>,
  ahead: mongo.Document,
): Promise<Key | null> {
  const { key, order, along } = walk;
  const query = { ...along, ...(Object.keys(ahead).length > 0 && { [key]: ahead }) };
  const found = collection.find(query as mongo.Filter<Doc>, { ...optionsOf(walk), projection: { _id: 1, [key]: 1 } });
  const ends = await found
    .sort({ [key]: order })
    .skip((walk.step ?? STEP) - 1)
    .limit(1)
    .toArray();
  return (ends[0]?.[key] as Key | undefined) ?? null;
}

/** The rest of the walk after a key. */
function aheadOf<Key extends string | number>(
  { order, range = {} }: Walk<Key>,
  after: Key | undefined,
): mongo.Document {
  if (after === undefined) return range;
  if (order === 1) return { ...range, $gt: after };
  return { ...range, $lt: range.$lt !== undefined && range.$lt < after ? range.$lt : after };
}

const optionsOf = ({ hint }: Pick<Walk<string>, 'hint'>): mongo.FindOptions => (hint === undefined ? {} : { hint });
