import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock/clock.js';
import { strictest, type Quotas } from '../domain/quotas.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../options.js';
import { SettingsService } from './settings.service.js';

/** How old quotas may be before they are asked for again. */
const FRESH_MS = 1000;
const MOST_KNOWN = 10_000;

interface Known {
  quotas: Quotas;
  askedAt: number;
}

/** Knows how much organizations may have. */
@Injectable()
export class QuotasService {
  private readonly ceilings: Quotas;
  private readonly lately = new LRUCache<string, Known>({ max: MOST_KNOWN });

  constructor(
    private readonly settings: SettingsService,
    private readonly clock: Clock,
    @Inject(RUNNER_OPTIONS) { quotas }: Pick<ResolvedOptions, 'quotas'>,
  ) {
    this.ceilings = quotas;
  }

  /** The quotas as they were at most a second ago. @throws StoreUnavailableError */
  async of(organization: string): Promise<Quotas> {
    const { quotas } = await this.settings.current(organization);
    const known = { quotas: strictest(quotas, this.ceilings), askedAt: this.clock.monotonic() };
    this.lately.set(organization, known);
    return known.quotas;
  }

  /** The quotas as they were last known, without waiting; undefined where they never were. Asks anew in the background. */
  known(organization: string): Quotas | undefined {
    const known = this.lately.get(organization);
    if (known && this.clock.monotonic() - known.askedAt >= FRESH_MS) {
      known.askedAt = this.clock.monotonic();
      // While the store is away the last ones go on to count.
      this.of(organization).catch(() => undefined);
    }
    return known?.quotas;
  }
}
