import type { Clock } from '../clock/clock.js';
import type { Listing } from '../domain/listing.js';
import type { LogEntry } from './log.store.js';

/** How many entries one search looks at, how many of them at a time, and how long (ms) before its last read begins. */
const MOST_LOOKED = 5000;
const PAGE = 1000;
const MOST_MS = 15;

/** How far one request looks through a log. */
class Looks {
  private looked = 0;
  private readonly until: number;

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    mostMs: number,
  ) {
    this.until = clock.monotonic() + mostMs;
  }

  /** Counts a read, of which nothing came back or so many entries. */
  add(entries: number): void {
    this.looked += Math.max(1, entries);
  }

  get isOver(): boolean {
    return this.looked >= MOST_LOOKED || (this.looked > 0 && this.clock.monotonic() >= this.until);
  }
}

/** Reads the entries of a log after a sequence number, ascending. */
export type ReadLog = (after: number, limit: number) => Promise<LogEntry[]>;

/** Looks through the log of a run for one request: however often it is asked, it reads a bounded number of entries. */
export class LogSearch {
  private readonly looks: Looks;

  constructor(
    private readonly read: ReadLog,
    private readonly matches: (entry: LogEntry) => boolean,
    clock: Pick<Clock, 'monotonic'>,
  ) {
    this.looks = new Looks(clock, MOST_MS);
  }

  /** Up to `limit` entries that match, after a sequence number; there may be none, and yet more further on. */
  async after(place: number, limit: number): Promise<Listing<LogEntry, number>> {
    const items: LogEntry[] = [];
    // Where most entries match, no more than those are read.
    let [last, size] = [place, limit + 1];
    while (!this.looks.isOver) {
      const entries = await this.read(last, size);
      this.looks.add(entries.length);
      items.push(...entries.filter(this.matches));
      if (items.length > limit) return { items: items.slice(0, limit), next: items[limit - 1]!.sequence };
      if (entries.length < size) return { items, next: null };
      last = entries.at(-1)!.sequence;
      if (items.length === limit) break;
      size = PAGE;
    }
    return { items, next: last };
  }
}

/** Which part of a log is looked through from its end. */
export interface LogEnd {
  read: ReadLog;
  /** Where the last entry below a sequence number lies at most; null where there is none. */
  lastBelow: (below: number) => Promise<number | null>;
  /** The lowest sequence number that is meant. */
  first: number;
}

/** Looks through the log of a run from its end, for one request, a bounded number of entries like `LogSearch`. */
export class BackwardSearch {
  private readonly looks: Looks;

  constructor(
    private readonly log: LogEnd,
    /** Null where every entry is wanted: nothing is looked through in vain then. */
    private readonly matches: ((entry: LogEntry) => boolean) | null,
    clock: Pick<Clock, 'monotonic'>,
  ) {
    this.looks = new Looks(clock, matches ? MOST_MS : Number.POSITIVE_INFINITY);
  }

  /** Up to `limit` entries that match, below a sequence number, newest first; there may be none, and yet more before. */
  async before(place: number, limit: number): Promise<Listing<LogEntry, number>> {
    const items: LogEntry[] = [];
    let [below, size] = [place, limit + 1];
    while (!this.looks.isOver) {
      const part = await this.stretch(below, size);
      if (part === null) return { items, next: null };
      this.looks.add(part.entries.length);
      items.push(...(this.matches ? part.entries.filter(this.matches) : part.entries).reverse());
      if (items.length > limit) return { items: items.slice(0, limit), next: items[limit - 1]!.sequence };
      below = part.from;
      if (items.length === limit) break;
      size = PAGE;
    }
    return { items, next: below };
  }

  /** The last entries below a number, ascending, and from which number on they are all. */
  private async stretch(below: number, size: number): Promise<{ from: number; entries: LogEntry[] } | null> {
    const { read, lastBelow, first } = this.log;
    const last = below > first ? await lastBelow(below) : null;
    const top = Math.min(last ?? -1, below - 1);
    if (top < first) return null;
    // No two entries have one number: more than `size` do not lie there.
    const from = Math.max(first, top - size + 1);
    return { from, entries: (await read(from - 1, size)).filter(({ sequence }) => sequence <= top) };
  }
}
