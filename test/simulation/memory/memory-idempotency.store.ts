import {
  IdempotencyStore,
  type IdempotencyRecord,
  type IdempotentRequest,
  type IdempotentResponse,
} from '../../../src/rest/idempotency.store.js';
import { copyOf, keyOf, purge, type MemoryData } from './memory-data.js';

const keyOfRequest = ({ organization, route, key }: IdempotentRequest): string => keyOf(organization, route, key);

/** Remembers requests by their idempotency key, in memory. */
export class MemoryIdempotencyStore extends IdempotencyStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async begin(request: IdempotentRequest, now: number): Promise<IdempotencyRecord | null> {
    const key = keyOfRequest(request);
    const known = this.data.requests.get(key);
    if (!known) this.data.requests.set(key, { bodyHash: request.bodyHash, begunAt: now, response: null });
    return Promise.resolve(known ? copyOf(known) : null);
  }

  async complete(request: IdempotentRequest, response: IdempotentResponse): Promise<void> {
    const key = keyOfRequest(request);
    const known = this.data.requests.get(key);
    if (known) this.data.requests.set(key, { ...known, response: copyOf(response) });
    return Promise.resolve();
  }

  async forget(request: IdempotentRequest): Promise<void> {
    this.data.requests.delete(keyOfRequest(request));
    return Promise.resolve();
  }

  async purge(before: number, limit: number): Promise<number> {
    return Promise.resolve(purge(this.data.requests, ({ begunAt }) => begunAt < before, limit));
  }
}
