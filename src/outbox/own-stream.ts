import type { Telling } from '../domain/telling.js';
import type { Marks } from './outbox.store.js';

/** What this instance has told under one id, and which of it each consumer has yet to get. */
export class OwnStream {
  private last = 0;
  private readonly undone = new Map<string, Set<number>>();
  /** Whether the store does not know yet how far the consumers have got. */
  isStale = false;

  constructor(readonly name: string) {}

  /** Whether a consumer has yet to get something. */
  get isOpen(): boolean {
    return [...this.undone.values()].some(({ size }) => size > 0);
  }

  /** The number of the next telling. */
  next(): number {
    return ++this.last;
  }

  begin({ sequence, consumers }: Telling): void {
    for (const name of Object.keys(consumers)) this.of(name).add(sequence);
  }

  /** The consumer has everything that it wants of the telling. */
  done(consumer: string, sequence: number): void {
    this.of(consumer).delete(sequence);
    this.isStale = true;
  }

  /** Up to which number each of the consumers has everything, and up to which all have. */
  progress(consumers: readonly string[]): { marks: Marks; through: number } {
    const marks = consumers.map((name) => [name, firstOf(this.of(name), this.last + 1) - 1] as const);
    const open = [...this.undone.values()].map((numbers) => firstOf(numbers, this.last + 1) - 1);
    return { marks: Object.fromEntries(marks), through: Math.min(this.last, ...open) };
  }

  private of(consumer: string): Set<number> {
    const numbers = this.undone.get(consumer) ?? new Set<number>();
    this.undone.set(consumer, numbers);
    return numbers;
  }
}

/** The numbers were added in ascending order. */
const firstOf = (numbers: ReadonlySet<number>, otherwise: number): number => {
  for (const number of numbers) return number;
  return otherwise;
};
