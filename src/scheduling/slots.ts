/** The places of this instance: how many runs it may be committed to at a time. */
export class Slots {
  private used = 0;

  constructor(readonly limit: number) {}

  get free(): number {
    return this.limit - this.used;
  }

  get taken(): number {
    return this.used;
  }

  take(count: number): void {
    this.used += count;
  }

  release(count = 1): void {
    this.used -= count;
  }
}
