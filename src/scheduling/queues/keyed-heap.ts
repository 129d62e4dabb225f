import type { Owned } from './due-in-turns.js';
import { SharedHeap } from './shared-heap.js';

interface Entry<Value> extends Owned {
  readonly key: string;
  readonly value: Value;
  readonly size: number;
}

/** A shared heap of values, each under a key. */
export class KeyedHeap<Value> extends SharedHeap<Entry<Value>> {
  private readonly byKey = new Map<string, Entry<Value>>();
  private readonly sizeOfValue: (value: Value) => number;

  constructor({ sizeOf = () => 0, ...limits }: { count: number; bytes?: number; sizeOf?: (value: Value) => number }) {
    super({ ...limits, sizeOf: ({ size }) => size });
    this.sizeOfValue = sizeOf;
  }

  get(key: string): Value | undefined {
    return this.byKey.get(key)?.value;
  }

  /** Holds `value` under `key` in place of a former one. */
  set(organization: string, key: string, dueAt: number, value: Value): void {
    this.delete(key);
    const entry = { key, organization, dueAt, value, size: this.sizeOfValue(value), turn: 0, position: 0 };
    this.byKey.set(key, entry);
    this.add(entry);
  }

  /** Removes the value under `key`. */
  delete(key: string): void {
    const entry = this.byKey.get(key);
    if (entry) this.remove(entry);
  }

  protected override left({ key }: Entry<Value>): void {
    this.byKey.delete(key);
  }
}
