import type { mongo } from 'mongoose';
import type { Page } from '../../domain/listing.js';
import {
  NotificationStore,
  type NotificationRecord,
  type RecordKind,
  type RecordPlace,
} from '../../notifications/ports/notification.store.js';
import { readableRecord, recordRow } from '../readable-notifications.js';
import { insertNew, writeToken } from './bulk.js';
import type { MongoCollections, NotificationDocument } from './mongo-collections.js';
import { again } from './mongo-errors.js';
import { notSince } from './not-since.js';
import { purge } from './purge.js';

const keyOf = (kind: RecordKind, organization: string, id: string): string => JSON.stringify([kind, organization, id]);

const toDocument = (record: NotificationRecord): Omit<NotificationDocument, 'lastWrite'> => {
  const { kind, organization, id, version, at, body } = recordRow(record);
  return { _id: keyOf(record.kind, organization, id), kind, organization, key: id, version, at, body };
};
const toRecord = ({ kind, organization, key, version, at, body }: NotificationDocument): NotificationRecord =>
  readableRecord({ kind, organization, id: key, version, at, body });

/** Keeps what there is of notifications beside the deliveries in MongoDB. */
export class MongoNotificationStore extends NotificationStore {
  private readonly records: mongo.Collection<NotificationDocument>;

  constructor({ notifications }: MongoCollections) {
    super();
    this.records = notifications;
  }

  list(kind: RecordKind, organization: string, { after, limit }: Page): Promise<NotificationRecord[]> {
    const query = { kind, organization, ...(after !== undefined && { key: { $lt: after } }) };
    return this.records.find(query).sort({ key: -1 }).limit(limit).map(toRecord).toArray();
  }

  async insert(record: NotificationRecord): Promise<boolean> {
    return (await insertNew(this.records, [toDocument(record)])).size === 0;
  }

  find(kind: RecordKind, organization: string, ids: readonly string[]): Promise<NotificationRecord[]> {
    const keys = ids.map((id) => keyOf(kind, organization, id));
    return this.records
      .find({ _id: { $in: keys } })
      .map(toRecord)
      .toArray();
  }

  count(kind: RecordKind, organization: string, most: number): Promise<number> {
    return this.records.countDocuments({ kind, organization }, { limit: most });
  }

  async replace(record: NotificationRecord, read: number): Promise<boolean> {
    const { _id, version, at, body } = toDocument(record);
    const lastWrite = writeToken();
    const update = { $set: { version, at, body, lastWrite } };
    const { matchedCount } = await again(() => this.records.updateOne({ _id, version: read }, update));
    // A repetition after a lost answer finds its own write.
    return matchedCount === 1 || (await this.records.countDocuments({ _id, lastWrite })) === 1;
  }

  async remove(kind: RecordKind, organization: string, id: string): Promise<boolean> {
    const _id = keyOf(kind, organization, id);
    const known = await this.records.countDocuments({ _id });
    // If somebody else removes it meanwhile, it is gone as well.
    await again(() => this.records.deleteOne({ _id }));
    return known === 1;
  }

  behind(kind: RecordKind, { at, organization, id }: RecordPlace, limit: number): Promise<NotificationRecord[]> {
    const $or = [
      { at: { $gt: at } },
      { at, organization: { $gt: organization } },
      { at, organization, key: { $gt: id } },
    ];
    return this.records
      .find({ kind, at: { $gte: at }, $or })
      .sort({ at: 1, organization: 1, key: 1 })
      .limit(limit)
      .map(toRecord)
      .toArray();
  }

  purge(kind: RecordKind, before: number, limit: number): Promise<number> {
    return purge(this.records, { kind, at: notSince(before) }, 'at', limit);
  }
}
