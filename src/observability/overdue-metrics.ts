import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Clock } from '../clock/clock.js';
import { OverdueWatch } from '../overdue/overdue-watch.js';
import { RunMetrics } from './run-metrics.js';

/** What is overdue over all organizations, as the latest look into the store has found it; none while it is away. */
@Injectable()
export class OverdueMetrics {
  constructor(watch: OverdueWatch, clock: Clock, { registry }: RunMetrics) {
    new Gauge({
      name: 'task_runner_overdue',
      help: 'Occurrences and runs that should have begun and have not, with nothing in their way; up to 1000 of each.',
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
      name: 'task_runner_overdue_seconds',
      help: 'How long ago the oldest of what is overdue was due; 0 when nothing is.',
      registers: [registry],
      collect() {
        const { figures } = watch;
        if (figures) this.set(figures.since === null ? 0 : (clock.now() - figures.since) / 1000);
        else this.remove();
      },
    });
  }
}
