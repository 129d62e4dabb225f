/** After this many failures in a row of one batch it is divided, to find out whether one of its items is the cause. */
const PATIENCE = 3;
/** After this many refusals in a row of single items, the receiver refuses everything. */
const MOST_REFUSALS = 5;

/**
 * How many items go into the next delivery. A batch that is refused, or fails again and again, is divided until the item
 * is alone that is the cause; with each success more go together again.
 */
export class DeliveryWidth {
  private width: number;
  private failures = 0;
  private refusals = 0;

  constructor(private readonly most: number) {
    this.width = most;
  }

  get now(): number {
    return this.width;
  }

  /** How many times in a row the delivery has failed. */
  get failed(): number {
    return this.failures;
  }

  /** Whether a single item has failed so often that others should be tried. */
  get isStuck(): boolean {
    return this.failures >= PATIENCE;
  }

  succeeded(): void {
    this.failures = 0;
    this.refusals = 0;
    this.width = Math.min(this.most, this.width * 2);
  }

  /** A batch of `count` items was refused for good; returns whether to give it up, as it is, without dividing it. */
  refused(count: number): boolean {
    this.failures = 0;
    if (count > 1 && this.refusals < MOST_REFUSALS) {
      this.width = Math.ceil(count / 2);
      return false;
    }
    if (++this.refusals >= MOST_REFUSALS) this.width = this.most;
    return true;
  }

  /** The delivery of a batch of `count` items failed, which another try may mend. */
  hasFailed(count: number): void {
    this.failures++;
    if (this.failures >= PATIENCE && count > 1) this.width = 1;
  }
}
