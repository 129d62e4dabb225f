import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { LockManager } from '../locking/lock-manager.js';
import type { ConsumerLine } from './consumer-line.js';
import { OUTBOX_OPTIONS, type OutboxOptions } from './outbox-options.js';
import { OutboxLines } from './outbox-lines.js';
import { OutboxStore } from './outbox.store.js';

/** Delivers what instances that are gone left behind. For each consumer, one instance at a time does this. */
@Injectable()
export class OutboxRecovery {
  private readonly rounds = new Map<string, Rounds>();
  private isOn = false;
  private readonly logger = new Logger(OutboxRecovery.name);

  constructor(
    private readonly lines: OutboxLines,
    private readonly store: OutboxStore,
    private readonly locks: LockManager,
    private readonly clock: Clock,
    @Inject(OUTBOX_OPTIONS) private readonly options: OutboxOptions,
  ) {}

  start(): void {
    this.isOn = true;
    this.lines.onAdded(() => this.startNew());
    this.startNew();
  }

  /** Each consumer has rounds of its own, so that none waits for another. */
  private startNew(): void {
    for (const line of this.lines.all) {
      if (!this.isOn || this.rounds.has(line.name)) continue;
      const recover = (): Promise<void> => this.recover(line);
      const rounds = new Rounds(this.clock, () => this.options.recoverEveryMs, recover);
      this.rounds.set(line.name, rounds);
      void rounds.start();
    }
  }

  /** To be called when the lines are stopped: then no round waits for a consumer. */
  async stop(): Promise<void> {
    this.isOn = false;
    await Promise.all([...this.rounds.values()].map((rounds) => rounds.stop()));
  }

  private async recover(line: ConsumerLine): Promise<void> {
    if (line.consumer.isIdle === true) return;
    try {
      if (!(await this.locks.takeAlso(`outbox/${line.name}`))) return;
      const others = (await this.store.streams()).filter((stream) => !this.lines.isOwn(stream));
      for (const stream of await this.locks.deadAmong(others)) {
        if (!(await line.recover(stream))) return;
        await this.store.prune(stream);
      }
    } catch (error) {
      this.logger.warn(`What others left behind for ${line.name} has to wait: ${(error as Error).message}`);
    }
  }
}
