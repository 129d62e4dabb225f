import { OverloadedError } from '../domain/errors.js';
import type { Clock } from './clock.js';

/** How long a change may take, including the wait for the changes before it (ms). */
const PATIENCE_MS = 30_000;
/** Maximum number of waiting changes per object. */
const LONGEST_LINE = 1000;
/** Limits of the random pause before a retry (ms): overall, and at first; the latter doubles with each try. */
const LONGEST_PAUSE_MS = 200;
const FIRST_PAUSE_MS = 4;

/**
 * Applies the changes of one object in sequence, so that changes made here never conflict, and retries a change when
 * another instance was first. Changes of different objects do not wait for each other.
 */
export class ChangeLines {
  private readonly lines = new Map<string, { length: number; last: Promise<unknown> }>();

  constructor(private readonly clock: Clock) {}

  /**
   * Resolves to the result of `attempt` for the object `key`. An attempt returns undefined when somebody else was
   * first; it is then repeated. `what` names the object in words.
   * @throws OverloadedError when too many others change the object
   */
  async change<Result>(
    key: string,
    what: string,
    attempt: (tries: number) => Promise<Result | undefined>,
  ): Promise<Result> {
    const line = this.lines.get(key) ?? { length: 0, last: Promise.resolve() };
    if (line.length >= LONGEST_LINE) throw tooMany(what);
    const deadline = this.clock.monotonic() + PATIENCE_MS;
    const turn = line.last.then(() => this.untilFirst(what, deadline, attempt));
    line.length++;
    line.last = turn.catch(() => undefined);
    this.lines.set(key, line);
    try {
      return await turn;
    } finally {
      if (--line.length === 0) this.lines.delete(key);
    }
  }

  private async untilFirst<Result>(
    what: string,
    deadline: number,
    attempt: (tries: number) => Promise<Result | undefined>,
  ): Promise<Result> {
    for (let tries = 0; this.clock.monotonic() < deadline; tries++) {
      // The random pause varies which of two instances is first.
      if (tries > 1) await this.clock.sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries));
      const result = await attempt(tries);
      if (result !== undefined) return result;
    }
    throw tooMany(what);
  }
}

const tooMany = (what: string) =>
  new OverloadedError(`${what} is being changed by too many others at the moment; try again in a moment.`);
