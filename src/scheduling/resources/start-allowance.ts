import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { newId } from '../../domain/ids.js';
import { LockStore } from '../../locking/lock.store.js';

/** How long a permit is gone (ms). */
export const MINUTE_MS = 60_000;
/** How long the starts of a permit may be used (ms); after that the rest of it is void. */
const USE_MS = 1000;
/** A minute has at most this many permits, each of them good for its share of the starts. */
const MOST_PERMITS = 60;

interface Permit {
  key: string;
  starts: number;
}

/** The starts that an organization has left. */
export interface StartsLeft {
  starts: number;
  /** In how many ms each of the permits comes back that are gone, the first one first. */
  nextMs: number[];
}

interface Rest {
  starts: number;
  until: number;
}

/**
 * Counts starts across all instances. A permit is a lock that nobody renews; it is gone for a minute once it is taken.
 * Whoever has it uses its starts within a second, so that no 61 seconds have more than a minute's starts.
 */
@Injectable()
export class StartAllowance {
  private readonly rests = new Map<string, Rest>();

  constructor(
    private readonly store: LockStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes the right to one start, of `perMinute` in a minute; resolves to whether there was one. @throws
   * StoreUnavailableError
   */
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

  /** How many starts the organization has left, and when the next ones come back. @throws StoreUnavailableError */
  async left(organization: string, perMinute: number): Promise<StartsLeft> {
    const permits = permitsOf(organization, perMinute);
    const lives = await this.store.remaining(permits.map(({ key }) => key));
    const free = permits.filter(({ key }) => !lives.has(key));
    const starts = free.reduce((sum, permit) => sum + permit.starts, this.restOf(organization));
    return { starts, nextMs: [...lives.values()].sort((a, b) => a - b) };
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

/** The permits of a minute, which together are good for exactly `perMinute` starts. */
function permitsOf(organization: string, perMinute: number): Permit[] {
  const count = Math.min(perMinute, MOST_PERMITS);
  const upTo = (permit: number) => Math.floor((permit * perMinute) / count);
  return Array.from({ length: count }, (_, permit) => ({
    key: `quota/starts/${encodeURIComponent(organization)}/${permit}`,
    starts: upTo(permit + 1) - upTo(permit),
  }));
}
