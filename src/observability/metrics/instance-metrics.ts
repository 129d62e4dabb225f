import { Inject, Injectable } from '@nestjs/common';
import { Neighbours } from '../../cluster/neighbours.js';
import { packageVersion } from '../../cluster/package-version.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { LockManager } from '../../locking/lock-manager.js';
import { STORAGE } from '../../core.module.js';
import type { OpenStorage } from '../../storage/storage.js';
import { Readiness } from '../readiness.js';
import { StoreWatch } from '../store-watch.js';
import { Metrics } from './metrics.js';

/** How this instance fares among the others: its lock, what it took over, and what it is. */
@Injectable()
export class InstanceMetrics {
  constructor(
    readiness: Readiness,
    parts: StoreWatch,
    neighbours: Neighbours,
    private readonly locks: LockManager,
    private readonly events: LifecycleEvents,
    @Inject(STORAGE) { kind }: OpenStorage,
    private readonly metrics: Metrics,
  ) {
    const labels = { version: packageVersion(), node: process.version, store: kind.split(/ (?:in|at) /)[0]! };
    metrics.gauge('build_info', 'What this instance is; always 1.', ['version', 'node', 'store']).set(labels, 1);
    metrics.read('ready', 'Whether this instance can take work, as /health/ready says.', () =>
      readiness.report().status === 'not-ready' ? 0 : 1,
    );
    metrics.readEach('part_up', 'Whether the store, and the server of the locks, can be used.', 'part', () => [
      ['store', parts.store.awayBecause === null ? 1 : 0],
      ['locks', parts.locks.awayBecause === null ? 1 : 0],
    ]);
    metrics.read('instances', 'Live instances, as of the last look of this one.', () => neighbours.count);
    metrics.read(
      'heartbeat_age_seconds',
      'How long ago the last renewal of the lock of this instance was sent that was granted; the lock is lost after LOCK_LIFE_MS.',
      () => (Number.isFinite(locks.renewedMsAgo) ? locks.renewedMsAgo / 1000 : null),
    );
    this.countLocks();
    this.countTakeovers();
    this.countSteps();
  }

  private countLocks(): void {
    const lost = this.metrics.counter('locks_lost_total', 'How often this instance lost its lock.');
    this.locks.onLost(() => lost.inc());
  }

  private countTakeovers(): void {
    const takeovers = this.metrics.counter('takeovers_total', 'How often this instance took over runs of a dead one.');
    const runs = this.metrics.counter('runs_taken_over_total', 'Runs that this instance took over from dead ones.');
    this.events.on('runs.taken-over', (event) => {
      takeovers.inc();
      runs.inc(event.runs);
    });
  }

  private countSteps(): void {
    const steps = this.metrics.counter(
      'clock_steps_total',
      'How often the clock of this machine was set, by direction.',
      ['direction'],
      [{ direction: 'back' }, { direction: 'forward' }],
    );
    this.events.on('clock.stepped', ({ byMs }) => steps.inc({ direction: byMs < 0 ? 'back' : 'forward' }));
  }
}
