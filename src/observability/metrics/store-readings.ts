import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AuditStore } from '../../audit/audit.store.js';
import { askedByMany } from '../../batching/asker.js';
import { InstanceRegistry } from '../../cluster/instance-registry.js';
import { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import type { TaskState } from '../../domain/task.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { OutboxService, type OutboxStatus } from '../../outbox/outbox.service.js';
import { TaskReads } from '../../scheduling/ports/task.reads.js';
import { StoreHealth, timedFigures, type TimedFigures } from '../../storage/store-health.js';
import { Reading } from './reading.js';

/** Time between two readings (ms). */
const EVERY_MS = 5_000;
/** Less than this on the disk of the store is little. */
const LOW_BYTES = 256 * 1024 * 1024;
/** Tasks are counted up to this number in each state: completed ones may be as many as a history. */
export const MOST_TASKS = 100_000;

/**
 * What of the metrics has to be asked of the store. It is asked regularly in the background, so that whoever reads the
 * metrics gets the last answers at once, whatever the store does.
 */
@Injectable()
export class StoreReadings implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly tasks: Reading<Partial<Record<TaskState, number>>>;
  readonly outbox: Reading<OutboxStatus>;
  readonly store: Reading<TimedFigures>;
  /** Since when the first finished run waits whose outcome is not in the audit trail (epoch ms); null for none. */
  readonly audit: Reading<{ waitsSince: number | null }>;
  /** How many versions of the program the live instances of the installation have. */
  readonly versions: Reading<number>;
  /** All of them, by their names in the metrics. */
  readonly all: readonly (readonly [name: string, reading: Reading<unknown>])[];
  private readonly rounds: Rounds;
  private isDiskLow = false;

  constructor(
    tasks: TaskReads,
    consumers: OutboxService,
    private readonly health: StoreHealth,
    private readonly trail: AuditStore,
    instances: InstanceRegistry,
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
  ) {
    this.tasks = new Reading(clock, () => askedByMany(() => tasks.countByState(MOST_TASKS)));
    this.outbox = new Reading(
      clock,
      () => consumers.status(),
      () => consumers.isOn,
    );
    this.store = new Reading(clock, () => this.readStore());
    this.audit = new Reading(clock, () => this.readTrail());
    this.versions = new Reading(clock, async () => {
      const alive = (await instances.list()).filter((instance) => instance.alive);
      return new Set(alive.map(({ version }) => version)).size;
    });
    this.all = [
      ['tasks', this.tasks],
      ['outbox', this.outbox],
      ['store', this.store],
      ['audit', this.audit],
      ['versions', this.versions],
    ];
    this.rounds = new Rounds(
      clock,
      () => EVERY_MS,
      () => Promise.resolve(this.refresh()),
    );
  }

  onApplicationBootstrap(): void {
    void this.rounds.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  private refresh(): void {
    for (const [, reading] of this.all) reading.refresh();
  }

  private async readStore(): Promise<TimedFigures> {
    const figures = await timedFigures(this.health, this.clock);
    if (figures.file) this.lookAtDisk(figures.file.diskFreeBytes);
    return figures;
  }

  private lookAtDisk(freeBytes: number): void {
    const isLow = freeBytes < LOW_BYTES;
    if (isLow === this.isDiskLow) return;
    this.isDiskLow = isLow;
    this.events.emit('disk.changed', { change: isLow ? 'low' : 'enough', freeBytes });
  }

  private async readTrail(): Promise<{ waitsSince: number | null }> {
    const told = (await this.trail.outcomesUntil()) ?? { at: 0, id: '' };
    return { waitsSince: await this.trail.nextOutcomeAt(told) };
  }
}
