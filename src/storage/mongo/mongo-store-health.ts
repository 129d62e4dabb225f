import { StoreHealth, type StoreFigures } from '../store-health.js';
import type { MongoCollections } from './mongo-collections.js';

/** Checks that the primary answers. */
export class MongoStoreHealth extends StoreHealth {
  constructor(private readonly collections: MongoCollections) {
    super();
  }

  async ping(): Promise<void> {
    // A read goes to the primary only; any member would answer a ping.
    await this.collections.meta.findOne({ _id: 'schema' }, { projection: { _id: 1 } });
  }

  async figures(): Promise<StoreFigures> {
    const { localTime } = await this.collections.database.command({ hello: 1 });
    return { clockAt: localTime instanceof Date ? localTime.getTime() : null, file: null };
  }
}
