import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { LockManager } from '../locking/lock-manager.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../options.js';
import { OUTBOX_OPTIONS, type OutboxOptions } from './outbox-options.js';
import { OutboxStore, type Marks, type TellingHead } from './outbox.store.js';

const LOCK = 'outbox';
const HOUR_MS = 3_600_000;
/** How many tellings are looked at and given up at once, and how often in one round. */
const PAGE = 200;
const MOST_PAGES = 500;

/**
 * Keeps the outbox within its bounds: what is too old, or too much, is given up from the oldest on, and counted for each
 * consumer that had not got it. So one that is gone or never answers fills no disk.
 */
@Injectable()
export class OutboxKeeper {
  private readonly rounds: Rounds;
  private readonly logger = new Logger(OutboxKeeper.name);

  constructor(
    private readonly store: OutboxStore,
    private readonly locks: LockManager,
    private readonly clock: Clock,
    @Inject(OUTBOX_OPTIONS) options: OutboxOptions,
    @Inject(RUNNER_OPTIONS) private readonly settings: Pick<ResolvedOptions, 'outbox'>,
  ) {
    this.rounds = new Rounds(
      clock,
      () => options.keepEveryMs,
      () => this.keep(),
    );
  }

  start(): void {
    this.rounds.startLater();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  /** One round; never rejects. */
  async keep(): Promise<void> {
    try {
      if (await this.locks.takeAlso(LOCK)) this.tell(await this.giveUpExcess());
    } catch (error) {
      this.logger.warn(`The outbox cannot be kept small: ${(error as Error).message}`);
    }
  }

  /** Resolves to how many messages each consumer lost by it. */
  private async giveUpExcess(): Promise<Map<string, number>> {
    const lost = new Map<string, number>();
    for (const stream of await this.store.streams()) await this.store.prune(stream);
    let { bytes } = await this.store.size();
    for (let pages = 0; pages < MOST_PAGES && !this.rounds.isStopped; pages++) {
      const heads = await this.store.oldest(PAGE);
      const over = heads.slice(0, this.excessOf(heads, bytes));
      if (over.length === 0) break;
      const counts = await this.lostBy(over);
      await this.store.giveUp(over, counts);
      for (const [name, count] of Object.entries(counts)) lost.set(name, (lost.get(name) ?? 0) + count);
      bytes -= over.reduce((sum, head) => sum + head.bytes, 0);
    }
    return lost;
  }

  /** How many of these, from the first, are too old or too much. */
  private excessOf(heads: readonly TellingHead[], stored: number): number {
    const { hours, bytes: most } = this.settings.outbox;
    const before = this.clock.now() - hours * HOUR_MS;
    let bytes = stored;
    const kept = heads.findIndex((head) => {
      const isOver = head.at < before || bytes > most;
      bytes -= head.bytes;
      return !isOver;
    });
    return kept < 0 ? heads.length : kept;
  }

  /** How many messages of these each consumer has not got. */
  private async lostBy(heads: readonly TellingHead[]): Promise<Marks> {
    const marks = new Map<string, Marks>();
    for (const stream of new Set(heads.map((head) => head.stream))) marks.set(stream, await this.store.marks(stream));
    const lost: Record<string, number> = {};
    for (const { stream, sequence, consumers } of heads)
      for (const [name, count] of Object.entries(consumers))
        if ((marks.get(stream)?.[name] ?? 0) < sequence) lost[name] = (lost[name] ?? 0) + count;
    return lost;
  }

  private tell(lost: ReadonlyMap<string, number>): void {
    for (const [name, count] of lost)
      this.logger.warn(`${count} messages for ${name} are given up: they waited too long, or too many waited.`);
  }
}
