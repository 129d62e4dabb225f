interface Entry<Value> {
  key: string;
  dueAt: number;
  /** Of those due at one instant the least goes first; grows with each that is set, unless one is given. */
  turn: number;
  value: Value;
  position: number;
}

const inTurn = (a: Entry<unknown>, b: Entry<unknown>): number => a.dueAt - b.dueAt || a.turn - b.turn;

/**
 * Values by the instant at which they are due, soonest first, each under a key: a binary heap that knows where each
 * key is.
 */
export class DueHeap<Value> {
  private readonly entries: Entry<Value>[] = [];
  private readonly byKey = new Map<string, Entry<Value>>();
  private turns = 0;

  get size(): number {
    return this.entries.length;
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  get(key: string): Value | undefined {
    return this.byKey.get(key)?.value;
  }

  /** Holds `value` under `key`, in place of what was there; of those due at one instant it goes by its turn. */
  set(key: string, dueAt: number, value: Value, turn = this.turns++): void {
    const known = this.byKey.get(key);
    if (!known) {
      const position = this.entries.length;
      const entry = { key, dueAt, turn, value, position };
      this.byKey.set(key, entry);
      this.entries.push(entry);
      this.rise(position);
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

  /** Takes out the soonest that is due at or before `instant`. */
  pop(instant: number): Value | undefined {
    return this.take(instant)?.value;
  }

  /** Takes out what is due at or before `instant`, soonest first, up to `most`. */
  popDue(instant: number, most = Number.POSITIVE_INFINITY): Value[] {
    const due: Value[] = [];
    while (due.length < most) {
      const first = this.take(instant);
      if (!first) break;
      due.push(first.value);
    }
    return due;
  }

  /** Forgets all but the `count` soonest; the keys of those forgotten, and when the first of them is due (epoch ms). */
  keep(count: number): { keys: string[]; from: number } {
    const kept = this.entries.toSorted(inTurn);
    const forgotten = kept.splice(count);
    this.clear();
    // A sorted list is a heap.
    kept.forEach((entry, position) => {
      this.place(entry, position);
      this.byKey.set(entry.key, entry);
    });
    return { keys: forgotten.map(({ key }) => key), from: forgotten[0]?.dueAt ?? Number.POSITIVE_INFINITY };
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

  private place(entry: Entry<Value>, position: number): void {
    this.entries[position] = entry;
    entry.position = position;
  }

  private rise(from: number): number {
    const entry = this.entries[from]!;
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (inTurn(this.entries[parent]!, entry) <= 0) break;
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
      if (right && inTurn(right, this.entries[child]!) < 0) child++;
      if (inTurn(this.entries[child]!, entry) >= 0) break;
      this.place(this.entries[child]!, position);
      position = child;
    }
    this.place(entry, position);
  }
}
