import type { mongo } from 'mongoose';

/** Drops the index of this name if it is there, and is `meant`, whichever of several instances is the first to. */
export async function dropIndex<Document extends mongo.Document>(
  collection: mongo.Collection<Document>,
  name: string,
  meant: (found: mongo.IndexDescriptionInfo) => boolean = () => true,
): Promise<void> {
  const isThere = async () => (await collection.indexes()).some((found) => found.name === name && meant(found));
  if (!(await isThere())) return;
  await collection.dropIndex(name).catch(async (error: unknown) => {
    // Another instance may have been faster; servers have more than one way to say so.
    if (await isThere()) throw error;
  });
}
