import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import type { Calls } from './calls.js';
import type { TestClock } from './test-clock.js';

/** Rounds of the event loop in which nothing looked at the clock, after which nothing is going on. */
const QUIET_ROUNDS = 3;

/** Waits for the work, but no longer than so much real time (ms). */
function within(realMs: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, realMs);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

const round = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** How time passes. */
export interface PassageOptions {
  /**
   * How much real time (ms) a handler may take that does not wait for the runner's clock, before the clock goes on
   * without it.
   */
  patienceMs: number;
  /** The longest leap while a handler is under way that is no longer waited for, in milliseconds. */
  stepMs: number;
  /** Is told each move of the clock, before anything happens that is due then. */
  onMove: (now: Date, byMs: number) => unknown;
  /** Is told what the clock no longer waits for. */
  onLeft: (what: string) => void;
}

/** Lets time pass: from one thing that is due to the next, each of which is done before time goes on. */
export class Passage {
  private isPassing = false;

  constructor(
    private readonly clock: TestClock,
    private readonly calls: Calls,
    private readonly options: PassageOptions,
  ) {}

  /** Passes until the instant, inclusive (epoch ms). */
  to(target: number): Promise<void> {
    return this.alone(async () => {
      await this.settled();
      while (await this.step(target));
      await this.moveTo(target);
    });
  }

  /** Passes step by step while `goesOn` says so, but not beyond `limit` (epoch ms); resolves to whether it was met. */
  while(goesOn: () => boolean, limit: number): Promise<boolean> {
    return this.alone(async () => {
      await this.settled();
      while (goesOn()) if (!(await this.step(limit))) return false;
      return true;
    });
  }

  /**
   * Passes step by step until the work is settled, but not beyond `limit` (epoch ms); resolves to whether it is. Before
   * each step the work has `realMs` of real time, and at the end the patience.
   */
  until(work: Promise<unknown>, realMs: number, limit: number): Promise<boolean> {
    let isOpen = true;
    const over = work.then(
      () => void (isOpen = false),
      () => void (isOpen = false),
    );
    return this.alone(async () => {
      for (;;) {
        await this.settled();
        if (isOpen) await within(realMs, over);
        if (!isOpen) return true;
        if (await this.step(limit)) continue;
        await within(this.options.patienceMs, over);
        return !isOpen;
      }
    });
  }

  private async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.isPassing) throw new Error('Time is passing already: await what lets it pass before it passes again.');
    this.isPassing = true;
    try {
      return await work();
    } finally {
      this.isPassing = false;
    }
  }

  private async step(limit: number): Promise<boolean> {
    const leap = this.calls.isAnyLeft ? this.options.stepMs : Number.POSITIVE_INFINITY;
    const next = Math.min(this.clock.nextStop(), this.clock.now() + leap);
    if (next > limit) return false;
    await this.moveTo(next);
    return true;
  }

  private async moveTo(instant: number): Promise<void> {
    const before = this.clock.now();
    this.clock.moveTo(instant);
    const now = this.clock.now();
    if (now > before) await this.options.onMove(new Date(now), now - before);
    while (this.clock.fireNext()) await this.settled();
  }

  /** Resolves when nothing is going on that does not wait for the clock. */
  private async settled(): Promise<void> {
    const { patienceMs, onLeft } = this.options;
    do await this.quiet();
    while (await this.calls.next(patienceMs, onLeft));
  }

  private async quiet(): Promise<void> {
    for (let rounds = 0; rounds < QUIET_ROUNDS; rounds++) {
      const before = this.clock.activity;
      await round();
      if (this.clock.activity > before) rounds = -1;
    }
  }
}
