import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../clock/clock.js';
import { IdempotencyKeyReusedError, RequestInProgressError } from '../../domain/errors.js';
import { IdempotencyStore, type IdempotencyRecord, type IdempotentRequest } from '../idempotency.store.js';

/** How long a key is remembered. */
const LIFE_MS = 86_400_000;
/** A request without an answer after this died with its process. Going on in its place is safe even if it did not. */
const LONGEST_REQUEST_MS = 15_000;

type Begun = Pick<IdempotencyRecord, 'begunAt' | 'response'>;

/** Remembers requests by their key, so that one that is repeated is worked off once. */
@Injectable()
export class IdempotencyService {
  /** Requests of this process that ended without an answer, and may be repeated at once. */
  private readonly broken = new LRUCache<string, true>({ max: 10_000 });

  constructor(
    private readonly store: IdempotencyStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins the request, or resolves to what is known of it. Without a `response` the caller has to work it off, under
   * ids that derive from `begunAt`. Rejects when the key stands for another request, or for one under way.
   */
  async begin(request: IdempotentRequest): Promise<Begun> {
    const now = this.clock.now();
    const known = await this.store.begin(request, now);
    if (!known) return { begunAt: now, response: null };
    if (known.begunAt <= now - LIFE_MS) return this.beginAnew(request);
    if (known.bodyHash !== request.bodyHash) throw new IdempotencyKeyReusedError(request.key);
    if (!known.response && this.isUnderWay(request, known, now)) throw new RequestInProgressError(request.key);
    return known;
  }

  /** Forgets a request that was refused: nothing came of it. */
  refuse(request: IdempotentRequest): Promise<void> {
    return this.store.forget(request);
  }

  /** Lets a request be repeated of which nobody knows what came of it: under the same ids, so that it happens once. */
  break(request: IdempotentRequest): void {
    this.broken.set(nameOf(request), true);
  }

  private isUnderWay(request: IdempotentRequest, known: IdempotencyRecord, now: number): boolean {
    return !this.broken.delete(nameOf(request)) && known.begunAt > now - LONGEST_REQUEST_MS;
  }

  private async beginAnew(request: IdempotentRequest): Promise<Begun> {
    await this.store.forget(request);
    const now = this.clock.now();
    if (await this.store.begin(request, now)) throw new RequestInProgressError(request.key);
    return { begunAt: now, response: null };
  }
}

const nameOf = ({ organization, route, key }: IdempotentRequest): string => JSON.stringify([organization, route, key]);
