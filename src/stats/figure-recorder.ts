import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, type Timer } from '../clock/clock.js';
import { chunksOf } from '../domain/chunks.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { LockManager } from '../locking/lock-manager.js';
import { addEnd, addStart, minuteOf, noFigures, type MinuteFigures } from './figures.js';
import { StatsStore } from './stats.store.js';

/** How long figures are collected before they are written. */
const FLUSH_MS = 10_000;
const BATCH = 500;
/**
 * How many minutes of all organizations wait to be written while the store is unavailable; beyond that, nothing is
 * counted.
 */
const MOST_WAITING = 20_000;

/**
 * Counts what happens to runs on this instance, and writes the sums of each minute. Nothing waits for it: what an
 * instance counted in the ten seconds before it died is missing from the figures, but not from the ledger.
 */
@Injectable()
export class FigureRecorder implements OnApplicationShutdown {
  private readonly minutes = new Map<string, MinuteFigures>();
  private timer: Timer | null = null;
  private stopped = false;
  private flushing: Promise<void> = Promise.resolve();
  private readonly logger = new Logger(FigureRecorder.name);

  constructor(
    private readonly store: StatsStore,
    private readonly locks: LockManager,
    private readonly clock: Clock,
    events: LifecycleEvents,
  ) {
    events.on('run.started', ({ run, latenessMs }) =>
      this.count(run.organization, (minute) => addStart(minute, latenessMs)),
    );
    events.on('run.finished', ({ run }) => this.count(run.organization, (minute) => addEnd(minute, run.state)));
  }

  /** Runs after the engine has finished its runs, and before the store closes. */
  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.flush();
  }

  /** Writes what was counted since the last write; never rejects. */
  async flush(): Promise<void> {
    this.timer?.cancel();
    this.timer = null;
    this.flushing = this.flushing.then(() => this.write());
    await this.flushing;
  }

  private count(organization: string, add: (minute: MinuteFigures) => void): void {
    const minute = minuteOf(this.clock.now());
    const key = `${minute} ${organization}`;
    let figures = this.minutes.get(key);
    if (!figures) {
      if (this.minutes.size >= MOST_WAITING) return;
      figures = noFigures({ organization, instance: this.locks.owner, minute });
      this.minutes.set(key, figures);
    }
    add(figures);
    this.timer ??= this.clock.after(FLUSH_MS, () => void this.flush());
  }

  private async write(): Promise<void> {
    const current = minuteOf(this.clock.now());
    try {
      for (const batch of chunksOf([...this.minutes], BATCH)) {
        await this.store.put(batch.map(([, figures]) => figures));
        // A running minute is written again later, with everything counted in it.
        for (const [key, { minute }] of batch) if (minute < current) this.minutes.delete(key);
      }
    } catch (error) {
      this.logger.debug(`The figures have to wait: ${(error as Error).message}`);
      if (!this.stopped) this.timer ??= this.clock.after(FLUSH_MS, () => void this.flush());
    }
  }
}
