import { boundedCache } from '../domain/bounded-cache.js';
import type { Clock } from '../clock/clock.js';
import { askedByMany } from './asker.js';

const MOST_KNOWN = 10_000;

interface Known<Value> {
  readAt: number;
  value: Promise<Value>;
}

/** Reads by key, of which each serves everybody who asks within a while. One that fails serves only those who wait for it. */
export class FreshReads<Value> {
  private readonly known = boundedCache<Known<Value>>(MOST_KNOWN);

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    /** How old what was read may be (ms). */
    private readonly freshMs: number,
    private readonly read: (key: string) => Promise<Value>,
  ) {}

  get(key: string): Promise<Value> {
    const now = this.clock.monotonic();
    const known = this.known.get(key);
    if (known && now - known.readAt < this.freshMs) return known.value;
    const entry = { readAt: now, value: askedByMany(() => this.read(key)) };
    this.known.set(key, entry);
    entry.value.catch(() => this.known.get(key) === entry && this.known.delete(key));
    return entry.value;
  }

  /** The next one who asks gets what is there then. */
  forget(key: string): void {
    this.known.delete(key);
  }
}
