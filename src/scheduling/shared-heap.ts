import { DueHeap } from './due-heap.js';

/** So many more than its limit it holds before it forgets some: a tenth keeps the cost of that a logarithm for each. */
const SLACK = 1.1;
/** How many of one organization are taken out at a time before another one has its turn. */
const TURN = 100;

interface Keyed<Value> {
  key: string;
  value: Value;
}

/**
 * Values of many organizations by the instant at which they are due. It holds a bounded number; what does not fit is
 * forgotten from the far end of the largest organizations, so that the crowd of one pushes out nobody else's, and
 * `completeUntil` says up to which instant nothing of an organization is missing. An organization can be set aside while
 * nothing more of it is wanted.
 */
export class SharedHeap<Value> {
  private readonly heaps = new Map<string, DueHeap<Keyed<Value>>>();
  /** The organizations by what is due next of each, without those set aside. */
  private readonly soonest = new DueHeap<string>();
  private readonly aside = new Set<string>();
  private readonly organizationOf = new Map<string, string>();
  private readonly incomplete = new Map<string, number>();
  private until = Number.POSITIVE_INFINITY;

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.organizationOf.size;
  }

  has(key: string): boolean {
    return this.organizationOf.has(key);
  }

  get(key: string): Value | undefined {
    const organization = this.organizationOf.get(key);
    return organization === undefined ? undefined : this.heaps.get(organization)!.get(key)?.value;
  }

  /** Everything of the organization that was offered and is due before this instant (epoch ms) is held. */
  completeUntil(organization: string): number {
    return Math.min(this.until, this.incomplete.get(organization) ?? Number.POSITIVE_INFINITY);
  }

  /** The soonest instant at which something of any organization is missing (epoch ms). */
  leastComplete(): number {
    let least = this.until;
    for (const instant of this.incomplete.values()) least = Math.min(least, instant);
    return least;
  }

  /** Everything that is offered from now on is held, as far as it fits. */
  restart(): void {
    this.incomplete.clear();
    this.until = Number.POSITIVE_INFINITY;
  }

  /** Nothing that is due at `instant` (epoch ms) or later was offered. */
  endAt(instant: number): void {
    this.until = instant;
  }

  /** Of the organization nothing that is due at `instant` (epoch ms) or later was offered. */
  lacks(organization: string, instant: number): void {
    this.incomplete.set(organization, Math.min(instant, this.completeUntil(organization)));
  }

  /** Holds `value` under `key`, in place of what was there. */
  set(organization: string, key: string, dueAt: number, value: Value): void {
    let heap = this.heaps.get(organization);
    if (!heap) this.heaps.set(organization, (heap = new DueHeap<Keyed<Value>>()));
    heap.set(key, dueAt, { key, value });
    this.organizationOf.set(key, organization);
    if (this.size > this.limit * SLACK) this.shrink();
    this.file(organization);
  }

  /** Takes away what is under `key`. */
  delete(key: string): void {
    const organization = this.organizationOf.get(key);
    if (organization === undefined) return;
    this.heaps.get(organization)!.delete(key);
    this.organizationOf.delete(key);
    this.file(organization);
  }

  /** When the soonest is due of those that are not set aside (epoch ms); undefined when there is none. */
  nextDueAt(): number | undefined {
    return this.soonest.nextDueAt();
  }

  /**
   * Takes out what is due at or before `instant`, up to `most`, the organizations in turns, and of each no more than there
   * is `roomFor`. One of which more is due than there is room for is set aside.
   */
  popDue(instant: number, most: number, roomFor: (organization: string) => number): Value[] {
    const due: Value[] = [];
    const asked = this.soonest.popDue(instant);
    const room = new Map(asked.map((organization) => [organization, roomFor(organization)]));
    for (let line = asked; line.length > 0 && due.length < most;) {
      line = line.filter((organization) => {
        const left = room.get(organization)!;
        const taken = this.popOf(organization, instant, Math.min(left, TURN, most - due.length));
        due.push(...taken);
        room.set(organization, left - taken.length);
        return left > taken.length && taken.length === TURN;
      });
    }
    for (const organization of asked) {
      if (room.get(organization)! <= 0) this.aside.add(organization);
      this.file(organization);
    }
    return due;
  }

  /** Brings back the organizations that were set aside and are `wanted` again. */
  bringBack(wanted: (organization: string) => boolean): void {
    for (const organization of this.aside) {
      if (!wanted(organization)) continue;
      this.aside.delete(organization);
      this.file(organization);
    }
  }

  /** Takes away what is `unwanted`. */
  drop(unwanted: (key: string) => boolean): void {
    for (const key of this.organizationOf.keys()) if (unwanted(key)) this.delete(key);
  }

  private popOf(organization: string, instant: number, most: number): Value[] {
    const popped = this.heaps.get(organization)!.popDue(instant, most);
    for (const { key } of popped) this.organizationOf.delete(key);
    return popped.map(({ value }) => value);
  }

  /** Sets the place of the organization by what is due next of it. */
  private file(organization: string): void {
    const heap = this.heaps.get(organization);
    const next = heap?.nextDueAt();
    if (next === undefined) {
      this.heaps.delete(organization);
      this.aside.delete(organization);
    }
    if (next === undefined || this.aside.has(organization)) this.soonest.delete(organization);
    else this.soonest.set(organization, next, organization);
  }

  /** Forgets what lies furthest ahead of those that hold most, down to one level for them all. */
  private shrink(): void {
    const bySize = [...this.heaps].sort(([, a], [, b]) => a.size - b.size);
    let left = this.limit;
    for (const [index, [organization, heap]] of bySize.entries()) {
      const level = Math.floor(left / (bySize.length - index));
      if (heap.size > level) this.forget(organization, heap, level);
      left -= heap.size;
    }
  }

  private forget(organization: string, heap: DueHeap<Keyed<Value>>, level: number): void {
    const { keys, from } = heap.keep(level);
    for (const key of keys) this.organizationOf.delete(key);
    this.lacks(organization, from);
    this.file(organization);
  }
}
