import type { ByteBudget } from '../domain/byte-budget.js';

/** How much is taken at a time (bytes): most entries are far smaller. */
const STEP = 1024;

/** What the entries of one log take of the memory of all that wait to be written. */
export class LogMemory {
  private releases: (() => void)[] = [];
  /** Bytes that are taken and not used. */
  private spare = 0;

  constructor(
    private readonly room: ByteBudget,
    private readonly organization: string,
  ) {}

  /** Takes bytes if there is room for them. */
  take(bytes: number): boolean {
    if (bytes > this.spare) {
      const step = Math.max(STEP, bytes - this.spare);
      const release = this.room.takeNow(this.organization, step);
      if (!release) return false;
      this.releases.push(release);
      this.spare += step;
    }
    this.spare -= bytes;
    return true;
  }

  /** Counts bytes that are in use already, whether there is room for them or not. */
  hold(bytes: number): void {
    if (!this.take(bytes)) this.releases.push(this.room.hold(this.organization, bytes));
  }

  /** What releases all that was taken until now. */
  handOver(): () => void {
    const releases = this.releases;
    this.releases = [];
    this.spare = 0;
    return () => {
      for (const release of releases) release();
    };
  }
}
