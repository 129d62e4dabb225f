import type { mongo } from 'mongoose';
import type { Page } from '../../domain/listing.js';
import { WebhookSourceStore } from '../../webhooks/ports/webhook-source.store.js';
import type { WebhookSource } from '../../webhooks/webhook-source.js';
import { readableSource, sourceRow } from '../readable-webhooks.js';
import { insertNew, writeToken } from './bulk.js';
import type { MongoCollections, WebhookSourceDocument } from './mongo-collections.js';
import { again } from './mongo-errors.js';

const toDocument = (given: WebhookSource): Omit<WebhookSourceDocument, 'lastWrite'> => {
  const { id, ...row } = sourceRow(given);
  return { _id: id, ...row };
};
const toSource = ({ _id, ...row }: WebhookSourceDocument): WebhookSource => readableSource({ id: _id, ...row });

/** Keeps webhook sources in MongoDB. */
export class MongoWebhookSourceStore extends WebhookSourceStore {
  private readonly sources: mongo.Collection<WebhookSourceDocument>;

  constructor({ webhookSources }: MongoCollections) {
    super();
    this.sources = webhookSources;
  }

  async insert(source: WebhookSource): Promise<boolean> {
    return (await insertNew(this.sources, [toDocument(source)])).size === 0;
  }

  async find(id: string): Promise<WebhookSource | null> {
    const document = await this.sources.findOne({ _id: id });
    return document && toSource(document);
  }

  list(organization: string, { after, limit }: Page): Promise<WebhookSource[]> {
    const query = { organization, ...(after !== undefined && { _id: { $lt: after } }) };
    return this.sources.find(query).sort({ _id: -1 }).limit(limit).map(toSource).toArray();
  }

  count(organization: string, most: number): Promise<number> {
    return this.sources.countDocuments({ organization }, { limit: most });
  }

  async replace(given: WebhookSource, read: number): Promise<boolean> {
    const { _id, organization, version, source } = toDocument(given);
    const lastWrite = writeToken();
    const update = { $set: { version, source, lastWrite } };
    const { matchedCount } = await again(() => this.sources.updateOne({ _id, organization, version: read }, update));
    // A repetition after a lost answer finds its own write.
    return matchedCount === 1 || (await this.sources.countDocuments({ _id, lastWrite })) === 1;
  }

  async remove(organization: string, id: string): Promise<boolean> {
    const known = await this.sources.countDocuments({ _id: id, organization });
    // If somebody else removes it meanwhile, it is gone as well.
    await again(() => this.sources.deleteOne({ _id: id, organization }));
    return known === 1;
  }

  page(after: string, limit: number): Promise<WebhookSource[]> {
    return this.sources
      .find({ _id: { $gt: after } })
      .sort({ _id: 1 })
      .limit(limit)
      .map(toSource)
      .toArray();
  }
}
