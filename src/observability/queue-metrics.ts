import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Clock } from '../clock/clock.js';
import { DEFAULT_QUEUE } from '../domain/queue.js';
import { SlotQueue } from '../scheduling/dispatch/slot-queue.js';
import { PoolQueue } from '../scheduling/resources/pool-queue.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { RunMetrics } from './run-metrics.js';

/** Stands for all queues that the settings do not name; no queue can have such a name. */
const OTHERS = '(other)';
/** How many waiting items are counted at most, and how long a count is good for (ms). */
const MOST_COUNTED = 50_000;
const KEPT_MS = 5_000;

/**
 * How much waits on this instance, by queue. Tenants name queues as they like, so that only those have a label of their
 * own that this instance's settings name.
 */
@Injectable()
export class QueueMetrics {
  private readonly named: ReadonlySet<string>;
  private counts = new Map<string, number>();
  private countedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly line: SlotQueue,
    private readonly units: PoolQueue,
    private readonly clock: Clock,
    { registry }: RunMetrics,
    @Inject(ENGINE_SETTINGS) { queues, queueConcurrency }: Pick<EngineSettings, 'queues' | 'queueConcurrency'>,
  ) {
    this.named = new Set([DEFAULT_QUEUE, ...queues, ...Object.keys(queueConcurrency)]);
    const latest = () => this.latest();
    new Gauge({
      name: 'task_runner_queue_waiting',
      help: `Occurrences and runs that are due and wait in this instance's memory for a slot, a place or units, by queue, the first ${MOST_COUNTED}; queues that its settings do not name are "${OTHERS}".`,
      labelNames: ['queue'] as const,
      registers: [registry],
      collect() {
        for (const [queue, count] of latest()) this.set({ queue }, count);
      },
    });
  }

  private latest(): ReadonlyMap<string, number> {
    const now = this.clock.monotonic();
    if (now - this.countedAt >= KEPT_MS) {
      this.countedAt = now;
      this.counts = this.count();
    }
    return this.counts;
  }

  private count(): Map<string, number> {
    const counts = new Map([...this.named, OTHERS].map((queue) => [queue, 0]));
    let left = MOST_COUNTED;
    for (const waiting of [this.line.queues(), this.units.queues()])
      for (const queue of waiting) {
        if (left-- <= 0) return counts;
        const label = this.named.has(queue) ? queue : OTHERS;
        counts.set(label, counts.get(label)! + 1);
      }
    return counts;
  }
}
