import { Injectable } from '@nestjs/common';
import { Slots } from '../../cluster/slots.js';
import { DueWindow } from '../../scheduling/dispatch/due-window.js';
import { SlotQueue } from '../../scheduling/dispatch/slot-queue.js';
import { HeldRuns } from '../../scheduling/holding/held-runs.js';
import { SetAside } from '../../scheduling/holding/set-aside.js';
import { PoolQueue } from '../../scheduling/resources/pool-queue.js';
import { KeyRing } from '../../secrets/key-ring.js';
import { Metrics } from './metrics.js';

const WAIT_BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 1, 5, 15, 60, 300];

/** What this instance holds at the moment, read whenever the metrics are, and how long things waited here. */
@Injectable()
export class EngineMetrics {
  constructor(
    held: HeldRuns,
    window: DueWindow,
    line: SlotQueue,
    slots: Slots,
    aside: SetAside,
    units: PoolQueue,
    ring: KeyRing,
    metrics: Metrics,
  ) {
    metrics.read('runs_running', 'Runs with an attempt under way on this instance.', () => held.count('running'));
    metrics.read(
      'runs_armed',
      'Runs that this instance has claimed shortly before their time, and that wait for it in memory.',
      () => held.count('armed'),
    );
    metrics.read(
      'slots',
      'How many runs this instance may be committed to at a time (CONCURRENCY).',
      () => slots.limit,
    );
    metrics.read('slots_taken', 'Slots that runs have: armed, running and what is between.', () => slots.taken);
    metrics.read('occurrences_loaded', 'Occurrences that this instance holds in memory.', () => window.size);
    this.waits(line, units, metrics);
    metrics.read(
      'tasks_set_aside',
      'Tasks that this instance has set aside because something of them cannot be worked out.',
      () => aside.size,
    );
    metrics.counted(
      'unreadable_runs_total',
      'Runs that this instance ended because their records could not be read.',
      () => aside.unreadableRecords,
    );
    metrics.countedEach(
      'sealed_values_unopened_total',
      'How often secrets of tasks, channels and webhook sources did not open with the keys of this instance, by why.',
      'fault',
      () => Object.entries(ring.unopened),
    );
  }

  private waits(line: SlotQueue, units: PoolQueue, metrics: Metrics): void {
    metrics.read(
      'runs_waiting_for_units',
      'Runs that wait here for units of pools, for the rates of pools or for quotas, and hold no slot.',
      () => units.size,
    );
    metrics.read(
      'pools_waited_for',
      'Pools whose units runs wait for here, with rates and quotas.',
      () => units.poolsWanted,
    );
    const waits = metrics.histogram(
      'wait_seconds',
      'How long what was due waited here for a slot, and how long runs waited for units until they were called.',
      WAIT_BUCKETS,
      ['for'],
    );
    for (const what of ['slot', 'units']) waits.zero({ for: what });
    const [forSlots, forUnits] = [waits.labels({ for: 'slot' }), waits.labels({ for: 'units' })];
    line.onTaken = (ms) => forSlots.observe(ms / 1000);
    units.onCalled = (ms) => forUnits.observe(ms / 1000);
  }
}
