import type { mongo } from 'mongoose';
import {
  type IdempotencyRecord,
  IdempotencyStore,
  type IdempotentRequest,
} from '../../idempotency/idempotency.store.js';
import { readableRequest } from '../readable-request.js';
import { insertNew } from './bulk.js';
import { notSince } from './not-since.js';
import { purge } from './purge.js';
import type { IdempotencyDocument, MongoCollections } from './mongo-collections.js';
import { again } from './mongo-errors.js';

const keyOf = ({ organization, operation, key }: IdempotentRequest): string =>
  JSON.stringify([organization, operation, key]);

const toRecord = ({ bodyHash, begunAt, response }: IdempotencyDocument): IdempotencyRecord =>
  readableRequest(() => ({ fingerprint: bodyHash, begunAt: begunAt.getTime(), answer: response }));

/** Remembers requests by their idempotency key in MongoDB. */
export class MongoIdempotencyStore extends IdempotencyStore {
  private readonly requests: mongo.Collection<IdempotencyDocument>;

  constructor({ idempotency }: MongoCollections) {
    super();
    this.requests = idempotency;
  }

  async begin(request: IdempotentRequest, fingerprint: string, now: number): Promise<IdempotencyRecord | null> {
    const _id = keyOf(request);
    for (;;) {
      const known = await insertNew(this.requests, [
        { _id, bodyHash: fingerprint, begunAt: new Date(now), response: null },
      ]);
      if (known.size === 0) return null;
      const document = await this.requests.findOne({ _id });
      // If the record was deleted meanwhile, the request is new after all.
      if (document) return toRecord(document);
    }
  }

  async complete(request: IdempotentRequest, answer: string): Promise<void> {
    const update = { $set: { response: answer } };
    await again(() => this.requests.updateOne({ _id: keyOf(request) }, update));
  }

  async forget(request: IdempotentRequest): Promise<void> {
    await again(() => this.requests.deleteOne({ _id: keyOf(request) }));
  }

  purge(before: number, limit: number): Promise<number> {
    return purge(this.requests, { begunAt: notSince(new Date(before)) }, 'begunAt', limit);
  }
}
