import type { Clock } from '../clock/clock.js';
import { whenAborted } from '../clock/when-aborted.js';
import { ActionError } from '../integrations/action.js';
import { DeliveryWidth } from './delivery-width.js';

/** The capacity of a queue, and how it delivers. Times in milliseconds. */
export interface DeliveryOptions {
  /** From this number of waiting items on, or of their characters, there is no room for more. */
  capacity: number;
  capacityChars: number;
  /** Maximum number of items per delivery, and of their characters unless it is one item. */
  batchSize: number;
  batchChars: number;
  /** The delay before the first retry; it doubles for each further retry, up to `maxDelayMs`. */
  baseDelayMs: number;
  maxDelayMs: number;
  /** Whether nothing is delivered before an item that fails; only what is refused for good is left out. */
  inOrder?: boolean;
  /** Reports items that were not delivered. */
  warn: (message: string) => void;
}

/** Delivers items to somebody; rejects when they should come again. An `ActionError` gives details. */
export interface Deliverer<Item> {
  deliver(items: readonly Item[], signal: AbortSignal): Promise<void>;
}

interface Waiting<Item> {
  item: Item;
  chars: number;
  /** Called once it is delivered, or given up for good. */
  done: () => void;
  /** How many times it failed while another item was accepted. */
  strikes: number;
}

/** After this many times the item is given up. */
const MOST_STRIKES = 5;
/** How long a delivery may take (ms); a sink that never answers must not keep what waits behind it. */
const LONGEST_MS = 60_000;

/** Statuses with which a receiver says "not now"; any other 4xx means "never". */
const TRY_AGAIN = new Set([408, 425, 429]);

/**
 * Delivers items in the background, in order, one batch at a time. It never blocks or fails its callers: failed
 * deliveries are retried with growing delays. An item that is refused is given up alone; one that fails while others are
 * accepted has its turn behind them, some times, and is given up then. While nothing at all is accepted, nothing is given
 * up for it. What waits when the queue is closed is neither delivered nor given up.
 */
export class DeliveryQueue<Item> {
  private waiting: Waiting<Item>[] = [];
  private chars = 0;
  private lost = 0;
  private work: Promise<void> | null = null;
  private closing = false;
  private readonly stop = new AbortController();
  private wake = new AbortController();
  private readonly width: DeliveryWidth;
  private failure: { code: string; since: number } | null = null;
  /** Which of the items behind a failing one is tried next. */
  private probe = 1;

  constructor(
    private readonly sink: Deliverer<Item>,
    private readonly clock: Clock,
    private readonly options: DeliveryOptions,
  ) {
    this.width = new DeliveryWidth(options.batchSize);
  }

  /** The number of items given up so far. */
  get dropped(): number {
    return this.lost;
  }

  get count(): number {
    return this.waiting.length;
  }

  get hasRoom(): boolean {
    const { capacity, capacityChars } = this.options;
    return !this.closing && this.waiting.length < capacity && this.chars < capacityChars;
  }

  /** Why nothing has been accepted, and since when (epoch ms); null while something is. */
  get trouble(): { code: string; since: number } | null {
    return this.failure;
  }

  /** Delivers the item, whose JSON has so many characters; it is up to the caller to look whether there is room. */
  add(item: Item, chars: number, done: () => void): void {
    if (this.closing) return;
    this.waiting.push({ item, chars, done, strikes: 0 });
    this.chars += chars;
    this.work ??= this.deliverAll();
  }

