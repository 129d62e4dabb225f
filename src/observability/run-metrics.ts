import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';

/** From half a millisecond to a minute, in seconds as Prometheus expects. */
const LATENESS_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

/** The metrics of this instance's runs. None has a label for organizations, since their number is unlimited. */
@Injectable()
export class RunMetrics {
  readonly registry = new Registry();
  private readonly registers = { registers: [this.registry] };

  private readonly starts = new Counter({
    name: 'task_runner_starts_total',
    help: 'Attempts that started, by the trigger of their run.',
    labelNames: ['trigger'] as const,
    ...this.registers,
  });

  private readonly outcomes = new Counter({
    name: 'task_runner_runs_total',
    help: 'Runs that ended, by state and by trigger.',
    labelNames: ['state', 'trigger'] as const,
    ...this.registers,
  });

  private readonly retries = new Counter({
    name: 'task_runner_retries_total',
    help: 'Attempts that failed and that another attempt follows.',
    ...this.registers,
  });

  private readonly lateness = new Histogram({
    name: 'task_runner_start_lateness_seconds',
    help: 'How long after its due instant an attempt started, in seconds.',
    buckets: LATENESS_BUCKETS,
    ...this.registers,
  });

  constructor(events: LifecycleEvents) {
    collectDefaultMetrics({ register: this.registry });
    this.listen(events);
  }

  private listen(events: LifecycleEvents): void {
    events.on('run.started', ({ run, latenessMs }) => {
      this.starts.inc({ trigger: run.trigger });
      this.lateness.observe(Math.max(0, latenessMs) / 1000);
    });
    events.on('run.retrying', () => this.retries.inc());
    events.on('run.finished', ({ run }) => this.outcomes.inc({ state: run.state, trigger: run.trigger }));
  }
}
