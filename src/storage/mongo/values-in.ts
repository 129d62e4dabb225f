import type { mongo } from 'mongoose';

/** The values of a member among the documents that a filter finds. `distinct` would also find what a shard has given away. */
export async function valuesIn<Document extends mongo.Document>(
  collection: mongo.Collection<Document>,
  member: keyof Document & string,
  filter: mongo.Filter<Document>,
): Promise<Set<string>> {
  const pipeline = [{ $match: filter }, { $group: { _id: `$${member}` } }];
  const groups = await collection.aggregate<{ _id: string }>(pipeline).toArray();
  return new Set(groups.map(({ _id }) => _id));
}
