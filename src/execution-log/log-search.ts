import type { Clock } from '../clock/clock.js';
import type { Listing } from '../domain/listing.js';
import type { LogEntry } from './log.store.js';

/** How many entries one search looks at, how many of them at a time, and how long (ms) before its last read begins. */
const MOST_LOOKED = 5000;
const PAGE = 1000;
const MOST_MS = 15;

/** Looks through the log of a run for one request: however often it is asked, it reads a bounded number of entries. */
export class LogSearch {
  private looked = 0;
  private readonly until: number;

  constructor(
    /** Reads the entries after a sequence number, ascending. */
    private readonly read: (after: number, limit: number) => Promise<LogEntry[]>,
    private readonly matches: (entry: LogEntry) => boolean,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {
    this.until = clock.monotonic() + MOST_MS;
  }

  /** Up to `limit` entries that match, after a sequence number; there may be none, and yet more further on. */
  async after(place: number, limit: number): Promise<Listing<LogEntry, number>> {
    const items: LogEntry[] = [];
    // Where most entries match, no more than those are read.
    let [last, size] = [place, limit + 1];
    while (!this.isOver) {
      const entries = await this.read(last, size);
      this.looked += entries.length;
      items.push(...entries.filter(this.matches));
      if (items.length > limit) return { items: items.slice(0, limit), next: items[limit - 1]!.sequence };
      if (entries.length < size) return { items, next: null };
      last = entries.at(-1)!.sequence;
      if (items.length === limit) break;
      size = PAGE;
    }
    return { items, next: last };
  }

  private get isOver(): boolean {
    return this.looked >= MOST_LOOKED || (this.looked > 0 && this.clock.monotonic() >= this.until);
  }
}
