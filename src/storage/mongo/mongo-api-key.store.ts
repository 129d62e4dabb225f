import type { mongo } from 'mongoose';
import { ApiKeyStore, type ApiKey, type ApiKeyPage } from '../../auth/api-key.store.js';
import { readableKey } from '../readable-key.js';
import { insertMissing } from './bulk.js';
import type { ApiKeyDocument, MongoCollections } from './mongo-collections.js';
import { again } from './mongo-errors.js';

const keyFrom = ({ _id, ...fields }: ApiKeyDocument): ApiKey => {
  const key = { id: _id, ...fields };
  return readableKey(key, () => key);
};

/** Keeps API keys in MongoDB. */
export class MongoApiKeyStore extends ApiKeyStore {
  private readonly keys: mongo.Collection<ApiKeyDocument>;

  constructor({ apiKeys }: MongoCollections) {
    super();
    this.keys = apiKeys;
  }

  insert({ id, ...fields }: ApiKey): Promise<void> {
    return insertMissing(this.keys, [{ _id: id, ...fields }]);
  }

  list(organization: string, { after, limit }: ApiKeyPage): Promise<ApiKey[]> {
    const query = { organization, ...(after !== undefined && { _id: { $lt: after } }) };
    return this.keys.find(query).sort({ _id: -1 }).limit(limit).map(keyFrom).toArray();
  }

  async remove(organization: string, id: string): Promise<ApiKey | null> {
    const document = await this.keys.findOne({ _id: id, organization });
    // If somebody else removes the key meanwhile, it is revoked as well.
    await again(() => this.keys.deleteOne({ _id: id, organization }));
    return document && keyFrom(document);
  }

  async touch(organization: string, id: string, at: number): Promise<void> {
    await again(() => this.keys.updateOne({ _id: id, organization }, { $set: { lastUsedAt: at } }));
  }

  async find(prefix: string): Promise<ApiKey | null> {
    const document = await this.keys.findOne({ prefix });
    return document && keyFrom(document);
  }
}
