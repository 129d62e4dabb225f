import { Injectable } from '@nestjs/common';
import { boundedCache } from '../domain/bounded-cache.js';
import { FreshReads } from '../batching/fresh-reads.js';
import { Clock } from '../clock/clock.js';
import { WebhookSourceStore } from './ports/webhook-source.store.js';
import type { WebhookSource } from './webhook-source.js';

/** How long another instance's change of a source may go unnoticed here. */
const FRESH_MS = 2000;
const MOST_KNOWN = 10_000;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Finds the sources of incoming requests, most of them without asking the store. */
@Injectable()
export class KnownSources {
  private readonly fresh: FreshReads<WebhookSource | null>;
  /** Those that were there when they were last read. */
  private readonly real = boundedCache<string>(MOST_KNOWN);

  constructor(store: WebhookSourceStore, clock: Clock) {
    this.fresh = new FreshReads(clock, FRESH_MS, (id) => store.find(id));
  }

  /** The source, of any organization; null if there is none that can be read. @throws StoreUnavailableError */
  async find(id: string): Promise<WebhookSource | null> {
    if (!ID.test(id)) return null;
    const source = await this.fresh.get(id);
    if (source?.unreadable === undefined && source) this.real.set(id, source.organization);
    else this.real.delete(id);
    return source?.unreadable === undefined ? source : null;
  }

  /** The organization of a source that was there when it was last looked for; it may be gone. */
  organizationOf(id: string): string | undefined {
    return this.real.get(id);
  }

  forget(id: string): void {
    this.fresh.forget(id);
  }
}
