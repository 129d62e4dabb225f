import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId } from '../domain/ids.js';
import { LockStore } from '../locking/lock.store.js';

const MINUTE_MS = 60_000;
/** How long the starts of a permit may be used; then the rest of it is void. */
const USE_MS = 1000;
/** A minute has at most so many permits, each of them good for its share of the starts. */
const MOST_PERMITS = 60;

interface Permit {
  key: string;
  starts: number;
}

interface Rest {
  starts: number;
  until: number;
}

/**
 * Counts starts over all instances: a permit is a lock that nobody renews, gone for a minute from when it was taken.
 * Whoever has it uses its starts within a second, so that in no 61 seconds there are more than a minute's.
 */
@Injectable()
export class StartAllowance {
  private readonly rests = new Map<string, Rest>();

  constructor(
    private readonly store: LockStore,
    private readonly clock: Clock,
  ) {}

  /** Takes the right to one start of so many a minute; tells whether there was one. @throws StoreUnavailableError */
  async take(organization: string, perMinute: number): Promise<boolean> {
    if (this.useRest(organization)) return true;
    for (const permit of await this.free(organization, perMinute)) {
      const taken = await this.store.acquire([permit.key], `starts/${newId(this.clock.now())}`, MINUTE_MS);
      if (taken.size === 0) continue;
      const rest = { starts: this.restOf(organization) + permit.starts - 1, until: this.clock.monotonic() + USE_MS };
      this.rests.set(organization, rest);
      return true;
    }
    return this.useRest(organization);
  }

  /** How many starts the organization has left, as it was just seen. @throws StoreUnavailableError */
  async left(organization: string, perMinute: number): Promise<number> {
    const free = await this.free(organization, perMinute);
    return free.reduce((sum, { starts }) => sum + starts, this.restOf(organization));
  }

  private useRest(organization: string): boolean {
    const starts = this.restOf(organization);
    if (starts > 0) this.rests.get(organization)!.starts--;
    else this.rests.delete(organization);
    return starts > 0;
  }

  private restOf(organization: string): number {
    const rest = this.rests.get(organization);
    return rest && rest.until > this.clock.monotonic() ? rest.starts : 0;
  }

  private async free(organization: string, perMinute: number): Promise<Permit[]> {
    const permits = permitsOf(organization, perMinute);
    const holders = await this.store.holders(permits.map(({ key }) => key));
    return permits.filter(({ key }) => !holders.has(key));
  }
}

/** The permits of a minute, which together are good for exactly as many starts. */
function permitsOf(organization: string, perMinute: number): Permit[] {
  const count = Math.min(perMinute, MOST_PERMITS);
  const upTo = (permit: number) => Math.floor((permit * perMinute) / count);
  return Array.from({ length: count }, (_, permit) => ({
    key: `quota/starts/${encodeURIComponent(organization)}/${permit}`,
    starts: upTo(permit + 1) - upTo(permit),
  }));
}
