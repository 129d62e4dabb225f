/** A request that was made under an idempotency key. */
export interface IdempotentRequest {
  organization: string;
  /** What is asked for, and who asks, as in `POST /v1/tasks user:ann`. */
  operation: string;
  key: string;
}

/** What is known of a key: of which request, since when, and the answer once there was one. */
export interface IdempotencyRecord {
  /** Tells the content of the first request from another one. */
  fingerprint: string;
  /** When the first request began (epoch ms). */
  begunAt: number;
  /** The sealed answer. */
  answer: string | null;
  /** Why the record cannot be read; then nobody can tell of which request it is. */
  unreadable?: string;
}

/** Remembers requests by their idempotency key. */
export abstract class IdempotencyStore {
  /** Remembers the request unless its key is known; resolves to what was known, or null when it is new. */
  abstract begin(request: IdempotentRequest, fingerprint: string, now: number): Promise<IdempotencyRecord | null>;

  /** Keeps the sealed answer to a request that was begun. */
  abstract complete(request: IdempotentRequest, answer: string): Promise<void>;

  /** Forgets a request that failed, so that it can be made again. */
  abstract forget(request: IdempotentRequest): Promise<void>;

  /** Housekeeping: forgets up to `limit` requests begun before `before` (epoch ms); resolves to their number. */
  abstract purge(before: number, limit: number): Promise<number>;
}
