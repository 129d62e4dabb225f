import type { mongo } from 'mongoose';
import { again } from './mongo-errors.js';

/** The ids of up to `limit` documents that the query finds, those first whose `field` is lowest. */
export async function oldestIds<Document extends { _id: string }>(
  collection: mongo.Collection<Document>,
  query: mongo.Filter<Document>,
  field: keyof Document & string,
  limit: number,
): Promise<string[]> {
  const found = collection.find(query, { projection: { _id: 1 } }).sort({ [field]: 1 });
  return (await found.limit(limit).toArray()).map(({ _id }) => _id);
}

/** Deletes up to `limit` documents that the query finds, those first whose `field` is lowest; returns their number. */
export async function purge<Document extends { _id: string }>(
  collection: mongo.Collection<Document>,
  query: mongo.Filter<Document>,
  field: keyof Document & string,
  limit: number,
): Promise<number> {
  // A limit of 0 would be none to the server.
  const ids = limit > 0 ? await oldestIds(collection, query, field, limit) : [];
  if (ids.length === 0) return 0;
  return (await again(() => collection.deleteMany({ ...query, _id: { $in: ids } }))).deletedCount;
}
