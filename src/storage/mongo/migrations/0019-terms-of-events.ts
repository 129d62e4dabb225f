import type { mongo } from 'mongoose';
import { anyTerm } from '../../../domain/event-index.js';
import { EventShapes } from '../event-shapes.js';
import type { MongoCollections } from '../mongo-collections.js';
import { eventKeysOf, INDEXED, type TaskDocument, toTask } from '../task.document.js';
import type { Migration } from './migration.js';

/** Of how many tasks the keys are written at once. */
const AT_ONCE = 200;

/**
 * Gives the tasks that programs before layout 18 have stored the terms under which they are found by what an event looks
 * like. After it an event asks for them no more, so that those programs must not go on (`NEEDED`).
 */
export const findByTerms: Migration = async (collections) => {
  const { tasks } = collections;
  const shapes = new EventShapes(collections);
  const without = { eventTypes: { $exists: true }, 'eventTypes.0': { $ne: INDEXED } };
  for (let after = ''; ;) {
    const found = await tasks
      .find({ ...without, _id: { $gt: after } })
      .sort({ _id: 1 })
      .limit(AT_ONCE)
      .toArray();
    if (found.length === 0) return;
    after = found.at(-1)!._id;
    await writeKeys(collections, shapes, found);
  }
};

async function writeKeys(
  { tasks }: MongoCollections,
  shapes: EventShapes,
  found: readonly TaskDocument[],
): Promise<void> {
  const known = await shapes.withThoseOf(found.map(toTask));
  const updates = found.map(({ _id, ...document }): mongo.AnyBulkWriteOperation<TaskDocument> => {
    const { generation, eventTypes = [], organization } = document;
    const task = toTask({ _id, ...document });
    // What cannot be read is found by any event of its types, as before.
    const keys =
      task.unreadable === undefined
        ? eventKeysOf(task, known.get(organization) ?? new Set())
        : [INDEXED, ...eventTypes, ...eventTypes.map(anyTerm)];
    // A task that is changed meanwhile is written with its keys.
    const filter = { _id, generation, eventTypes };
    return { updateOne: { filter, update: keys ? { $set: { eventTypes: keys } } : { $unset: { eventTypes: '' } } } };
  });
  await tasks.bulkWrite(updates, { ordered: false });
}
