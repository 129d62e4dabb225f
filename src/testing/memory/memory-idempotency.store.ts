import {
  IdempotencyStore,
  type IdempotencyRecord,
  type IdempotentRequest,
} from '../../idempotency/idempotency.store.js';
import { copyOf, keyOf, purge, type MemoryData } from './memory-data.js';

const keyOfRequest = ({ organization, operation, key }: IdempotentRequest): string =>
  keyOf(organization, operation, key);

/** Remembers requests by their idempotency key, in memory. */
export class MemoryIdempotencyStore extends IdempotencyStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async begin(request: IdempotentRequest, fingerprint: string, now: number): Promise<IdempotencyRecord | null> {
    const key = keyOfRequest(request);
    const known = this.data.requests.get(key);
    if (!known) this.data.requests.set(key, { fingerprint, begunAt: now, answer: null });
    return Promise.resolve(known ? copyOf(known) : null);
  }

  async complete(request: IdempotentRequest, answer: string): Promise<void> {
    const key = keyOfRequest(request);
    const known = this.data.requests.get(key);
    if (known) this.data.requests.set(key, { ...known, answer });
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
