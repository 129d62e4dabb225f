import type { mongo } from 'mongoose';
import type { Page } from '../../domain/listing.js';
import { WebhookDeliveryStore, type Keep, type SourceKey } from '../../webhooks/ports/webhook-delivery.store.js';
import type { DeliveryResult, WebhookDelivery } from '../../webhooks/webhook-delivery.js';
import { deliveryRow, readableDelivery } from '../readable-webhooks.js';
import { insertMissing } from './bulk.js';
import type { MongoCollections, WebhookDeliveryDocument } from './mongo-collections.js';
import { again } from './mongo-errors.js';
import { notSince } from './not-since.js';
import { purge } from './purge.js';

/** The id of a delivery alone is unique: the source stands before it for the order. */
const keyOf = (source: string, id: string): string => `${source}/${id}`;

const toDocument = (delivery: WebhookDelivery): WebhookDeliveryDocument => {
  const { id, ...row } = deliveryRow(delivery);
  return { _id: keyOf(row.source, id), ...row };
};
const toDelivery = ({ _id, ...row }: WebhookDeliveryDocument): WebhookDelivery =>
  readableDelivery({ id: _id.slice(_id.indexOf('/') + 1), ...row });

/** Keeps what came in at webhook sources in MongoDB. */
export class MongoWebhookDeliveryStore extends WebhookDeliveryStore {
  private readonly deliveries: mongo.Collection<WebhookDeliveryDocument>;

  constructor({ webhookDeliveries }: MongoCollections) {
    super();
    this.deliveries = webhookDeliveries;
  }

  insert(deliveries: readonly WebhookDelivery[]): Promise<void> {
    return insertMissing(this.deliveries, deliveries.map(toDocument));
  }

  list(
    { organization, source }: SourceKey,
    { after, limit }: Page,
    result?: DeliveryResult,
  ): Promise<WebhookDelivery[]> {
    // Where a source has few, what others have is not looked at.
    const own = { $gt: keyOf(source, ''), $lt: keyOf(source, after ?? '~') };
    const query = { organization, _id: own, ...(result !== undefined && { source, result }) };
    return this.deliveries.find(query).sort({ _id: -1 }).limit(limit).map(toDelivery).toArray();
  }

  async find({ organization, source }: SourceKey, id: string): Promise<WebhookDelivery | null> {
    const document = await this.deliveries.findOne({ _id: keyOf(source, id), organization });
    return document && toDelivery(document);
  }

  async trim({ organization, source }: SourceKey, result: DeliveryResult, keep: Keep): Promise<number> {
    const sizes = this.deliveries.find({ source, result }, { projection: { bytes: 1 } }).sort({ _id: -1 });
    const cut = firstBeyond(await sizes.toArray(), keep);
    if (cut === undefined) return 0;
    const query = { source, result, organization, _id: { $lte: cut } };
    return (await again(() => this.deliveries.deleteMany(query))).deletedCount;
  }

  purge(before: number, limit: number): Promise<number> {
    return purge(this.deliveries, { at: notSince(before) }, 'at', limit);
  }
}

/** The first, in the given order, that is one too many. */
function firstBeyond(sizes: readonly { _id: string; bytes: number }[], { most, bytes }: Keep): string | undefined {
  let total = 0;
  return sizes.find((each, index) => (total += each.bytes) > bytes || index >= most)?._id;
}
