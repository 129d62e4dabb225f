import type { mongo } from 'mongoose';
import {
  type IdempotencyRecord,
  IdempotencyStore,
  type IdempotentRequest,
  type IdempotentResponse,
} from '../../rest/idempotency.store.js';
import { insertNew } from './bulk.js';
import type { IdempotencyDocument, MongoCollections } from './mongo-collections.js';
import { again } from './mongo-errors.js';

const keyOf = ({ organization, route, key }: IdempotentRequest): string => JSON.stringify([organization, route, key]);

const toRecord = ({ bodyHash, begunAt, response }: IdempotencyDocument): IdempotencyRecord => ({
  bodyHash,
  begunAt: begunAt.getTime(),
  response: response === null ? null : (JSON.parse(response) as IdempotentResponse),
});

/** Remembers requests by their idempotency key in MongoDB. */
export class MongoIdempotencyStore extends IdempotencyStore {
  private readonly requests: mongo.Collection<IdempotencyDocument>;

  constructor({ idempotency }: MongoCollections) {
    super();
    this.requests = idempotency;
  }

  async begin(request: IdempotentRequest, now: number): Promise<IdempotencyRecord | null> {
    const _id = keyOf(request);
    for (;;) {
      const known = await insertNew(this.requests, [
        { _id, bodyHash: request.bodyHash, begunAt: new Date(now), response: null },
      ]);
      if (known.size === 0) return null;
      const document = await this.requests.findOne({ _id });
      // Without one, it was forgotten since; then it is new after all.
      if (document) return toRecord(document);
    }
  }

  async complete(request: IdempotentRequest, response: IdempotentResponse): Promise<void> {
    const update = { $set: { response: JSON.stringify(response) } };
    await again(() => this.requests.updateOne({ _id: keyOf(request) }, update));
  }

  async forget(request: IdempotentRequest): Promise<void> {
    await again(() => this.requests.deleteOne({ _id: keyOf(request) }));
  }

  async purge(before: number, limit: number): Promise<number> {
    const query = { begunAt: { $lt: new Date(before) } };
    const sorted = this.requests.find(query, { projection: { _id: 1 } }).sort({ begunAt: 1 });
    const ids = (await sorted.limit(limit).toArray()).map(({ _id }) => _id);
    return (await this.requests.deleteMany({ _id: { $in: ids }, ...query })).deletedCount;
  }
}
