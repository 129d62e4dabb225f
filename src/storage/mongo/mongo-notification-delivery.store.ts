import type { mongo } from 'mongoose';
import { firstIdAt } from '../../domain/ids.js';
import type { Page } from '../../domain/listing.js';
import type { DeliveryStatus, NotificationDelivery } from '../../notifications/deliveries/delivery.js';
import {
  NotificationDeliveryStore,
  type DeliveryFilter,
} from '../../notifications/ports/notification-delivery.store.js';
import { notificationRow, readableNotification } from '../readable-notifications.js';
import { insertMissing, writeToken } from './bulk.js';
import type { MongoCollections, NotificationDeliveryDocument } from './mongo-collections.js';
import { again } from './mongo-errors.js';
import { notSince } from './not-since.js';
import { purge } from './purge.js';

const keyOf = (organization: string, id: string): string => JSON.stringify([organization, id]);

const toDocument = (delivery: NotificationDelivery): NotificationDeliveryDocument => {
  const { id: key, ...row } = notificationRow(delivery);
  return { _id: keyOf(row.organization, key), key, ...row };
};
const toDelivery = ({ _id, key, lastWrite, ...row }: NotificationDeliveryDocument): NotificationDelivery =>
  readableNotification({ id: key, ...row });

/** Keeps what goes out to channels in MongoDB. */
export class MongoNotificationDeliveryStore extends NotificationDeliveryStore {
  private readonly deliveries: mongo.Collection<NotificationDeliveryDocument>;

  constructor({ notificationDeliveries }: MongoCollections) {
    super();
    this.deliveries = notificationDeliveries;
  }

  list(
    organization: string,
    { channel, status, from, to }: DeliveryFilter,
    { after, limit }: Page,
  ): Promise<NotificationDelivery[]> {
    const before = [after, to === undefined ? undefined : firstIdAt(to)].filter((id) => id !== undefined).sort()[0];
    const key = {
      ...(before !== undefined && { $lt: before }),
      ...(from !== undefined && { $gte: firstIdAt(from) }),
    };
    const query = {
      organization,
      ...(channel !== undefined && { channel }),
      ...(status !== undefined && { status }),
      ...(Object.keys(key).length > 0 && { key }),
    };
    return this.deliveries.find(query).sort({ key: -1 }).limit(limit).map(toDelivery).toArray();
  }

  insert(deliveries: readonly NotificationDelivery[]): Promise<void> {
    return insertMissing(this.deliveries, deliveries.map(toDocument));
  }

  async find(organization: string, id: string): Promise<NotificationDelivery | null> {
    const document = await this.deliveries.findOne({ _id: keyOf(organization, id) });
    return document && toDelivery(document);
  }

  async replace(given: NotificationDelivery, read: number): Promise<boolean> {
    const { _id, status, version, dueAt, delivery } = toDocument(given);
    const lastWrite = writeToken();
    const update = { $set: { status, version, dueAt, delivery, lastWrite } };
    const { matchedCount } = await again(() => this.deliveries.updateOne({ _id, version: read }, update));
    // A repetition after a lost answer finds its own write.
    return matchedCount === 1 || (await this.deliveries.countDocuments({ _id, lastWrite })) === 1;
  }

  due(now: number, limit: number, except: readonly string[]): Promise<NotificationDelivery[]> {
    // A number: what is tried no more has none.
    const query = { dueAt: { $gt: 0, $lte: now }, ...(except.length > 0 && { channel: { $nin: [...except] } }) };
    return this.deliveries.find(query).sort({ dueAt: 1 }).limit(limit).map(toDelivery).toArray();
  }

  count(organization: string, channel: string, status: DeliveryStatus, most: number): Promise<number> {
    return this.deliveries.countDocuments({ organization, channel, status }, { limit: most });
  }

  async trim(organization: string, channel: string, most: number): Promise<number> {
    const place = { organization, channel };
    const [beyond] = await this.deliveries.find(place).sort({ key: -1 }).skip(most).limit(1).toArray();
    if (!beyond) return 0;
    const query = { ...place, key: { $lte: beyond.key }, dueAt: null };
    return (await again(() => this.deliveries.deleteMany(query))).deletedCount;
  }

  purge(before: number, limit: number): Promise<number> {
    return purge(this.deliveries, { at: notSince(before) }, 'at', limit);
  }
}
