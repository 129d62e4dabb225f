import type { Clock, Timer } from './clock.js';

/** Repeated work; each round starts some time after the end of the previous one. */
export class Rounds {
  private timer: Timer | null = null;
  private underWay: Promise<void> | null = null;
  private stopped = true;
  /** Whether the next round is wanted right after the one under way. */
  private isWanted = false;

  constructor(
    private readonly clock: Clock,
    /** The wait before the next round (ms), asked at the end of each round. */
    private readonly pauseMs: () => number,
    /** One round; must not reject. */
    private readonly work: () => Promise<void>,
  ) {}

  /** Whether no further round starts. */
  get isStopped(): boolean {
    return this.stopped;
  }

  /** Starts with a round; resolves at its end. */
  start(): Promise<void> {
    this.stopped = false;
    return this.round();
  }

  /** Starts with the wait for a round. */
  startLater(): void {
    this.stopped = false;
    this.wait();
  }

  /** Starts the next round now, or right after the one under way. */
  soon(): void {
    if (this.stopped) return;
    this.isWanted = true;
    if (!this.timer) return;
    this.timer.cancel();
    void this.round();
  }

  /** Starts no further round; resolves once the current one has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.underWay;
  }

  private wait(): void {
    if (this.stopped) return;
    if (this.isWanted) void this.round();
    else this.timer = this.clock.routinely(this.pauseMs(), () => void this.round());
  }

  private async round(): Promise<void> {
    this.timer = null;
    this.isWanted = false;
    this.underWay = this.work();
    await this.underWay;
    this.wait();
  }
}
