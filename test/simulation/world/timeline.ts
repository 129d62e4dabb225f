import type { Timer } from '../../../src/clock/clock.js';
import type { Random } from './random.js';

/** The instant at which every simulation begins (epoch ms). */
export const BEGIN = Date.UTC(2027, 0, 4, 9);

/** How often the clock may be read during one step. */
const MOST_READINGS = 100_000;

interface Entry {
  at: number;
  /** Orders what happens at the same instant, differently for each seed. */
  tie: number;
  action: (() => void) | null;
}

/** Lets everything that an event has set off come to rest: the engine awaits nothing but promises here. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The true time of a simulated world, and all its coming events, one after the other. */
export class Timeline {
  private readonly heap: Entry[] = [];
  private readings = 0;

  constructor(
    /** Epoch ms; all clocks are derived from it. */
    public now: number,
    private readonly random: Random,
  ) {}

  after(delayMs: number, action: () => void): Timer {
    const entry: Entry = { at: this.now + Math.max(0, delayMs), tie: this.random.next(), action };
    this.push(entry);
    return { cancel: () => void (entry.action = null) };
  }

  /** Called at each reading of a clock: code that reads the clock in a loop while time stands still never ends. */
  count(): void {
    if (++this.readings > MOST_READINGS) throw new Error('The engine goes round in circles.');
  }

  /** Lets time pass until `end` (epoch ms); each event comes to rest before the next one happens. */
  async runUntil(end: number): Promise<void> {
    await settle();
    for (let entry = this.heap[0]; entry && entry.at <= end; entry = this.heap[0]) {
      this.pop();
      if (!entry.action) continue;
      this.now = entry.at;
      this.readings = 0;
      entry.action();
      await settle();
    }
    this.now = end;
  }

  private push(entry: Entry): void {
    let position = this.heap.length;
    this.heap.push(entry);
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!isBefore(entry, this.heap[parent]!)) break;
      this.heap[position] = this.heap[parent]!;
      position = parent;
    }
    this.heap[position] = entry;
  }

  private pop(): void {
    const last = this.heap.pop()!;
    if (this.heap.length === 0) return;
    let position = 0;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= this.heap.length) break;
      if (child + 1 < this.heap.length && isBefore(this.heap[child + 1]!, this.heap[child]!)) child++;
      if (!isBefore(this.heap[child]!, last)) break;
      this.heap[position] = this.heap[child]!;
      position = child;
    }
    this.heap[position] = last;
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.tie < b.tie);