  /** Accepts nothing more, and delivers the waiting items for at most `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.closing = true;
    this.wake.abort();
    const timer = this.clock.after(graceMs, () => this.stop.abort(new Error('The time to deliver is over.')));
    const over = new Promise<void>((resolve) => this.stop.signal.addEventListener('abort', () => resolve()));
    // A sink that ignores its signal must not hold up the shutdown.
    await Promise.race([this.work, over]);
    timer.cancel();
    if (this.waiting.length > 0) this.options.warn(`${this.waiting.length} items are left to be delivered later.`);
    this.waiting = [];
  }

  private async deliverAll(): Promise<void> {
    // Lets the caller continue first, and more items join the first batch.
    await Promise.resolve();
    while (this.waiting.length > 0 && !this.stop.signal.aborted) {
      const { from, batch } = this.nextBatch();
      const error = await this.tryOnce(batch);
      if (error && isWorthRepeating(error)) await this.afterFailure(batch.length, error);
      else if (error) this.afterRefusal(from, batch.length, error);
      else this.afterSuccess(from, batch.length);
    }
    this.work = null;
  }

  /**
   * What failed before is delivered alone, so that it takes nothing with it. While the first item fails again and again,
   * each other try is one of those behind it.
   */
  private nextBatch(): { from: number; batch: Waiting<Item>[] } {
    if (!this.options.inOrder && this.width.isStuck && this.width.failed % 2 === 1 && this.waiting.length > 1) {
      const from = 1 + (this.probe++ % (this.waiting.length - 1));
      return { from, batch: [this.waiting[from]!] };
    }
    const most = this.fitting(this.waiting.slice(0, this.width.now));
    const suspect = most.findIndex(({ strikes }) => strikes > 0);
    return { from: 0, batch: suspect < 0 ? most : most.slice(0, Math.max(1, suspect)) };
  }

  private fitting(batch: Waiting<Item>[]): Waiting<Item>[] {
    let chars = 0;
    const over = batch.findIndex((each) => (chars += each.chars) > this.options.batchChars);
    return over < 0 ? batch : batch.slice(0, Math.max(1, over));
  }

  private afterSuccess(from: number, count: number): void {
    this.failure = null;
    this.take(from, count);
    this.width.succeeded();
    if (from > 0) this.passOn();
  }

  private afterRefusal(from: number, count: number, error: Error): void {
    if (!this.width.refused(count)) return;
    this.failure ??= { code: codeOf(error), since: this.clock.now() };
    this.take(from, count);
    this.drop(count, `it was refused (${codeOf(error)})`);
  }

  private async afterFailure(count: number, error: Error): Promise<void> {
    const { failed } = this.width;
    this.failure = { code: codeOf(error), since: this.failure?.since ?? this.clock.now() };
    this.width.hasFailed(count);
    await this.pause(error, failed);
  }

  /** Lets the others go before the first item, which failed while another was accepted, or gives it up. */
  private passOn(): void {
    const failing = this.waiting.shift()!;
    if (++failing.strikes < MOST_STRIKES) return void this.waiting.push(failing);
    this.chars -= failing.chars;
    failing.done();
    this.drop(1, `it failed while others were accepted, ${MOST_STRIKES} times`);
  }

  /** Resolves to the error of the delivery, or null. */
  private async tryOnce(batch: readonly Waiting<Item>[]): Promise<Error | null> {
    const items = batch.map(({ item }) => item);
    const noAnswer = () => new ActionError('time-out', 'The sink did not answer.');
    try {
      await this.clock.within(LONGEST_MS, noAnswer, (late) => {
        const delivery = this.sink.deliver(items, AbortSignal.any([this.stop.signal, late]));
        // A sink that ignores its signal must not keep what waits behind it.
        return Promise.race([delivery, whenAborted(late)]);
      });
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private async pause(error: Error, failures: number): Promise<void> {
    if (this.stop.signal.aborted) return;
    if (failures === 0) this.options.warn(`A delivery failed (${codeOf(error)}) and is repeated.`);
    else if (isToldOf(failures + 1))
      this.options.warn(`A delivery has failed ${failures + 1} times (${codeOf(error)}).`);
    // Closing cuts this wait short once; later waits are short anyway.
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

  private take(from: number, count: number): void {
    for (const { chars, done } of this.waiting.splice(from, count)) {
      this.chars -= chars;
      done();
    }
  }

  /** Counts items that are given up; warns at the first, second, fourth … so that an outage does not flood the log. */
  private drop(count: number, why: string): void {
    const before = this.lost;
    this.lost += count;
    if (Math.floor(Math.log2(this.lost)) === Math.floor(Math.log2(before || 0.5))) return;
    this.options.warn(`${this.lost} items were given up so far, the last because ${why}.`);
  }
}

function isWorthRepeating(error: Error): boolean {
  const status = error instanceof ActionError ? error.details.status : undefined;
  return status === undefined || status < 400 || status > 499 || TRY_AGAIN.has(status);
}

/** From the tenth failure on, a power of two, so that none goes on without a word and none floods the log. */
const isToldOf = (failures: number): boolean => failures > 10 && Number.isInteger(Math.log2(failures));

const codeOf = (error: Error): string => (error instanceof ActionError ? error.code : error.name);
