import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { Lack } from '../cluster/instance-work.js';
import { Clock } from '../clock/clock.js';
import { OverdueWatch } from '../overdue/overdue-watch.js';
import { RunMetrics } from './run-metrics.js';

const LACKS: readonly Lack['kind'][] = ['work', 'queue', 'handler', 'action', 'trigger-type'];

/** What is overdue in all organizations, by the latest search of the store; none while the store is unavailable. */
@Injectable()
export class OverdueMetrics {
  constructor(watch: OverdueWatch, clock: Clock, { registry }: RunMetrics) {
    new Gauge({
      name: 'task_runner_overdue',
      help: 'Occurrences and runs that should have begun and have not, although nothing is in their way; up to 1000 of each.',
      labelNames: ['kind'] as const,
      registers: [registry],
      collect() {
        const { figures } = watch;
        this.reset();
        if (!figures) return;
        this.set({ kind: 'occurrence' }, figures.occurrences);
        this.set({ kind: 'run' }, figures.runs);
      },
    });
    new Gauge({
      name: 'task_runner_tasks_without_worker',
      help: 'Overdue tasks that no live instance can run, by what is missing: a queue, a handler, an action, a trigger type, or any instance that works.',
      labelNames: ['missing'] as const,
      registers: [registry],
      collect() {
        const { figures } = watch;
        this.reset();
        if (!figures) return;
        for (const missing of LACKS) this.set({ missing }, 0);
        for (const { kind, tasks } of figures.missing) this.inc({ missing: kind }, tasks);
      },
    });
    new Gauge({
      name: 'task_runner_overdue_seconds',
      help: 'How long ago the oldest overdue occurrence or run was due, in seconds; 0 if nothing is overdue.',
      registers: [registry],
      collect() {
        const { figures } = watch;
        if (figures) this.set(figures.since === null ? 0 : (clock.now() - figures.since) / 1000);
        else this.remove();
      },
    });
  }
}
