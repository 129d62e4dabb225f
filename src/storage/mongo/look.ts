import type { mongo } from 'mongoose';
import type { Listing } from '../../scheduling/listing.js';

/** How many documents one step looks at, and after how many steps a look ends with what it has found. */
const STEP = 2000;
const MOST_STEPS = 5;

/** A way through the documents of a list in the order of their key, along an index. */
export interface Walk<Key extends string | number> {
  key: string;
  order: 1 | -1;
  /** The index, where the server might choose another one. */
  hint?: string;
  /** Holds of each document on the way, by the index; of the key itself see `range`. */
  along: mongo.Document;
  /** Within which keys the way lies. */
  range?: { $gte?: Key; $lt?: Key };
  /** What each document on the way is tried by. */
  tried: mongo.Document;
}

/**
 * Looks along the way for documents, as far as one look goes. What it costs is bounded whatever the documents are: where
 * nothing fits for long, it ends with the place that it has come to.
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

/** The documents that fit in the next step, and the last key of it; null where the way ends. */
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
  const found = collection.find(query as mongo.Filter<Doc>, optionsOf(walk));
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
    .skip(STEP - 1)
    .limit(1)
    .toArray();
  return (ends[0]?.[key] as Key | undefined) ?? null;
}

/** The rest of the way after a key. */
function aheadOf<Key extends string | number>(
  { order, range = {} }: Walk<Key>,
  after: Key | undefined,
): mongo.Document {
  if (after === undefined) return range;
  if (order === 1) return { ...range, $gt: after };
  return { ...range, $lt: range.$lt !== undefined && range.$lt < after ? range.$lt : after };
}

const optionsOf = ({ hint }: Pick<Walk<string>, 'hint'>): mongo.FindOptions => (hint === undefined ? {} : { hint });
