import { placeOf } from '../../../events/event.store.js';
import { createIndexesOf } from '../mongo-indexes.js';
import type { Migration } from './migration.js';

const AT_ONCE = 1000;

/** Gives each event its place in the list of events. */
export const placeEvents: Migration = async (collections) => {
  const { events } = collections;
  await createIndexesOf(collections, 'events');
  const missing = { place: { $exists: false }, receivedAt: { $gte: Number.MIN_SAFE_INTEGER } };
  const projection = { eventId: 1, receivedAt: 1 };
  for (let after = ''; ;) {
    const page = events.find({ ...missing, _id: { $gt: after } }, { projection }).sort({ _id: 1 });
    const found = await page.limit(AT_ONCE).toArray();
    if (found.length === 0) return;
    after = found.at(-1)!._id;
    const updates = found.map(({ _id, eventId, receivedAt }) => ({
      updateOne: { filter: { _id }, update: { $set: { place: placeOf({ id: String(eventId), receivedAt }) } } },
    }));
    await events.bulkWrite(updates, { ordered: false });
  }
};
