/** A request that was made under an idempotency key. */
export interface IdempotentRequest {
  organization: string;
  /** The method and path pattern, as in `POST /v1/tasks`. */
  route: string;
  key: string;
  /** SHA-256 of the body in canonical form. */
  bodyHash: string;
}

/** The answer that is replayed. */
export interface IdempotentResponse {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** What is known of a key: the hash of the first body, its time, and the answer once there was one. */
export interface IdempotencyRecord {
  bodyHash: string;
  /** When the first request began (epoch ms). */
  begunAt: number;
  response: IdempotentResponse | null;
}

/** Remembers requests by their idempotency key. */
export abstract class IdempotencyStore {
  /** Remembers the request unless its key is known; resolves to what was known, or null when it is new. */
  abstract begin(request: IdempotentRequest, now: number): Promise<IdempotencyRecord | null>;

  /** Keeps the answer to a request that was begun. */
  abstract complete(request: IdempotentRequest, response: IdempotentResponse): Promise<void>;

  /** Forgets a request that failed, so that it can be made again. */
  abstract forget(request: IdempotentRequest): Promise<void>;

  /** Housekeeping: forgets up to `limit` requests begun before `before` (epoch ms); resolves to their number. */
  abstract purge(before: number, limit: number): Promise<number>;
}
