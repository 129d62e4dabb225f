import type { Random } from './random.js';
import type { SimulatedProcess } from './process.js';
import type { Timeline } from './timeline.js';

/** What happens to one operation on its way to the store and back. */
export interface Passage {
  /** How long the operation takes to arrive, and its answer to return (ms). */
  thereMs: number;
  backMs: number;
  /**
   * `lost`: it never arrives. `unanswered`: it is carried out, but the caller gets an error. `torn`: the same for a
   * part of its batch. `late`: the caller gets the error first, and then it is carried out all the same.
   */
  fate: 'done' | 'lost' | 'unanswered' | 'torn' | 'late';
}

/** A caller would have given up after this time (ms). */
const LONGEST_MS = 3000;

/** How good the paths to the store are. */
export interface Climate {
  /** Most operations take up to this long each way (ms). */
  latencyMs: number;
  /** The share of operations that take much longer, and how much (ms). */
  slow: number;
  slowMs: number;
  /** The share of operations that fail in one way or another. */
  failing: number;
}

export const CALM: Climate = { latencyMs: 2, slow: 0, slowMs: 0, failing: 0 };

/** Decides what happens to each operation: by the climate, and by outages and cuts of the connection. */
export class Weather {
  climate: Climate = CALM;
  private outageUntil = Number.NEGATIVE_INFINITY;
  private readonly cutUntil = new Map<SimulatedProcess, number>();

  constructor(
    private readonly timeline: Timeline,
    private readonly random: Random,
  ) {}

  /** No process reaches the store for `ms`. */
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

  /** Whether an operation under way now gets lost. */
  isBroken(process: SimulatedProcess): boolean {
    const { now } = this.timeline;
    return now < this.outageUntil || now < (this.cutUntil.get(process) ?? Number.NEGATIVE_INFINITY);
  }
}
