import type { Clock, Timer } from './clock.js';

/** Work that is done again and again, each time a while after its last end. */
export class Rounds {
  private timer: Timer | null = null;
  private underWay: Promise<void> | null = null;
  private stopped = true;

  constructor(
    private readonly clock: Clock,
    /** How long to wait for the next round (ms), asked at the end of each. */
    private readonly pauseMs: () => number,
    /** One round; must not reject. */
    private readonly work: () => Promise<void>,
  ) {}

  /** Whether no further round begins. */
  get isStopped(): boolean {
    return this.stopped;
  }

  /** Begins with a round; resolves at its end. */
  start(): Promise<void> {
    this.stopped = false;
    return this.round();
  }

  /** Begins with the wait for a round. */
  startLater(): void {
    this.stopped = false;
    this.wait();
  }

  /** Begins no further round; resolves once the one under way is over. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.underWay;
  }

  private wait(): void {
    if (!this.stopped) this.timer = this.clock.after(this.pauseMs(), () => void this.round());
  }

  private async round(): Promise<void> {
    this.underWay = this.work();
    await this.underWay;
    this.wait();
  }
}
