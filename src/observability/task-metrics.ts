import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { TaskReads } from '../scheduling/task.reads.js';
import { RunMetrics } from './run-metrics.js';

/** The number of tasks, asked of the store whenever the figures are read. */
@Injectable()
export class TaskMetrics {
  constructor(tasks: TaskReads, { registry }: RunMetrics) {
    new Gauge({
      name: 'task_runner_tasks',
      help: 'Tasks of all organizations, by state.',
      labelNames: ['state'] as const,
      registers: [registry],
      async collect() {
        // A store that is away must not take the other figures with it.
        const counts = await tasks.countByState().catch(() => ({}));
        this.reset();
        for (const [state, count] of Object.entries<number>(counts)) this.set({ state }, count);
      },
    });
  }
}
