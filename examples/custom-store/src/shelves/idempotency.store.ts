import { type IdempotencyRecord, IdempotencyStore, type IdempotentRequest } from 'scheduled-task-runner/store';
import { copyOf, keyOf, purge, type ShelfData } from './data.js';

const keyOfRequest = ({ organization, operation, key }: IdempotentRequest): string =>
  keyOf(organization, operation, key);

/** Remembers requests by their idempotency key, in memory. */
export class ShelfIdempotencyStore extends IdempotencyStore {
  constructor(private readonly data: ShelfData) {
    super();
  }

  async begin(request: IdempotentRequest, fingerprint: string, now: number): Promise<IdempotencyRecord | null> {
    const key = keyOfRequest(request);
    const known = this.data.requests.get(key);
    if (!known) this.data.requests.set(key, { fingerprint, begunAt: now, answer: null });
    return known ? copyOf(known) : null;
  }

  async complete(request: IdempotentRequest, answer: string): Promise<void> {
    const key = keyOfRequest(request);
    const known = this.data.requests.get(key);
    if (known) this.data.requests.set(key, { ...known, answer });
  }

  async forget(request: IdempotentRequest): Promise<void> {
    this.data.requests.delete(keyOfRequest(request));
  }

  async purge(before: number, limit: number): Promise<number> {
    return purge(this.data.requests, ({ begunAt }) => begunAt < before, limit);
  }
}
