interface Entry<Value> {
  key: string;
  dueAt: number;
  value: Value;
}

/**
 * Values by the instant at which they are due, soonest first, each under a key: a binary heap that knows where each
 * key is. It holds a bounded number; what does not fit is forgotten from the far end, and `completeUntil` says up to
 * which instant nothing is missing.
 */
export class DueHeap<Value> {
  private readonly entries: Entry<Value>[] = [];
  private readonly positions = new Map<string, number>();

  /** Everything that was offered and is due before this instant (epoch ms) is held. */
  completeUntil = Number.POSITIVE_INFINITY;

  constructor(private readonly limit = Number.POSITIVE_INFINITY) {}

  get size(): number {
    return this.entries.length;
  }

  has(key: string): boolean {
    return this.positions.has(key);
  }

  get(key: string): Value | undefined {
    const position = this.positions.get(key);
    return position === undefined ? undefined : this.entries[position]!.value;
  }

  /** Holds `value` under `key`, in place of what was there. */
  set(key: string, dueAt: number, value: Value): void {
    const position = this.positions.get(key);
    if (position === undefined) {
      this.place({ key, dueAt, value }, this.entries.length);
      this.rise(this.entries.length - 1);
      // A tenth of slack keeps the cost of forgetting a logarithm per entry.
      if (this.entries.length > this.limit * 1.1) this.forgetFurthest();
    } else {
      this.entries[position] = { key, dueAt, value };
      this.sink(this.rise(position));
    }
  }

  /** Takes away what is under `key`; tells whether there was something. */
  delete(key: string): boolean {
    const position = this.positions.get(key);
    if (position === undefined) return false;
    this.positions.delete(key);
    const last = this.entries.pop()!;
    if (position < this.entries.length) {
      this.place(last, position);
      this.sink(this.rise(position));
    }
    return true;
  }

  /** When the soonest is due (epoch ms); undefined when there is none. */
  nextDueAt(): number | undefined {
    return this.entries[0]?.dueAt;
  }

  /** Takes out everything due at or before `instant`, soonest first. */
  popDue(instant: number): Value[] {
    const due: Value[] = [];
    for (let first = this.entries[0]; first && first.dueAt <= instant; first = this.entries[0]) {
      due.push(first.value);
      this.delete(first.key);
    }
    return due;
  }

  values(): Value[] {
    return this.entries.map(({ value }) => value);
  }

  clear(): void {
    this.entries.length = 0;
    this.positions.clear();
  }

  private forgetFurthest(): void {
    const kept = this.entries.toSorted((a, b) => a.dueAt - b.dueAt);
    const forgotten = kept.splice(this.limit);
    this.completeUntil = Math.min(this.completeUntil, forgotten[0]!.dueAt);
    this.clear();
    // A sorted list is a heap.
    kept.forEach((entry, position) => this.place(entry, position));
  }

  private place(entry: Entry<Value>, position: number): void {
    this.entries[position] = entry;
    this.positions.set(entry.key, position);
  }

  private rise(from: number): number {
    const entry = this.entries[from]!;
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (this.entries[parent]!.dueAt <= entry.dueAt) break;
      this.place(this.entries[parent]!, position);
      position = parent;
    }
    this.place(entry, position);
    return position;
  }

  private sink(from: number): void {
    const entry = this.entries[from]!;
    let position = from;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= this.entries.length) break;
      const right = this.entries[child + 1];
      if (right && right.dueAt < this.entries[child]!.dueAt) child++;
      if (this.entries[child]!.dueAt >= entry.dueAt) break;
      this.place(this.entries[child]!, position);
      position = child;
    }
    this.place(entry, position);
  }
}
