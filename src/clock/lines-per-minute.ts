import type { Clock } from './clock.js';

const MINUTE_MS = 60_000;

/** Passes on so many lines a minute: a crowd of faults must not flood the log. */
export class LinesPerMinute {
  private minute = 0;
  private count = 0;

  constructor(
    private readonly clock: Clock,
    private readonly most: number,
  ) {}

  /** Calls `log` with the line, unless there were enough in this minute; the last of them says so. */
  pass(line: string, log: (line: string) => void): void {
    const minute = Math.floor(this.clock.now() / MINUTE_MS);
    if (this.minute !== minute) this.count = 0;
    this.minute = minute;
    this.count++;
    if (this.count < this.most) log(line);
    else if (this.count === this.most) log(`${line}; further ones of this minute are not told.`);
  }
}
