import { SHARD_DIGITS } from '../../../domain/shards.js';
import type { MongoCollections } from '../mongo-collections.js';
import type { Migration } from './migration.js';

const digitAt = (place: number) => ({ $indexOfBytes: [SHARD_DIGITS, { $substrBytes: ['$_id', place, 1] }] });
/** `shardOf` as an expression, for ids of 36 characters. */
const SHARD = { $add: [{ $multiply: [digitAt(34), 16] }, digitAt(35)] };

/** The former index, without shards. */
const FORMER = 'wake';

const hasFormer = ({ tasks }: MongoCollections): Promise<boolean> => tasks.indexExists(FORMER);

/** Gives each task its shard, and replaces the former index by one with shards. */
export const divideTasks: Migration = async (collections) => {
  const { tasks } = collections;
  await tasks.updateMany({ shard: { $exists: false } }, [{ $set: { shard: SHARD } }]);
  await tasks.createIndexes([{ key: { wakeAt: 1, shard: 1 }, name: 'due' }], collections.indexing);
  if (!(await hasFormer(collections))) return;
  try {
    await tasks.dropIndex(FORMER);
  } catch (error) {
    // Another instance that is starting may have been faster.
    if (await hasFormer(collections)) throw error;
  }
};
