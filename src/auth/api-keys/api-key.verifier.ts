import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../clock/clock.js';
import { ApiKeyStore, type ApiKey } from '../api-key.store.js';
import { UnauthenticatedError } from '../auth-errors.js';
import type { Caller } from '../caller.js';
import { INSTALLATION_ADMIN, isRole } from '../roles.js';
import { isKeyOf, prefixOf } from './key-text.js';

/** How long a key that another instance revoked may still be let in here. */
const FRESH_MS = 2000;
const MOST_KNOWN = 10_000;
/** How rough `lastUsedAt` is. */
const TOUCH_MS = 300_000;
/** One sentence for all that is wrong: it does not tell which keys there are or were. */
const SENTENCE = 'The API key is not known, has expired or was revoked.';

interface Known {
  readAt: number;
  key: Promise<ApiKey | null>;
}

/** Lets programs in by their API keys. */
@Injectable()
export class ApiKeyVerifier {
  private readonly known = new LRUCache<string, Known>({ max: MOST_KNOWN });
  private readonly touched = new LRUCache<string, number>({ max: MOST_KNOWN });
  private readonly logger = new Logger(ApiKeyVerifier.name);

  constructor(
    private readonly store: ApiKeyStore,
    private readonly clock: Clock,
  ) {}

  /** The caller that the key stands for. @throws UnauthenticatedError, StoreUnavailableError */
  async verify(text: string): Promise<Caller> {
    const prefix = prefixOf(text);
    const key = prefix === undefined ? null : await this.find(prefix);
    const now = this.clock.now();
    if (!key || !isKeyOf(text, key.hash) || key.expiresAt <= now) throw new UnauthenticatedError(SENTENCE, true);
    this.touch(key, now);
    const { id, organization, roles } = key;
    const installation = roles.includes(INSTALLATION_ADMIN) && { installation: true };
    return { subject: `api-key:${id}`, organization, roles: roles.filter(isRole), ...installation, apiKey: id };
  }

  /** Reads the key of this prefix anew when it comes again. */
  forget(prefix: string): void {
    this.known.delete(prefix);
  }

  private find(prefix: string): Promise<ApiKey | null> {
    const now = this.clock.monotonic();
    const known = this.known.get(prefix);
    if (known && now - known.readAt < FRESH_MS) return known.key;
    const entry = { readAt: now, key: this.store.find(prefix) };
    this.known.set(prefix, entry);
    entry.key.catch(() => this.known.get(prefix) === entry && this.known.delete(prefix));
    return entry.key;
  }

  /** No request waits for this or fails by it. */
  private touch({ organization, id, lastUsedAt }: ApiKey, now: number): void {
    if (now - (this.touched.get(id) ?? lastUsedAt ?? Number.NEGATIVE_INFINITY) < TOUCH_MS) return;
    this.touched.set(id, now);
    this.store
      .touch(organization, id, now)
      .catch((error: unknown) => this.logger.debug(`The use of an API key could not be noted: ${String(error)}`));
  }
}
