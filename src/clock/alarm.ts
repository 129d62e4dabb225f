import type { Clock, Timer } from './clock.js';

/** One timer that is always set for the next instant that matters. */
export class Alarm {
  private timer: Timer | null = null;
  private setFor = Number.POSITIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly ring: () => void,
    /** Whether it must ring to the millisecond. */
    private readonly punctual = false,
  ) {}

  /** Sets the alarm to `instant` (epoch ms) in place of the former instant; undefined turns it off. */
  set(instant: number | undefined): void {
    if (instant === undefined) return this.off();
    if (this.timer && instant === this.setFor) return;
    this.off();
    this.setFor = instant;
    const ring = (): void => {
      this.timer = null;
      this.ring();
    };
    this.timer = this.punctual ? this.clock.punctually(instant, ring) : this.clock.at(instant, ring);
  }

  /** Makes the alarm ring at `instant` (epoch ms) at the latest. */
  setBy(instant: number): void {
    if (!this.timer || instant < this.setFor) this.set(instant);
  }

  off(): void {
    this.timer?.cancel();
    this.timer = null;
  }
}
