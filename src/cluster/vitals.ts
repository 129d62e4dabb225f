import { Injectable } from '@nestjs/common';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Clock } from '../clock/clock.js';
import { StoreHealth, timedFigures } from '../storage/store-health.js';

/** How a process fares; instances of older versions tell nothing of it. */
export interface InstanceVitals {
  /** The longest that its event loop was held up since its heartbeat before (ms). */
  eventLoopLagMs: number;
  /** The memory that the process has (bytes). */
  rssBytes: number;
  /** By how much the clock of the store is ahead of its own (ms); missing where they are one, or before it is known. */
  clockOffsetMs?: number;
}

/** How often the event loop is looked at: what it is held up for less is not seen. */
const RESOLUTION_MS = 20;
/** Time between two questions for the time of the store. */
const CLOCK_EVERY_MS = 30_000;

/** Measures this process, for its heartbeat. */
@Injectable()
export class Vitals {
  private readonly delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private clockOffsetMs: number | null = null;
  private nextClockAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly health: StoreHealth,
    private readonly clock: Clock,
  ) {}

  start(): void {
    this.delays.enable();
  }

  stop(): void {
    this.delays.disable();
  }

  /** What to tell now. The time of the store is asked beside that, for the heartbeats that follow. */
  told(): InstanceVitals {
    const eventLoopLagMs = this.lagMs();
    this.delays.reset();
    if (this.clock.monotonic() >= this.nextClockAt) void this.askTheClock();
    const { clockOffsetMs } = this;
    const rssBytes = process.memoryUsage.rss();
    return { eventLoopLagMs, rssBytes, ...(clockOffsetMs !== null && { clockOffsetMs }) };
  }

  /** Without any look yet, the longest is 0. */
  private lagMs(): number {
    return Math.max(0, Math.round(this.delays.max / 1e6 - RESOLUTION_MS));
  }

  private async askTheClock(): Promise<void> {
    this.nextClockAt = this.clock.monotonic() + CLOCK_EVERY_MS;
    try {
      const { offsetMs } = await timedFigures(this.health, this.clock);
      // A store without a clock of its own never gets one.
      if (offsetMs === null) this.nextClockAt = Number.POSITIVE_INFINITY;
      else this.clockOffsetMs = Math.round(offsetMs);
    } catch {
      // An outage of the store is told elsewhere.
      this.clockOffsetMs = null;
    }
  }
}
