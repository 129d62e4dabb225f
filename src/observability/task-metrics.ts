import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { askedByMany } from '../batching/asker.js';
import { Clock } from '../clock/clock.js';
import type { TaskState } from '../domain/task.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { RunMetrics } from './run-metrics.js';

/** Tasks are counted up to this number in each state: completed ones may be as many as a history. */
const MOST_TASKS = 100_000;
/** How long a count is good for, however often the figures are read. */
const KEPT_MS = 5_000;

type Counts = Partial<Record<TaskState, number>>;

/** The number of tasks, asked of the store when the figures are read, and not more often than every 5 s. */
@Injectable()
export class TaskMetrics {
  private counts: Promise<Counts> = Promise.resolve({});
  private countedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly tasks: TaskReads,
    private readonly clock: Clock,
    { registry }: RunMetrics,
  ) {
    const latest = () => this.latest();
    new Gauge({
      name: 'task_runner_tasks',
      help: `Tasks of all organizations, by state, counted up to ${MOST_TASKS} in each.`,
      labelNames: ['state'] as const,
      registers: [registry],
      async collect() {
        const counts = await latest();
        this.reset();
        for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
      },
    });
  }

  private latest(): Promise<Counts> {
    const now = this.clock.monotonic();
    if (now - this.countedAt < KEPT_MS) return this.counts;
    this.countedAt = now;
    // A store that is away must not take the other figures with it.
    this.counts = askedByMany(() => this.tasks.countByState(MOST_TASKS)).catch(() => ({}));
    return this.counts;
  }
}
