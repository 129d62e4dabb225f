import type { Random } from './random.js';
import type { SimulatedProcess } from './process.js';
import type { Timeline } from './timeline.js';

/** What becomes of one operation on its way to the store and back. */
export interface Passage {
  /** How long it takes to get there, and for its answer to come back (ms). */
  thereMs: number;
  backMs: number;
  /**
   * `lost`: it never gets there. `unanswered`: it is carried out, and the caller hears of a failure. `torn`: so is a
   * part of its batch. `late`: the caller hears of the failure first, and then it is carried out all the same.
   */
  fate: 'done' | 'lost' | 'unanswered' | 'torn' | 'late';
}

/** After so long somebody would have given up waiting (ms). */
const LONGEST_MS = 3000;

/** How good the ways to the store are. */
export interface Climate {
  /** Most operations take up to so long each way (ms). */
  latencyMs: number;
  /** The share of operations that take much longer, and how much (ms). */
  slow: number;
  slowMs: number;
  /** The share of operations that fail in one way or the other. */
  failing: number;
}

export const CALM: Climate = { latencyMs: 2, slow: 0, slowMs: 0, failing: 0 };

/** Says for each operation what becomes of it: by the climate, and by outages and cuts of the connection. */
export class Weather {
  climate: Climate = CALM;
  private outageUntil = Number.NEGATIVE_INFINITY;
  private readonly cutUntil = new Map<SimulatedProcess, number>();

  constructor(
    private readonly timeline: Timeline,
    private readonly random: Random,
  ) {}

  /** Nobody reaches the store for `ms`. */
  breakStore(ms: number): void {
    this.outageUntil = Math.max(this.outageUntil, this.timeline.now + ms);
  }

  /** The process does not reach the store for `ms`. */
  cut(process: SimulatedProcess, ms: number): void {
    this.cutUntil.set(process, this.timeline.now + ms);
  }

  /** From now on everything works. */
  clear(): void {
    this.climate = CALM;
    this.outageUntil = Number.NEGATIVE_INFINITY;
    this.cutUntil.clear();
  }

  passage(process: SimulatedProcess): Passage {
    const { latencyMs, slow, slowMs, failing } = this.climate;
    const leg = () =>
      this.random.next() * latencyMs +
      (slow > 0 && this.random.chance(slow) ? Math.min(this.random.exponential(slowMs), LONGEST_MS) : 0);
    const passage: Passage = { thereMs: leg(), backMs: leg(), fate: 'done' };
    if (this.isBroken(process))
      return { ...passage, backMs: this.random.whole(5, 800), fate: this.random.chance(0.05) ? 'late' : 'lost' };
    if (this.random.chance(failing))
      passage.fate = this.random.pick(['lost', 'unanswered', 'unanswered', 'torn', 'late']);
    return passage;
  }

  /** Whether what is on its way now gets lost. */
  isBroken(process: SimulatedProcess): boolean {
    const { now } = this.timeline;
    return now < this.outageUntil || now < (this.cutUntil.get(process) ?? Number.NEGATIVE_INFINITY);
  }
}
