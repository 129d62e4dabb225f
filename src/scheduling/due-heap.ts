interface Entry<Value> {
  key: string;
  dueAt: number;
  /** Grows with each that is set. */
  turn: number;
  value: Value;
  position: number;
}

const inTurn = (a: Entry<unknown>, b: Entry<unknown>): number => a.dueAt - b.dueAt || a.turn - b.turn;

/**
 * Values by the instant at which they are due, soonest first, each under a key: a binary heap that knows where each
 * key is. It holds a bounded number; what does not fit is forgotten from the far end, and `completeUntil` says up to
 * which instant nothing is missing.
 */
export class DueHeap<Value> {
  private readonly entries: Entry<Value>[] = [];
  private readonly byKey = new Map<string, Entry<Value>>();
  private turns = 0;

  /** Everything that was offered and is due before this instant (epoch ms) is held. */
  completeUntil = Number.POSITIVE_INFINITY;

  constructor(private readonly limit = Number.POSITIVE_INFINITY) {}

  get size(): number {
    return this.entries.length;
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  get(key: string): Value | undefined {
    return this.byKey.get(key)?.value;
  }

  /** Holds `value` under `key`, in place of what was there. */
  set(key: string, dueAt: number, value: Value): void {
    const known = this.byKey.get(key);
    const turn = this.turns++;
    if (!known) {
      const position = this.entries.length;
      const entry = { key, dueAt, turn, value, position };
      this.byKey.set(key, entry);
      this.entries.push(entry);
      this.rise(position);
      // A tenth of slack keeps the cost of forgetting a logarithm per entry.
      if (this.entries.length > this.limit * 1.1) this.forgetFurthest();
    } else {
      Object.assign(known, { dueAt, turn, value });
      this.sink(this.rise(known.position));
    }
  }

  /** Takes away what is under `key`; tells whether there was something. */
  delete(key: string): boolean {
    const entry = this.byKey.get(key);
    if (!entry) return false;
    this.byKey.delete(key);
    const last = this.entries.pop()!;
    if (last !== entry) {
      this.place(last, entry.position);
      this.sink(this.rise(entry.position));
    }
    return true;
  }

  /** When the soonest is due (epoch ms); undefined when there is none. */
  nextDueAt(): number | undefined {
    return this.entries[0]?.dueAt;
  }

  /** The soonest; undefined when there is none. */
  first(): Value | undefined {
    return this.entries[0]?.value;
  }

  /** Takes out the soonest that is due at or before `instant`; of several due at one instant, any. */
  pop(instant: number): Value | undefined {
    return this.take(instant)?.value;
  }

  /** Takes out everything due at or before `instant`, soonest first, and of one instant what was set first. */
  popDue(instant: number): Value[] {
    const due: Entry<Value>[] = [];
    for (let first = this.take(instant); first !== undefined; first = this.take(instant)) due.push(first);
    return due.sort(inTurn).map(({ value }) => value);
  }

  values(): Value[] {
    return this.entries.map(({ value }) => value);
  }

  clear(): void {
    this.entries.length = 0;
    this.byKey.clear();
  }

  private take(instant: number): Entry<Value> | undefined {
    const first = this.entries[0];
    if (!first || first.dueAt > instant) return undefined;
    this.delete(first.key);
    return first;
  }

  private forgetFurthest(): void {
    const kept = this.entries.toSorted(inTurn);
    const forgotten = kept.splice(this.limit);
    this.completeUntil = Math.min(this.completeUntil, forgotten[0]!.dueAt);
    this.clear();
    // A sorted list is a heap.
    kept.forEach((entry, position) => {
      this.place(entry, position);
      this.byKey.set(entry.key, entry);
    });
  }

  private place(entry: Entry<Value>, position: number): void {
    this.entries[position] = entry;
    entry.position = position;
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
