import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { DEFAULT_QUEUE } from '../../domain/queue.js';
import { SlotQueue } from '../../scheduling/dispatch/slot-queue.js';
import { PoolQueue } from '../../scheduling/resources/pool-queue.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { Metrics } from './metrics.js';

/** Stands for all queues that the settings do not name; no queue can have such a name. */
const OTHERS = '(other)';
/** How many waiting items are counted at most, and how long a count is good for (ms). */
const MOST_COUNTED = 50_000;
const KEPT_MS = 5_000;
const PRIORITIES = Array.from({ length: 10 }, (_, priority) => String(priority));

interface Counts {
  byQueue: Map<string, number>;
  byPriority: Map<string, number>;
}

/**
 * How much waits on this instance, by queue and by priority. Tenants name queues as they like, so that only those have a
 * label of their own that this instance's settings name.
 */
@Injectable()
export class QueueMetrics {
  private readonly named: ReadonlySet<string>;
  private counts: Counts = { byQueue: new Map(), byPriority: new Map() };
  private countedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly line: SlotQueue,
    private readonly units: PoolQueue,
    private readonly clock: Clock,
    metrics: Metrics,
    @Inject(ENGINE_SETTINGS) { queues, queueConcurrency }: Pick<EngineSettings, 'queues' | 'queueConcurrency'>,
  ) {
    this.named = new Set([DEFAULT_QUEUE, ...queues, ...Object.keys(queueConcurrency)]);
    metrics.readEach(
      'runs_waiting',
      `Occurrences and runs that are due and wait in this instance's memory for a slot or a place, by priority, the first ${MOST_COUNTED}.`,
      'priority',
      () => this.latest().byPriority,
    );
    metrics.readEach(
      'queue_waiting',
      `The same by queue, with the runs that wait for units; queues that the settings do not name are "${OTHERS}".`,
      'queue',
      () => this.latest().byQueue,
    );
  }

  private latest(): Counts {
    const now = this.clock.monotonic();
    if (now - this.countedAt >= KEPT_MS) {
      this.countedAt = now;
      this.counts = this.count();
    }
    return this.counts;
  }

  private count(): Counts {
    const byQueue = new Map([...this.named, OTHERS].map((queue) => [queue, 0]));
    const byPriority = new Map(PRIORITIES.map((priority) => [priority, 0]));
    const forSlots = this.line.waiting(MOST_COUNTED);
    for (const { priority } of forSlots) add(byPriority, String(priority));
    const forUnits = this.units.queues(MOST_COUNTED - forSlots.length);
    for (const queue of [...forSlots.map((each) => each.queue), ...forUnits])
      add(byQueue, this.named.has(queue) ? queue : OTHERS);
    return { byQueue, byPriority };
  }
}

/** Counts one more of what is counted at all. */
function add(counts: Map<string, number>, label: string): void {
  const count = counts.get(label);
  if (count !== undefined) counts.set(label, count + 1);
}
