import { Inject, Injectable, Logger } from '@nestjs/common';
import { Alarm } from '../clock/alarm.js';
import { Clock, type Timer } from '../clock/clock.js';
import type { Telling } from '../domain/telling.js';
import { ConsumerLine, type Waiting } from './consumer-line.js';
import { Consumers } from './consumers.js';
import { OUTBOX_OPTIONS, type OutboxOptions } from './outbox-options.js';
import { OutboxStore } from './outbox.store.js';
import { OwnStream } from './own-stream.js';

const AFTER_FAILURE_MS = 1000;

/** The lines of all consumers, and the streams of this instance that they have yet to get to the end of. */
@Injectable()
export class OutboxLines {
  private lines: readonly ConsumerLine[] = [];
  private streams: readonly OwnStream[] = [];
  private settling: Promise<void> = Promise.resolve();
  private stopped = false;
  private readonly timers = new Set<Timer>();
  private readonly alarm: Alarm;
  private readonly logger = new Logger(OutboxLines.name);

  constructor(
    private readonly consumers: Consumers,
    private readonly store: OutboxStore,
    private readonly clock: Clock,
    @Inject(OUTBOX_OPTIONS) private readonly options: OutboxOptions,
  ) {
    this.alarm = new Alarm(clock, () => void this.settle());
  }

  get all(): readonly ConsumerLine[] {
    if (this.lines.length < this.consumers.count)
      this.lines = this.consumers.all.map(
        (consumer) =>
          this.lines.find(({ name }) => name === consumer.name) ??
          new ConsumerLine(consumer, this.store, this.clock, this.options),
      );
    return this.lines;
  }

  /** Calls `listener` when there is one more. */
  onAdded(listener: () => void): void {
    this.consumers.onAdded(listener);
  }

  /** The stream of this instance under its present id. */
  streamOf(name: string): OwnStream {
    const current = this.streams.at(-1);
    if (current?.name === name) return current;
    const stream = new OwnStream(name);
    this.streams = [...this.streams, stream];
    return stream;
  }

  /** Whether consumers here get what is in the stream. */
  isOwn(name: string): boolean {
    return !this.stopped && this.streams.some((stream) => stream.name === name);
  }

  /** Delivers what was just stored. */
  tell(stream: OwnStream, { sequence, consumers }: Telling, messages: readonly Waiting[]): void {
    for (const line of this.wanting(consumers)) line.tell(stream, sequence, messages);
    this.settleSoon();
  }

  /** Looks in the store whether something is there, and delivers it. */
  tellLater(stream: OwnStream, { sequence, consumers }: Telling): void {
    for (const line of this.wanting(consumers)) line.tellLater(stream, sequence);
    this.settleSoon();
  }

  /** Does something in a while, unless the lines are stopped before. */
  afterwards(delayMs: number, act: () => void): void {
    if (this.stopped) return;
    const timer = this.clock.after(delayMs, () => {
      this.timers.delete(timer);
      act();
    });
    this.timers.add(timer);
  }

  /** Delivers for a limited time, and has the store know how far the consumers have got. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    for (const timer of this.timers) timer.cancel();
    await Promise.all(this.all.map((line) => line.stop()));
    await this.clock.noLongerThan(this.options.flushMs, this.settle());
    this.stopped = true;
    this.alarm.off();
  }

  private wanting(consumers: Telling['consumers']): ConsumerLine[] {
    return this.all.filter(({ name }) => name in consumers);
  }

  private settleSoon(): void {
    if (!this.stopped) this.alarm.setBy(this.clock.now() + this.options.settleMs);
  }

  private settle(): Promise<void> {
    this.settling = this.settling.then(() => this.settleAll());
    return this.settling;
  }

  private async settleAll(): Promise<void> {
    let again = this.options.settleMs;
    for (const stream of this.streams.filter(({ isStale }) => isStale)) {
      stream.isStale = false;
      const { marks, through } = stream.progress(this.all.map(({ name }) => name));
      try {
        await this.store.settle(stream.name, marks, through);
        if (!stream.isOpen) await this.leave(stream);
      } catch (error) {
        stream.isStale = true;
        again = AFTER_FAILURE_MS;
        this.logger.debug(`How far consumers have got cannot be written: ${(error as Error).message}`);
      }
    }
    const isOpen = this.streams.some((stream) => stream.isStale || stream.isOpen);
    if (isOpen && !this.stopped) this.alarm.setBy(this.clock.now() + again);
  }

  /**
   * Of a stream of a former id, nothing is left here. That of the present id stays, even when all has stopped: what is told
   * after that has to be numbered on, or others took it for what the consumers have.
   */
  private async leave(stream: OwnStream): Promise<void> {
    if (stream === this.streams.at(-1) && !this.all.every(({ isStopped }) => isStopped)) return;
    await this.store.prune(stream.name);
    this.streams = this.streams.filter((each) => each !== stream || each === this.streams.at(-1));
  }
}
