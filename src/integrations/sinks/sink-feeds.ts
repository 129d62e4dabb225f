import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { DeliveryQueue, type DeliveryOptions } from './delivery-queue.js';
import { failureNotice, overdueNotice, pauseNotice, runEntry, runSummary, taskEntry } from './payloads.js';
import { AuditTrail, NoSink, Notifier, RunReporter, type Sink } from './sink.js';

/** How the queues of the sinks work; the injection token of `DeliveryOptions` and the time for the last deliveries. */
export const SINK_FEED_OPTIONS = Symbol('SINK_FEED_OPTIONS');

export interface SinkFeedOptions extends Omit<DeliveryOptions, 'batchSize' | 'warn'> {
  /** How long a stopping instance goes on delivering. */
  flushMs: number;
}

export const DEFAULT_SINK_FEED_OPTIONS: SinkFeedOptions = {
  capacity: 10_000,
  capacityChars: 16_777_216,
  baseDelayMs: 500,
  maxDelayMs: 30_000,
  flushMs: 5000,
};

const BATCH_SIZE = 100;

/** Tells the sinks what the engine tells. */
@Injectable()
export class SinkFeeds implements OnModuleInit {
  private readonly queues: Pick<DeliveryQueue<unknown>, 'close'>[] = [];
  private readonly subscriptions: Array<() => void> = [];

  constructor(
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
    private readonly notifier: Notifier,
    private readonly reporter: RunReporter,
    private readonly audit: AuditTrail,
    @Inject(SINK_FEED_OPTIONS) private readonly options: SinkFeedOptions,
  ) {}

  onModuleInit(): void {
    this.feedNotifier();
    this.feedReporter();
    this.feedAuditTrail();
  }

  /** Stops listening and delivers what waits, for at most `flushMs`. */
  async close(): Promise<void> {
    for (const unsubscribe of this.subscriptions.splice(0)) unsubscribe();
    await Promise.all(this.queues.splice(0).map((queue) => queue.close(this.options.flushMs)));
  }

  private feedNotifier(): void {
    const queue = this.queueOf('Notifier', this.notifier, 1);
    if (!queue) return;
    this.subscribe('run.finished', ({ run, task }) => {
      const notice = failureNotice(run, task);
      if (notice) queue.add(notice);
    });
    this.subscribe('task.changed', (event) => {
      const notice = pauseNotice(event);
      if (notice) queue.add(notice);
    });
    this.subscribe('task.overdue', (event) => queue.add(overdueNotice(event)));
  }

  private feedReporter(): void {
    const queue = this.queueOf('RunReporter', this.reporter, BATCH_SIZE);
    if (queue) this.subscribe('run.finished', ({ run, task }) => queue.add(runSummary(run, task)));
  }

  private feedAuditTrail(): void {
    const queue = this.queueOf('AuditTrail', this.audit, BATCH_SIZE);
    if (!queue) return;
    this.subscribe('task.changed', (event) => queue.add(taskEntry(event, this.clock.now())));
    this.subscribe('run.finished', ({ run, task }) => queue.add(runEntry(run, task, this.clock.now())));
  }

  private readonly subscribe: LifecycleEvents['on'] = (name, listener) => {
    const unsubscribe = this.events.on(name, listener);
    this.subscriptions.push(unsubscribe);
    return unsubscribe;
  };

  private queueOf<Item>(name: string, sink: Sink<Item>, batchSize: number): DeliveryQueue<Item> | null {
    if (sink instanceof NoSink) return null;
    const logger = new Logger(name);
    const warn = (message: string) => logger.warn(message);
    const queue = new DeliveryQueue(sink, this.clock, { ...this.options, batchSize, warn });
    this.queues.push(queue);
    return queue;
  }
}
