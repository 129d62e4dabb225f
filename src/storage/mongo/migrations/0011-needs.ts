import type { mongo } from 'mongoose';
import { storedNeedOf } from '../../../domain/need.js';
import type { Task } from '../../../domain/task.js';
import { objectIn } from '../../shape.js';
import type { MongoCollections } from '../mongo-collections.js';
import type { Migration } from './migration.js';

const FORMER = ['due', 'dueOfOrganization'];
const AT_ONCE = 1000;

/** Says of each task what an instance must work to run it, and replaces the indexes of what is due by some with that. */
export const noteNeeds: Migration = async (collections) => {
  await noteTasks(collections);
  const indexes: mongo.IndexDescription[] = [
    { key: { wakeAt: 1, shard: 1, skill: 1, queue: 1 }, name: 'dueByNeed' },
    { key: { organization: 1, wakeAt: 1, shard: 1, skill: 1, queue: 1 }, name: 'dueOfOrganizationByNeed' },
  ];
  await collections.tasks.createIndexes(indexes, collections.indexing);
  for (const name of FORMER) await dropIndex(collections, name);
};

/** Only handlers of the host application are not for every instance. */
async function noteTasks({ tasks, runs }: MongoCollections): Promise<void> {
  const found = tasks.find(
    { skill: { $exists: false }, definition: { $regex: '"type":"handler"' } },
    { projection: { definition: 1 } },
  );
  let noted: { id: string; skill: string }[] = [];
  const write = async () => {
    const given = noted;
    noted = [];
    if (given.length === 0) return;
    const updates = given.map(({ id, skill }) => ({ updateOne: { filter: { _id: id }, update: { $set: { skill } } } }));
    await tasks.bulkWrite(updates, { ordered: false });
    const ofRuns = given.map(({ id, skill }) => ({
      updateMany: { filter: { taskId: id, holder: { $exists: true } }, update: { $set: { skill } } },
    }));
    await runs.bulkWrite(ofRuns, { ordered: false });
  };
  for await (const { _id, definition } of found) {
    const skill = skillIn(definition);
    if (skill !== undefined) noted.push({ id: _id, skill });
    if (noted.length >= AT_ONCE) await write();
  }
  await write();
}

/** The skill that the stored definition needs; undefined for none, and where it cannot be read. */
function skillIn(definition: string): string | undefined {
  try {
    return storedNeedOf({ definition: objectIn(definition) as unknown as Task['definition'] }).skill;
  } catch {
    return undefined;
  }
}

async function dropIndex({ tasks }: MongoCollections, name: string): Promise<void> {
  if (!(await tasks.indexExists(name))) return;
  try {
    await tasks.dropIndex(name);
  } catch (error) {
    // Another instance that is starting may have been faster.
    if (await tasks.indexExists(name)) throw error;
  }
}
