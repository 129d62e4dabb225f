import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AuditStore } from '../../audit/audit.store.js';
import { askedByMany } from '../../batching/asker.js';
import { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import type { TaskState } from '../../domain/task.js';
import { OutboxService, type OutboxStatus } from '../../outbox/outbox.service.js';
import { TaskReads } from '../../scheduling/ports/task.reads.js';
import { StoreHealth, type StoreFigures } from '../../storage/store-health.js';
import { Reading } from './reading.js';

/** Time between two readings (ms). */
const EVERY_MS = 5_000;
/** Tasks are counted up to this number in each state: completed ones may be as many as a history. */
export const MOST_TASKS = 100_000;

/** What the store tells of itself, and by how much its clock is ahead of this machine's. */
export interface StoreReading extends StoreFigures {
  offsetMs: number | null;
}

/**
 * What of the metrics has to be asked of the store. It is asked regularly in the background, so that whoever reads the
 * metrics gets the last answers at once, whatever the store does.
 */
@Injectable()
export class StoreReadings implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly tasks: Reading<Partial<Record<TaskState, number>>>;
  readonly outbox: Reading<OutboxStatus>;
  readonly store: Reading<StoreReading>;
  /** Since when the first finished run waits whose outcome is not in the audit trail (epoch ms); null for none. */
  readonly audit: Reading<{ waitsSince: number | null }>;
  /** All of them, by their names in the metrics. */
  readonly all: readonly (readonly [name: string, reading: Reading<unknown>])[];
  private readonly rounds: Rounds;

  constructor(
    tasks: TaskReads,
    consumers: OutboxService,
    private readonly health: StoreHealth,
    private readonly trail: AuditStore,
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
    this.all = [
      ['tasks', this.tasks],
      ['outbox', this.outbox],
      ['store', this.store],
      ['audit', this.audit],
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

  private async readStore(): Promise<StoreReading> {
    const before = this.clock.now();
    const figures = await this.health.figures();
    // Its clock was read some time between the question and the answer.
    const offsetMs = figures.clockAt === null ? null : figures.clockAt - (before + this.clock.now()) / 2;
    return { offsetMs, ...figures };
  }

  private async readTrail(): Promise<{ waitsSince: number | null }> {
    const told = (await this.trail.outcomesUntil()) ?? { at: 0, id: '' };
    return { waitsSince: await this.trail.nextOutcomeAt(told) };
  }
}
