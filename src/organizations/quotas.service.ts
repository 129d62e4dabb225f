import { Injectable } from '@nestjs/common';
import { boundedCache } from '../domain/bounded-cache.js';
import { Clock } from '../clock/clock.js';
import { strictest, type Quotas } from '../domain/quotas.js';
import { GrantsService } from './grants.service.js';
import { SettingsService } from './settings.service.js';

/** The age at which quotas are read again. */
const FRESH_MS = 1000;
const MOST_KNOWN = 10_000;

interface Known {
  quotas: Quotas;
  askedAt: number;
}

/** Knows the quotas of organizations. */
@Injectable()
export class QuotasService {
  private readonly lately = boundedCache<Known>(MOST_KNOWN);

  constructor(
    private readonly settings: SettingsService,
    private readonly clock: Clock,
    private readonly grants: GrantsService,
  ) {}

  /** The quotas, at most a second old. @throws StoreUnavailableError */
  async of(organization: string): Promise<Quotas> {
    const [{ quotas }, ceilings] = await Promise.all([
      this.settings.current(organization),
      this.grants.ceilings(organization),
    ]);
    const known = { quotas: strictest(quotas, ceilings), askedAt: this.clock.monotonic() };
    this.lately.set(organization, known);
    return known.quotas;
  }

  /** The last known quotas, without waiting; undefined when none are known. Refreshes them in the background. */
  known(organization: string): Quotas | undefined {
    const known = this.lately.get(organization);
    if (known && this.clock.monotonic() - known.askedAt >= FRESH_MS) {
      known.askedAt = this.clock.monotonic();
      // While the store is unavailable, the last known quotas continue to count.
      this.of(organization).catch(() => undefined);
    }
    return known?.quotas;
  }
}
