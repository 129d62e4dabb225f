import { Injectable, Logger } from '@nestjs/common';
import { boundedCache } from '../domain/bounded-cache.js';
import { Clock } from '../clock/clock.js';
import { IdempotencyKeyReusedError, RequestInProgressError } from '../domain/errors.js';
import { RequestSeals } from '../secrets/request-seals.js';
import { IdempotencyStore, type IdempotencyRecord, type IdempotentRequest } from './idempotency.store.js';

/** How long a key is remembered (ms). */
const LIFE_MS = 86_400_000;
/** A request without an answer after this time (ms) died with its process. Repeating it is safe even if it did not. */
const LONGEST_REQUEST_MS = 15_000;

/** The answer that is replayed; without `body` if it had none. */
export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body?: unknown;
}

/** A request that was begun at `begunAt` (epoch ms), and its answer if it has one. */
interface Begun {
  begunAt: number;
  answer: KeptAnswer | null;
}

interface First {
  begunAt: number;
  known?: IdempotencyRecord;
}

/**
 * Remembers requests by their key, so that a repeated request is carried out once. The store holds nothing readable of
 * them.
 */
@Injectable()
export class IdempotencyService {
  /** Requests of this process that ended without an answer, and may be repeated at once. */
  private readonly broken = boundedCache<true>(10_000);
  private readonly logger = new Logger('Idempotency');

  constructor(
    private readonly store: IdempotencyStore,
    private readonly seals: RequestSeals,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins the request, or resolves to what is known of it. Without an `answer` the caller has to carry it out, with
   * ids that derive from `begunAt`. Rejects when the key belongs to another request, or to one that is under way.
   */
  async begin(request: IdempotentRequest, content: string): Promise<Begun> {
    const { begunAt, known } = await this.first(request, content);
    if (!known) return { begunAt, answer: null };
    if (known.answer !== null) return { begunAt, answer: this.opened(request, known.answer) };
    if (this.isUnderWay(request, known, this.clock.now())) throw new RequestInProgressError(request.key);
    return { begunAt, answer: null };
  }

  /**
   * When the request was made first (epoch ms). It may be carried out each time, if it only stores what has an id that
   * derives from that. Rejects when the key belongs to another request.
   */
  async firstMade(request: IdempotentRequest, content: string): Promise<number> {
    return (await this.first(request, content)).begunAt;
  }

  /** Keeps the answer, sealed for this request only. */
  async complete(request: IdempotentRequest, answer: KeptAnswer): Promise<void> {
    await this.store.complete(request, this.seals.seal(namesOf(request), JSON.stringify(answer)));
  }

  /** Forgets a request that was refused, because it had no effect. */
  refuse(request: IdempotentRequest): Promise<void> {
    return this.store.forget(request);
  }

  /** Lets a request with an unknown outcome be repeated, with the same ids, so that it happens once. */
  break(request: IdempotentRequest): void {
    this.broken.set(nameOf(request), true);
  }

  /** When the request began, and what is known of it if it has begun before. */
  private async first(request: IdempotentRequest, content: string): Promise<First> {
    const names = namesOf(request);
    const fingerprint = this.seals.fingerprint(names, content);
    const now = this.clock.now();
    const known = await this.store.begin(request, fingerprint, now);
    if (!known) return { begunAt: now };
    if (known.unreadable !== undefined) throw this.unreadable(request, known.unreadable);
    if (known.begunAt <= now - LIFE_MS) return this.beginAnew(request, fingerprint);
    const isSame = this.seals.isOf(known.fingerprint, names, content);
    if (isSame === null) throw unknownKey(request);
    if (!isSame) throw new IdempotencyKeyReusedError(request.key);
    return { begunAt: known.begunAt, known };
  }

  private opened(request: IdempotentRequest, sealed: string): KeptAnswer {
    const opened = this.seals.open(namesOf(request), sealed);
    if ('plain' in opened) return JSON.parse(opened.plain) as KeptAnswer;
    if (opened.fault === 'unknown-key') throw unknownKey(request);
    throw this.unreadable(request, `its answer cannot be opened: ${opened.fault}`);
  }

  /** Nobody can tell whether the first request was carried out, so this one must not be. */
  private unreadable(request: IdempotentRequest, reason: string): Error {
    this.logger.error(`An idempotency key of ${request.organization} cannot be used any more: ${reason}`);
    return new IdempotencyKeyReusedError(
      request.key,
      'What is kept of this idempotency key cannot be read, so nobody can tell for what it was used; use another one.',
    );
  }

  private isUnderWay(request: IdempotentRequest, known: IdempotencyRecord, now: number): boolean {
    return !this.broken.delete(nameOf(request)) && known.begunAt > now - LONGEST_REQUEST_MS;
  }

  private async beginAnew(request: IdempotentRequest, fingerprint: string): Promise<First> {
    await this.store.forget(request);
    const now = this.clock.now();
    if (await this.store.begin(request, fingerprint, now)) throw new RequestInProgressError(request.key);
    return { begunAt: now };
  }
}

const namesOf = ({ organization, operation, key }: IdempotentRequest): string[] => [organization, operation, key];
const nameOf = (request: IdempotentRequest): string => JSON.stringify(namesOf(request));

const unknownKey = ({ key }: IdempotentRequest) =>
  new IdempotencyKeyReusedError(
    key,
    'This idempotency key was used under an encryption key that is gone, so nobody can tell for what; use another one.',
  );
