import type { Clock } from '../../clock/clock.js';
import { ActionError } from '../action.js';
import type { Sink } from './sink.js';

/** How much a queue holds and how it delivers. Times in milliseconds. */
export interface DeliveryOptions {
  /** Items that wait at the most; further ones are dropped. */
  capacity: number;
  /** Characters of JSON that wait at the most. */
  capacityChars: number;
  /** Items of one delivery at the most. */
  batchSize: number;
  /** The first delay before a repetition; each further one is twice as long, up to `maxDelayMs`. */
  baseDelayMs: number;
  maxDelayMs: number;
  /** Says what became of items that were not delivered. */
  warn: (message: string) => void;
}

interface Waiting<Item> {
  item: Item;
  chars: number;
}

/** Statuses by which a receiver says "not now"; any other 4xx means "never". */
const TRY_AGAIN = new Set([408, 425, 429]);

/**
 * Delivers items to a sink in the background, in order, one batch at a time. It never holds up or breaks who adds: what
 * cannot be delivered is repeated with growing delays, and what does not fit meanwhile is counted and dropped.
 */
export class DeliveryQueue<Item> {
  private waiting: Waiting<Item>[] = [];
  private chars = 0;
  private lost = 0;
  private work: Promise<void> | null = null;
  private closing = false;
  private readonly stop = new AbortController();
  private wake = new AbortController();

  constructor(
    private readonly sink: Sink<Item>,
    private readonly clock: Clock,
    private readonly options: DeliveryOptions,
  ) {}

  /** How many items were dropped so far. */
  get dropped(): number {
    return this.lost;
  }

  add(item: Item): void {
    const chars = JSON.stringify(item).length;
    const { capacity, capacityChars } = this.options;
    const full = this.waiting.length >= capacity || this.chars + chars > capacityChars;
    if (this.closing || full) return this.drop(1, this.closing ? 'it is closed' : 'its queue is full');
    this.waiting.push({ item, chars });
    this.chars += chars;
    this.work ??= this.deliverAll();
  }

  /** Takes no more, delivers what waits for at most `graceMs` and drops the rest. */
  async close(graceMs: number): Promise<void> {
    this.closing = true;
    this.wake.abort();
    const timer = this.clock.after(graceMs, () => this.stop.abort(new Error('The time to deliver is over.')));
    const over = new Promise<void>((resolve) => this.stop.signal.addEventListener('abort', () => resolve()));
    // A sink that ignores its signal must not hold up the shutdown.
    await Promise.race([this.work, over]);
    timer.cancel();
    if (this.waiting.length > 0) this.drop(this.waiting.length, 'there was no time left');
    this.waiting = [];
  }

  private async deliverAll(): Promise<void> {
    // Lets the caller go on first, and others join the first batch.
    await Promise.resolve();
    for (let failures = 0; this.waiting.length > 0 && !this.stop.signal.aborted;) {
      const batch = this.waiting.slice(0, this.options.batchSize);
      const error = await this.tryOnce(batch);
      if (error && isWorthRepeating(error)) {
        await this.pause(error, failures++);
        continue;
      }
      failures = 0;
      this.take(batch.length);
      if (error) this.drop(batch.length, `it was refused (${codeOf(error)})`);
    }
    this.work = null;
  }

  /** What went wrong, or null. */
  private async tryOnce(batch: readonly Waiting<Item>[]): Promise<Error | null> {
    try {
      await this.sink.deliver(
        batch.map(({ item }) => item),
        this.stop.signal,
      );
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private async pause(error: Error, failures: number): Promise<void> {
    if (this.stop.signal.aborted) return;
    if (failures === 0) this.options.warn(`A delivery failed (${codeOf(error)}) and is repeated.`);
    // Closing cuts the wait short once; the waits after that are short ones.
    if (this.wake.signal.aborted) this.wake = new AbortController();
    const signal = AbortSignal.any([this.stop.signal, this.wake.signal]);
    await this.clock.sleep(this.delay(error, failures), signal).catch(() => undefined);
  }

  private delay(error: Error, failures: number): number {
    const { baseDelayMs, maxDelayMs } = this.options;
    if (this.closing) return baseDelayMs;
    const asked = error instanceof ActionError ? error.details.retryAfterMs : undefined;
    return Math.min(asked ?? baseDelayMs * 2 ** Math.min(failures, 30), maxDelayMs);
  }

  private take(count: number): void {
    for (const { chars } of this.waiting.splice(0, count)) this.chars -= chars;
  }

  /** Counts; warns at the first, the second, the fourth … so that an outage does not flood the log. */
  private drop(count: number, why: string): void {
    const before = this.lost;
    this.lost += count;
    if (Math.floor(Math.log2(this.lost)) === Math.floor(Math.log2(before || 0.5))) return;
    this.options.warn(`${this.lost} items were not delivered so far, the last because ${why}.`);
  }
}

function isWorthRepeating(error: Error): boolean {
  const status = error instanceof ActionError ? error.details.status : undefined;
  return status === undefined || status < 400 || status > 499 || TRY_AGAIN.has(status);
}

const codeOf = (error: Error): string => (error instanceof ActionError ? error.code : error.name);
