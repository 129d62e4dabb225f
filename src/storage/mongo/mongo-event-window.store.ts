import type { mongo } from 'mongoose';
import type { Page } from '../../domain/listing.js';
import {
  EventWindowStore,
  type DueEventWindow,
  type DueEventWindows,
  type WindowChange,
  type WindowUsage,
  type WindowVersion,
} from '../../events/windows/event-window.store.js';
import type { EventWindow } from '../../events/windows/event-window.js';
import { readableWindow, windowRow } from '../readable-window.js';
import { inBatches } from './batches.js';
import { insertMissing } from './bulk.js';
import type { EventWindowDocument, MongoCollections } from './mongo-collections.js';
import { again } from './mongo-errors.js';

const toDocument = (window: EventWindow): EventWindowDocument => {
  const { id, ...row } = windowRow(window);
  return { _id: id, ...row };
};
const toWindow = ({ _id, ...row }: EventWindowDocument): EventWindow => readableWindow({ id: _id, ...row });
const keyOf = ({ id }: { id: string }): string => id;
const documentKey = ({ _id }: { _id: string }): string => _id;
const those = (windows: readonly WindowVersion[]) => ({
  $or: windows.map(({ id, version }) => ({ _id: id, version })),
});

type Replacement = mongo.AnyBulkWriteOperation<EventWindowDocument>;

const replacing = (document: EventWindowDocument, version: string): Replacement => ({
  replaceOne: { filter: { _id: document._id, version }, replacement: document },
});

/** Keeps the windows of event triggers in MongoDB. */
export class MongoEventWindowStore extends EventWindowStore {
  private readonly windows: mongo.Collection<EventWindowDocument>;

  constructor({ eventWindows }: MongoCollections) {
    super();
    this.windows = eventWindows;
  }

  byIds(ids: readonly string[]): Promise<EventWindow[]> {
    return this.windows
      .find({ _id: { $in: [...ids] } })
      .map(toWindow)
      .toArray();
  }

  async write(changes: readonly WindowChange[]): Promise<Set<string>> {
    const documents = changes.map(({ window, read }) => ({ document: toDocument(window), read }));
    const births = documents.flatMap(({ document, read }) => (read === null ? [document] : []));
    await insertMissing(this.windows, births);
    const replacements = documents.flatMap(({ document, read }) =>
      read === null ? [] : [{ document, version: read }],
    );
    await inBatches(
      replacements,
      ({ document }) => document._id,
      (batch) => {
        const operations = batch.map(({ document, version }) => replacing(document, version));
        return again(() => this.windows.bulkWrite(operations, { ordered: false }));
      },
      ({ document }) => document.bytes,
    );
    return this.written(changes);
  }

  /** A version is written once: whoever finds its own has written it, though the answer may be lost. */
  private async written(changes: readonly WindowChange[]): Promise<Set<string>> {
    const versions = new Map(changes.map(({ window: { id, version } }) => [id, version]));
    const query = { _id: { $in: [...versions.keys()] } };
    const found = await this.windows.find(query, { projection: { version: 1 } }).toArray();
    return new Set(found.filter(({ _id, version }) => versions.get(_id) === version).map(documentKey));
  }

  async remove(windows: readonly WindowVersion[]): Promise<void> {
    await inBatches(windows, keyOf, (batch) => again(() => this.windows.deleteMany(those(batch))));
  }

  async postpone(windows: readonly WindowVersion[], dueAt: number): Promise<void> {
    await inBatches(windows, keyOf, (batch) => again(() => this.windows.updateMany(those(batch), { $set: { dueAt } })));
  }

  due({ before, limit, shards, turns }: DueEventWindows): Promise<DueEventWindow[]> {
    const query = {
      dueAt: { $lt: before },
      ...(shards && { shard: { $in: [...shards] } }),
      ...(turns && { organization: { $gt: turns.after, $nin: [...(turns.except ?? [])] } }),
    };
    return this.windows
      .find(query, { projection: { organization: 1, taskId: 1, dueAt: 1 } })
      .sort(turns ? { organization: 1, dueAt: 1 } : { dueAt: 1 })
      .limit(limit)
      .map(({ _id, organization, taskId, dueAt }) => ({ id: _id, organization, taskId, dueAt }))
      .toArray();
  }

  async usage(organization: string, taskId: string, most: number): Promise<WindowUsage> {
    const [usage] = await this.windows
      .aggregate<WindowUsage>([
        { $match: { organization } },
        { $project: { organization: 1, taskId: 1, bytes: 1, _id: 0 } },
        { $limit: most },
        {
          $group: {
            _id: null,
            windows: { $sum: 1 },
            ofTask: { $sum: { $cond: [{ $eq: ['$taskId', taskId] }, 1, 0] } },
            bytes: { $sum: '$bytes' },
          },
        },
        { $project: { _id: 0 } },
      ])
      .toArray();
    return usage ?? { windows: 0, ofTask: 0, bytes: 0 };
  }

  ofTask(organization: string, taskId: string, { after, limit }: Page): Promise<EventWindow[]> {
    const query = { organization, taskId, ...(after !== undefined && { _id: { $lt: after } }) };
    return this.windows.find(query).sort({ _id: -1 }).limit(limit).map(toWindow).toArray();
  }
}
