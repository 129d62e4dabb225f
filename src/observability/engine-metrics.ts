import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { DueWindow } from '../scheduling/dispatch/due-window.js';
import { SlotQueue } from '../scheduling/dispatch/slot-queue.js';
import { SetAside } from '../scheduling/holding/set-aside.js';
import { Slots } from '../cluster/slots.js';
import { PoolQueue } from '../scheduling/resources/pool-queue.js';
import { RunMetrics } from './run-metrics.js';

/** What this instance holds at the moment, read whenever the metrics are. */
@Injectable()
export class EngineMetrics {
  constructor(
    window: DueWindow,
    line: SlotQueue,
    slots: Slots,
    aside: SetAside,
    units: PoolQueue,
    private readonly metrics: RunMetrics,
  ) {
    this.gauge('task_runner_running', 'Runs that hold a slot of this instance.', () => slots.taken);
    this.gauge('task_runner_heap_size', 'Occurrences that this instance holds in memory.', () => window.size);
    this.gauge('task_runner_backlog', 'Runs that are due and wait for a slot.', () => line.size);
    this.gauge(
      'task_runner_waiting_for_units',
      'Runs that wait here for units of pools, for the rates of pools or for quotas, and hold no slot.',
      () => units.size,
    );
    this.gauge(
      'task_runner_tasks_set_aside',
      'Tasks that this instance has set aside because something of them cannot be worked out.',
      () => aside.size,
    );
    this.gauge(
      'task_runner_unreadable_runs',
      'Runs that this instance ended because their records could not be read.',
      () => aside.unreadableRecords,
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
