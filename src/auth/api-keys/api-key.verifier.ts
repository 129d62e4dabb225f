import { Injectable, Logger } from '@nestjs/common';
import { boundedCache } from '../../domain/bounded-cache.js';
import { FreshReads } from '../../batching/fresh-reads.js';
import { Clock } from '../../clock/clock.js';
import { ApiKeyStore, type ApiKey } from '../api-key.store.js';
import { UnauthenticatedError } from '../auth-errors.js';
import type { Caller } from '../caller.js';
import { INSTALLATION_ADMIN, isRole } from '../roles.js';
import { isKeyOf, prefixOf } from './key-text.js';

/** How long a key that another instance revoked may still be accepted here. */
const FRESH_MS = 2000;
const MOST_KNOWN = 10_000;
/** The precision of `lastUsedAt`. */
const TOUCH_MS = 300_000;
/** One sentence for every fault: it does not reveal which keys exist or existed. */
const SENTENCE = 'The API key is not known, has expired or was revoked.';

/** Authenticates programs by their API keys. */
@Injectable()
export class ApiKeyVerifier {
  private readonly fresh: FreshReads<ApiKey | null>;
  private readonly touched = boundedCache<number>(MOST_KNOWN);
  private readonly logger = new Logger(ApiKeyVerifier.name);

  constructor(
    private readonly store: ApiKeyStore,
    private readonly clock: Clock,
  ) {
    this.fresh = new FreshReads(clock, FRESH_MS, (prefix) => store.find(prefix));
  }

  /** The caller that the key identifies. @throws UnauthenticatedError, StoreUnavailableError */
  async verify(text: string): Promise<Caller> {
    const prefix = prefixOf(text);
    const key = prefix === undefined ? null : await this.fresh.get(prefix);
    const now = this.clock.now();
    if (!key || !isKeyOf(text, key.hash) || key.expiresAt <= now) throw new UnauthenticatedError(SENTENCE, true);
    this.touch(key, now);
    const { id, organization, roles, expiresAt } = key;
    const installation = roles.includes(INSTALLATION_ADMIN) && { installation: true };
    const known = { subject: `api-key:${id}`, organization, roles: roles.filter(isRole), ...installation };
    return { ...known, apiKey: id, expiresAt };
  }

  /** Drops the key with this prefix from the cache. */
  forget(prefix: string): void {
    this.fresh.forget(prefix);
  }

  /** No request waits for this or fails because of it. */
  private touch({ organization, id, lastUsedAt }: ApiKey, now: number): void {
    if (now - (this.touched.get(id) ?? lastUsedAt ?? Number.NEGATIVE_INFINITY) < TOUCH_MS) return;
    this.touched.set(id, now);
    this.store
      .touch(organization, id, now)
      .catch((error: unknown) => this.logger.debug(`The use of an API key could not be noted: ${String(error)}`));
  }
}
