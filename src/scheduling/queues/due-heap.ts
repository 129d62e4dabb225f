import { PlacedHeap, type Placed } from './placed-heap.js';

interface Entry<Value> extends Placed {
  key: string;
  dueAt: number;
  value: Value;
}

/** Values by the instant at which they are due, soonest first, each under a key. */
export class DueHeap<Value> {
  private readonly heap = new PlacedHeap<Entry<Value>>();
  private readonly byKey = new Map<string, Entry<Value>>();

  get size(): number {
    return this.heap.size;
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  get(key: string): Value | undefined {
    return this.byKey.get(key)?.value;
  }

  /** Holds `value` under `key` in place of a former one; values that are due at one instant go by their turns. */
  set(key: string, dueAt: number, value: Value, turn?: number): void {
    const known = this.byKey.get(key);
    if (known) {
      Object.assign(known, { dueAt, value });
      return this.heap.moved(known, turn);
    }
    const entry = { key, dueAt, turn: 0, value, position: 0 };
    this.byKey.set(key, entry);
    this.heap.add(entry, turn);
  }

  /** Removes the value under `key`; returns whether there was one. */
  delete(key: string): boolean {
    const entry = this.byKey.get(key);
    return entry !== undefined && this.byKey.delete(key) && this.heap.remove(entry);
  }

  /** When the soonest value is due (epoch ms); undefined when there is none. */
  nextDueAt(): number | undefined {
    return this.heap.nextDueAt();
  }

  /** The soonest value; undefined when there is none. */
  first(): Value | undefined {
    return this.heap.first()?.value;
  }

  /** Takes out the values that are due at or before `instant`, soonest first, up to `most`. */
  popDue(instant: number, most?: number): Value[] {
    return this.heap.popDue(instant, most).map(({ key, value }) => {
      this.byKey.delete(key);
      return value;
    });
  }

  clear(): void {
    this.heap.clear();
    this.byKey.clear();
  }
}
