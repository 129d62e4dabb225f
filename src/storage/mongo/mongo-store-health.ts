import { StoreHealth } from '../store-health.js';
import type { MongoCollections } from './mongo-collections.js';

/** Asks the primary for a sign of life. */
export class MongoStoreHealth extends StoreHealth {
  constructor(private readonly collections: MongoCollections) {
    super();
  }

  async ping(): Promise<void> {
    // A read reaches the primary only, where a ping would be answered by whoever is there.
    await this.collections.meta.findOne({ _id: 'schema' }, { projection: { _id: 1 } });
  }
}
