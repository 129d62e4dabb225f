/** How long runs wait before that is a backlog, and how long nothing waits before it is over: so many looks in a row. */
const LOOKS = 2;

/** What begins or ends. */
export type BacklogNews =
  | { change: 'began'; waiting: number; lastedMs: 0 }
  /** `waiting`: the most that waited. */
  | { change: 'ended'; waiting: number; lastedMs: number };

/** Tells from regular looks at how many due runs wait for a slot when a backlog begins and ends. */
export class Backlog {
  private since: number | null = null;
  private most = 0;
  /** How many looks in a row saw the other than what is. */
  private against = 0;

  /** Takes a look at `now` (monotonic ms). */
  see(waiting: number, now: number): BacklogNews | null {
    this.most = Math.max(this.most, waiting);
    const isOther = waiting > 0 === (this.since === null);
    this.against = isOther ? this.against + 1 : 0;
    if (this.against < LOOKS) {
      if (this.since === null && !isOther) this.most = 0;
      return null;
    }
    this.against = 0;
    return this.since === null ? this.begin(waiting, now) : this.end(now, this.since);
  }

  private begin(waiting: number, now: number): BacklogNews {
    this.since = now;
    return { change: 'began', waiting, lastedMs: 0 };
  }

  private end(now: number, since: number): BacklogNews {
    const { most } = this;
    [this.since, this.most] = [null, 0];
    return { change: 'ended', waiting: most, lastedMs: Math.round(now - since) };
  }
}
