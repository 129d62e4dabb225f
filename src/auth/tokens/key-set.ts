import { Logger } from '@nestjs/common';
import { createLocalJWKSet, errors, type CryptoKey, type FlattenedJWSInput, type JWSHeaderParameters } from 'jose';
import type { Clock } from '../../clock/clock.js';
import { KeysUnavailableError } from '../auth-errors.js';
import { fetchKeySet } from './fetch-key-set.js';

/** From this age on, keys are fetched again in the background. */
const FRESH_MS = 600_000;
/** Keys of this age are no longer trusted, even if newer ones are unavailable. */
const STALE_MS = 3_600_000;
/** Minimum time between a fetch and the next one that an unknown key or a failure causes. */
const COOL_DOWN_MS = 30_000;

type FindKey = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

interface Known {
  find: FindKey;
  fetchedAt: number;
}

/**
 * The public keys of an identity provider: cached, and fetched again when they age and when a token names a new one.
 */
export class KeySet {
  private known: Known | null = null;
  private fetching: Promise<void> | null = null;
  private triedAt = Number.NEGATIVE_INFINITY;
  private readonly logger = new Logger(KeySet.name);

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
  ) {}

  /**
   * The key that signed a token. Rejects with jose's `JWKSNoMatchingKey` when there is none, and with a
   * `KeysUnavailableError` while the keys are unavailable.
   */
  async keyFor(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    const age = this.clock.monotonic() - (this.known?.fetchedAt ?? Number.NEGATIVE_INFINITY);
    if (age >= STALE_MS) await this.renew();
    else if (age >= FRESH_MS) void this.renew();
    try {
      return await this.find(header, token);
    } catch (error) {
      // An unknown key may be one that the provider has just started to use.
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await this.renew())) throw error;
      return this.find(header, token);
    }
  }

  private find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    const known = this.known;
    if (!known || this.clock.monotonic() - known.fetchedAt >= STALE_MS) throw new KeysUnavailableError();
    return known.find(header, token);
  }

  /** Fetches the keys unless this was just tried; resolves to whether it tried, and never rejects. */
  private async renew(): Promise<boolean> {
    if (!this.fetching && this.clock.monotonic() - this.triedAt < COOL_DOWN_MS) return false;
    this.fetching ??= this.fetch().finally(() => (this.fetching = null));
    await this.fetching;
    return true;
  }

  private async fetch(): Promise<void> {
    this.triedAt = this.clock.monotonic();
    try {
      const find = createLocalJWKSet(await fetchKeySet(this.url));
      this.known = { find, fetchedAt: this.clock.monotonic() };
    } catch (error) {
      this.logger.warn(`The keys at JWKS_URL cannot be fetched: ${(error as Error).message}`);
    }
  }
}
