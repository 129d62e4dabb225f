import { Logger } from '@nestjs/common';
import type { Clock } from '../clock/clock.js';
import type { LifecycleMessage } from '../domain/lifecycle-message.js';
import type { Consumer } from './consumer.js';
import { DeliveryQueue } from './delivery-queue.js';
import type { OutboxOptions } from './outbox-options.js';
import type { OutboxStore, StoredTelling } from './outbox.store.js';
import type { OwnStream } from './own-stream.js';

/** How much is read from the store at once (bytes). */
const PAGE_BYTES = 1_000_000;
/** How many tellings are looked for in it; more than a store reads at once. */
const MOST_ASKED = 1000;
const AFTER_FAILURE_MS = 1000;

/** A message as it waits in memory, and how many characters its JSON has. */
export interface Waiting {
  message: LifecycleMessage;
  chars: number;
}

/**
 * What one consumer has yet to get. A message that was just stored goes to it at once, from memory; what does not fit
 * there is read from the store when there is room for it again.
 */
export class ConsumerLine {
  private readonly queue: DeliveryQueue<LifecycleMessage>;
  /** The numbers of tellings that wait in the store, by their stream. */
  private readonly later = new Map<OwnStream, Set<number>>();
  private catchingUp: Promise<void> | null = null;
  private onRoom: (() => void) | null = null;
  private readonly stopping = new AbortController();
  private delivered = 0;
  private readonly logger: Logger;

  constructor(
    readonly consumer: Consumer,
    private readonly store: OutboxStore,
    private readonly clock: Clock,
    private readonly options: OutboxOptions,
  ) {
    this.logger = new Logger(`Consumer ${consumer.name}`);
    const { items: batchSize, bytes: batchChars } = consumer.batch;
    this.queue = new DeliveryQueue(consumer, clock, {
      ...{ capacity: options.capacity, capacityChars: options.capacityChars, batchSize, batchChars },
      ...{ baseDelayMs: options.baseDelayMs, maxDelayMs: options.maxDelayMs },
      inOrder: consumer.inOrder ?? false,
      warn: (message) => this.logger.warn(message),
    });
  }

  get name(): string {
    return this.consumer.name;
  }

  get isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  /** What it has got and given up since this instance began, what waits here, and since when it takes nothing. */
  get status() {
    const inStore = [...this.later.values()].reduce((sum, { size }) => sum + size, 0);
    const { count: waiting, dropped: givenUp, trouble } = this.queue;
    return { name: this.name, waiting, inStore, delivered: this.delivered - givenUp, givenUp, trouble };
  }

  wants(message: LifecycleMessage): boolean {
    return this.consumer.steps.has(message.type) && this.consumer.wants(message);
  }

  /** Delivers what was just stored under this number. */
  tell(stream: OwnStream, sequence: number, messages: readonly Waiting[]): void {
    const wanted = messages.filter(({ message }) => this.wants(message));
    if (wanted.length === 0) return stream.done(this.name, sequence);
    if (this.later.size > 0 || !this.queue.hasRoom) return this.tellLater(stream, sequence);
    this.deliver(wanted, () => stream.done(this.name, sequence));
  }

  /** Looks in the store what there is under this number, and delivers it. */
  tellLater(stream: OwnStream, sequence: number): void {
    const numbers = this.later.get(stream) ?? new Set<number>();
    this.later.set(stream, numbers.add(sequence));
    this.catchingUp ??= this.catchUp().finally(() => (this.catchingUp = null));
  }

  /**
   * Delivers what an instance that is gone left behind; resolves when the consumer has it, or to false when this line is
   * stopped before.
   */
  async recover(stream: string): Promise<boolean> {
    let after = (await this.store.marks(stream))[this.name] ?? 0;
    for (;;) {
      const page = await this.store.read(stream, { after, bytes: PAGE_BYTES, now: this.clock.now() });
      if (page.length === 0) return true;
      for (const telling of page) if (!(await this.deliverStored(telling))) return false;
      after = page.at(-1)!.sequence;
      await this.store.settle(stream, { [this.name]: after }, 0);
    }
  }

  /** Delivers what waits in memory, for a limited time; everything else stays in the store. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.onRoom?.();
    await this.queue.close(this.options.flushMs);
  }

  private deliver(messages: readonly Waiting[], done: () => void): void {
    let left = messages.length;
    for (const { message, chars } of messages)
      this.queue.add(this.seen(message), chars, () => {
        this.delivered++;
        if (--left === 0) done();
        if (this.queue.count <= this.options.capacity / 2) this.onRoom?.();
      });
  }

  /** Outputs are for those who want them. */
  private seen(message: LifecycleMessage): LifecycleMessage {
    if (!('output' in message || 'isOutputCut' in message) || (this.consumer.outputBytes ?? 0) > 0) return message;
    const { output: _output, isOutputCut: _cut, ...rest } = message;
    return rest;
  }

  private async deliverStored({ consumers, messages }: StoredTelling): Promise<boolean> {
    if (!(this.name in consumers)) return true;
    const wanted = messages.map(readMessage).filter(({ message }) => this.wants(message));
    await this.room();
    if (this.isStopped) return false;
    if (wanted.length > 0) await this.unlessStopped(new Promise<void>((resolve) => this.deliver(wanted, resolve)));
    return !this.isStopped;
  }

  private async catchUp(): Promise<void> {
    while (this.later.size > 0 && !this.isStopped) {
      await this.room();
      const [[stream, numbers]] = [...this.later] as [[OwnStream, Set<number>]];
      try {
        await this.catchUpPage(stream, numbers);
      } catch (error) {
        this.logger.warn(`What waits cannot be read: ${(error as Error).message}`);
        await this.clock.sleep(AFTER_FAILURE_MS, this.stopping.signal).catch(() => undefined);
      }
    }
  }

  private async catchUpPage(stream: OwnStream, numbers: Set<number>): Promise<void> {
    // What is added while the store is asked may have been written after it was.
    const asked = firstOf(numbers, MOST_ASKED);
    const first = Math.min(...asked);
    const page = await this.store.read(stream.name, { after: first - 1, bytes: PAGE_BYTES, now: this.clock.now() });
    const last = page.at(-1)?.sequence ?? Number.POSITIVE_INFINITY;
    const stored = new Map(page.map((telling) => [telling.sequence, telling.messages.map(readMessage)]));
    for (const sequence of asked) {
      if (sequence > last) continue;
      numbers.delete(sequence);
      const wanted = (stored.get(sequence) ?? []).filter(({ message }) => this.wants(message));
      if (wanted.length === 0) stream.done(this.name, sequence);
      else this.deliver(wanted, () => stream.done(this.name, sequence));
    }
    if (numbers.size === 0) this.later.delete(stream);
  }

  /** Resolves when there is room in memory, or the line is stopped. */
  private async room(): Promise<void> {
    while (!this.queue.hasRoom && !this.isStopped)
      await new Promise<void>((resolve) => {
        const before = this.onRoom;
        this.onRoom = () => {
          before?.();
          resolve();
        };
      });
    this.onRoom = null;
  }

  private unlessStopped(work: Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    return new Promise((resolve) => {
      const over = () => {
        signal.removeEventListener('abort', over);
        resolve();
      };
      signal.addEventListener('abort', over);
      if (signal.aborted) over();
      void work.then(over);
    });
  }
}

function firstOf(numbers: ReadonlySet<number>, most: number): number[] {
  const first: number[] = [];
  for (const number of numbers) if (first.push(number) === most) break;
  return first;
}

const readMessage = (body: string): Waiting => ({ message: JSON.parse(body) as LifecycleMessage, chars: body.length });
