import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Dispatcher } from '../scheduling/dispatcher.js';
import { SetAside } from '../scheduling/set-aside.js';
import { Slots } from '../scheduling/slots.js';
import { RunMetrics } from './run-metrics.js';

/** What this instance holds at the moment, read whenever the figures are. */
@Injectable()
export class EngineMetrics {
  constructor(
    dispatcher: Dispatcher,
    slots: Slots,
    aside: SetAside,
    private readonly metrics: RunMetrics,
  ) {
    this.gauge('task_runner_running', 'Runs that this instance is working on.', () => slots.taken);
    this.gauge('task_runner_heap_size', 'Occurrences that this instance holds in memory.', () => dispatcher.heapSize);
    this.gauge('task_runner_backlog', 'Runs that are due and wait for a place.', () => dispatcher.backlog);
    this.gauge(
      'task_runner_tasks_set_aside',
      'Tasks that this instance leaves alone because something of them cannot be worked out.',
      () => aside.size,
    );
  }

  private gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.metrics.registry],
      collect() {
        this.set(read());
      },
    });
  }
}
