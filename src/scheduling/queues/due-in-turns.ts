import { DueHeap } from './due-heap.js';
import { PlacedHeap, type Placed } from './placed-heap.js';

/** An item of an organization, and when it is due. */
export interface Owned extends Placed {
  readonly organization: string;
}

/**
 * Items of many organizations by the instant at which they are due. The organizations take turns among what is due,
 * one item each, so that none waits behind the crowd of another; within an organization the soonest item goes first.
 */
export class DueInTurns<Item extends Owned> {
  private readonly heaps = new Map<string, PlacedHeap<Item>>();
  /** The organizations that are not in line, by their next due instants. */
  private readonly soonest = new DueHeap<string>();
  /** The organizations that had something due at the last check, in the order of their turns. */
  private readonly line = new Set<string>();

  has(item: Item): boolean {
    return this.heaps.get(item.organization)?.has(item) ?? false;
  }

  values(): Item[] {
    return [...this.heaps.values()].flatMap((heap) => heap.values());
  }

  /** Adds an item that is in no heap. */
  add(item: Item): void {
    const { organization } = item;
    let heap = this.heaps.get(organization);
    if (!heap) this.heaps.set(organization, (heap = new PlacedHeap<Item>()));
    heap.add(item);
    if (!this.line.has(organization)) this.soonest.set(organization, heap.nextDueAt()!, organization);
  }

  /** Removes an item; returns whether it was here. */
  remove(item: Item): boolean {
    const { organization } = item;
    if (!this.heaps.get(organization)?.remove(item)) return false;
    if (!this.isDue(organization, Number.POSITIVE_INFINITY)) this.line.delete(organization);
    if (!this.line.has(organization)) this.file(organization);
    return true;
  }

  clear(): void {
    this.heaps.clear();
    this.soonest.clear();
    this.line.clear();
  }

  /** When the soonest item is due (epoch ms); undefined when there is none. */
  nextDueAt(): number | undefined {
    let next = this.soonest.nextDueAt();
    for (const organization of this.line) {
      const its = this.heaps.get(organization)?.nextDueAt();
      if (its !== undefined && its < (next ?? Number.POSITIVE_INFINITY)) next = its;
    }
    return next;
  }

  /** Among the items that are due at or before `instant`, the one whose turn it is. */
  first(instant: number): Item | undefined {
    const organization = this.turnOf(instant);
    return organization === undefined ? undefined : this.heaps.get(organization)!.first()!;
  }

  /** Takes that item out; then it is the next organization's turn. */
  pop(instant: number): Item | undefined {
    const organization = this.turnOf(instant);
    if (organization === undefined) return undefined;
    const item = this.heaps.get(organization)!.pop(instant)!;
    this.line.delete(organization);
    if (this.isDue(organization, instant)) this.line.add(organization);
    else this.file(organization);
    return item;
  }

  private turnOf(instant: number): string | undefined {
    for (const organization of this.soonest.popDue(instant)) this.line.add(organization);
    for (const organization of this.line) {
      if (this.isDue(organization, instant)) return organization;
      this.line.delete(organization);
      this.file(organization);
    }
    return undefined;
  }

  private isDue(organization: string, instant: number): boolean {
    const next = this.heaps.get(organization)?.nextDueAt();
    return next !== undefined && next <= instant;
  }

  /** Orders an organization that is not in line by its next due instant. */
  private file(organization: string): void {
    const next = this.heaps.get(organization)?.nextDueAt();
    if (next !== undefined) return this.soonest.set(organization, next, organization);
    this.heaps.delete(organization);
    this.soonest.delete(organization);
  }
}
