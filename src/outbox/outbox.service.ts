import { Injectable } from '@nestjs/common';
import { OutboxKeeper } from './outbox-keeper.js';
import { OutboxLines } from './outbox-lines.js';
import { OutboxRecovery } from './outbox-recovery.js';
import { OutboxStore } from './outbox.store.js';

/** How a consumer fares. */
export interface ConsumerStatus {
  name: string;
  /** How many messages it has got from this instance since that began. */
  delivered: number;
  /** How many messages wait in the memory of this instance, and how many tellings of it in the store. */
  waiting: number;
  inStore: number;
  /** How many messages this instance has given up because they were refused. */
  givenUp: number;
  /** How many messages were given up, of all instances and since ever, because they waited too long or were too many. */
  lost: number;
  /** Why nothing is accepted, and since when (epoch ms); null while something is. */
  trouble: { code: string; since: number } | null;
}

/** How much waits in the store, of all instances, and how each consumer fares. */
export interface OutboxStatus {
  bytes: number;
  /** Epoch ms; null where nothing waits. */
  oldest: number | null;
  consumers: ConsumerStatus[];
}

/** Starts and stops what delivers messages, and tells how that goes. */
@Injectable()
export class OutboxService {
  constructor(
    private readonly lines: OutboxLines,
    private readonly recovery: OutboxRecovery,
    private readonly keeper: OutboxKeeper,
    private readonly store: OutboxStore,
  ) {}

  /** To be called once this instance has its lock. */
  start(): void {
    this.keeper.start();
    this.recovery.start();
  }

  /** Delivers for a limited time; what is left stays stored. To be called when nothing more is told. */
  async stop(): Promise<void> {
    await Promise.all([this.lines.stop(), this.keeper.stop()]);
    await this.recovery.stop();
  }

  /** How much waits for a consumer on this instance, in its memory and in the store. */
  waitingFor(consumer: string): number {
    const line = this.lines.all.find(({ name }) => name === consumer);
    return line ? line.status.waiting + line.status.inStore : 0;
  }

  /** Whether there is a consumer. */
  get isOn(): boolean {
    return this.lines.all.length > 0;
  }

  /** @throws StoreUnavailableError */
  async status(): Promise<OutboxStatus> {
    const [size, losses] = await Promise.all([this.store.size(), this.store.losses()]);
    const consumers = this.lines.all.map(({ status }) => ({ ...status, lost: losses[status.name] ?? 0 }));
    return { ...size, consumers };
  }
}
