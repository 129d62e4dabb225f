import { DueHeap } from './due-heap.js';
import type { Owned } from './due-in-turns.js';
import { PlacedHeap } from './placed-heap.js';

/**
 * How far the heap may exceed its limit before it forgets items; a tenth keeps the cost of that logarithmic for each
 * item.
 */
const SLACK = 1.1;
/** How many items of one organization are taken out at a time before another has its turn. */
const TURN = 100;

/** The items of one organization, and the sum of their sizes. */
class Part<Item extends Owned> extends PlacedHeap<Item> {
  bytes = 0;
}

/** How many items are held at most, and, if items have sizes, how many bytes in all. */
export interface HeapLimits<Item> {
  count: number;
  bytes?: number;
  /** The size of an item, which stays the same while it is held. */
  sizeOf?: (item: Item) => number;
}

/**
 * Items of many organizations by the instant at which they are due. It holds a bounded number. What does not fit is
 * forgotten from the far end of the largest organizations, so that the crowd of one pushes out nobody else's items;
 * `completeUntil` tells up to which instant nothing of an organization is missing. An organization can be set aside
 * while nothing more of it is wanted. An item is in one such heap at a time, which needs no memory of its own for it.
 */
export class SharedHeap<Item extends Owned> {
  private readonly heaps = new Map<string, Part<Item>>();
  /** The organizations by their next due instants, without those set aside. */
  private readonly soonest = new DueHeap<string>();
  private readonly aside = new Set<string>();
  private readonly incomplete = new Map<string, number>();
  private until = Number.POSITIVE_INFINITY;
  private count = 0;
  private held = 0;

  constructor(private readonly limits: HeapLimits<Item>) {}

  get size(): number {
    return this.count;
  }

  /** The sum of the sizes of all items. */
  get bytes(): number {
    return this.held;
  }

  has(item: Item): boolean {
    return this.heaps.get(item.organization)?.has(item) ?? false;
  }

  /** How many items of the organization are held. */
  countOf(organization: string): number {
    return this.heaps.get(organization)?.size ?? 0;
  }

  /** Whether nothing more of the organization is wanted for now. */
  isAside(organization: string): boolean {
    return this.aside.has(organization);
  }

  /** All items of the organization that were offered and are due before this instant (epoch ms) are held. */
  completeUntil(organization: string): number {
    return Math.min(this.until, this.incomplete.get(organization) ?? Number.POSITIVE_INFINITY);
  }

  /** The soonest instant from which on an item of any organization may be missing (epoch ms). */
  leastComplete(): number {
    let least = this.until;
    for (const instant of this.incomplete.values()) least = Math.min(least, instant);
    return least;
  }

  /** From now on everything that is offered is held, as far as it fits. */
  restart(): void {
    this.incomplete.clear();
    this.until = Number.POSITIVE_INFINITY;
  }

  /** Notes that nothing due at `instant` (epoch ms) or later was offered. */
  endAt(instant: number): void {
    this.until = instant;
  }

  /** Notes that nothing of the organization due at `instant` (epoch ms) or later was offered. */
  lacks(organization: string, instant: number): void {
    this.incomplete.set(organization, Math.min(instant, this.completeUntil(organization)));
  }

  /** Holds an item that is in no heap. */
  add(item: Item): void {
    const { organization } = item;
    let heap = this.heaps.get(organization);
    if (!heap) this.heaps.set(organization, (heap = new Part<Item>()));
    heap.add(item);
    this.weigh(heap, item, 1);
    if (this.size > this.limits.count * SLACK) this.shrink();
    if (this.held > (this.limits.bytes ?? Number.POSITIVE_INFINITY) * SLACK) this.shrinkBytes(this.limits.bytes!);
    this.file(organization);
  }

  /** Removes an item, if it is held. */
  remove(item: Item): void {
    const heap = this.heaps.get(item.organization);
    if (!heap?.remove(item)) return;
    this.gone(heap, item);
    this.file(item.organization);
  }

  /**
   * When the soonest item of the organizations that are not set aside is due (epoch ms); undefined when there is none.
   */
  nextDueAt(): number | undefined {
    return this.soonest.nextDueAt();
  }

  /**
   * Takes out up to `most` items that are due at or before `instant`, the organizations in turns, and of each no more
   * than `roomFor` allows. An organization that has used up its room is set aside.
   */
  popDue(instant: number, most: number, roomFor: (organization: string) => number): Item[] {
    const due: Item[] = [];
    const asked = this.soonest.popDue(instant, most);
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

  /** Removes the items that are `unwanted`. */
  drop(unwanted: (item: Item) => boolean): void {
    for (const heap of [...this.heaps.values()])
      for (const item of heap.values().filter((each) => unwanted(each))) this.remove(item);
  }

  /** Called for each item that is held no longer. */
  protected left?(item: Item): void;

  private popOf(organization: string, instant: number, most: number): Item[] {
    const heap = this.heaps.get(organization)!;
    const popped = heap.popDue(instant, most);
    for (const item of popped) this.gone(heap, item);
    return popped;
  }

  /** Orders the organization by its next due instant. */
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

  /** Forgets what lies furthest ahead in the organizations that hold most, down to one level for all of them. */
  private shrink(): void {
    const bySize = [...this.heaps].sort(([, a], [, b]) => a.size - b.size);
    let left = this.limits.count;
    for (const [index, [organization, heap]] of bySize.entries()) {
      const level = Math.floor(left / (bySize.length - index));
      if (heap.size > level) this.forget(organization, heap, (_, place) => place < level);
      left -= heap.size;
    }
  }

  /** Like `shrink`, by sizes instead of counts; the soonest item of each organization stays, whatever its size. */
  private shrinkBytes(limit: number): void {
    const bySize = [...this.heaps].sort(([, a], [, b]) => a.bytes - b.bytes);
    let left = limit;
    for (const [index, [organization, heap]] of bySize.entries()) {
      const level = left / (bySize.length - index);
      let bytes = 0;
      if (heap.bytes > level)
        this.forget(organization, heap, (item, place) => (bytes += this.sizeOf(item)) <= level || place === 0);
      left -= heap.bytes;
    }
  }

  private forget(organization: string, heap: Part<Item>, wanted: (item: Item, place: number) => boolean): void {
    const forgotten = heap.keep(wanted);
    for (const item of forgotten) this.gone(heap, item);
    this.lacks(organization, forgotten[0]?.dueAt ?? Number.POSITIVE_INFINITY);
    this.file(organization);
  }

  private gone(heap: Part<Item>, item: Item): void {
    this.weigh(heap, item, -1);
    this.left?.(item);
  }

  private weigh(heap: Part<Item>, item: Item, sign: 1 | -1): void {
    const bytes = sign * this.sizeOf(item);
    this.count += sign;
    heap.bytes += bytes;
    this.held += bytes;
  }

  private sizeOf(item: Item): number {
    return this.limits.sizeOf?.(item) ?? 0;
  }
}
