import { FREE_LANE } from '../../domain/need.js';
import { ReadyQueue, type Admission, type Ready } from './ready-queue.js';

interface Lane<Item> {
  queue: ReadyQueue<Ready<Item>>;
  /** How many of its items stand in the common queue. */
  ahead: number;
}

/** Of one organization, how many items wait in a lane. */
export interface LaneCount {
  organization: string;
  lane: string;
  count: number;
}

/**
 * A `ReadyQueue` in which items of a lane with limited places wait apart until there is room in their lane: as many of
 * them stand in the common queue as could go on. So nothing waits behind an item that waits for a place.
 */
export class LanedQueue<Item extends object> {
  private readonly common: ReadyQueue<Item>;
  private readonly lanes = new Map<string, Lane<Item>>();
  /** The items of lanes that stand in the common queue. */
  private readonly ahead = new Map<Item, { lane: string; ready: Ready<Item> }>();
  /** The lane of each key that waits in one or comes from one. */
  private readonly laneOfKey = new Map<string, string>();

  /** `roomIn` tells how many more items of a lane could go on. */
  constructor(
    private readonly weightOf: (organization: string) => number,
    private readonly roomIn: (lane: string) => number,
  ) {
    this.common = new ReadyQueue(weightOf);
  }

  get size(): number {
    return this.sum((queue) => queue.size);
  }

  get bytes(): number {
    return this.sum((queue) => queue.bytes);
  }

  has(key: string): boolean {
    return this.common.has(key) || this.laneOfKey.has(key);
  }

  countOf(organization: string): number {
    return this.sum((queue) => queue.countOf(organization));
  }

  /** Without what waits in lanes for places. */
  countOutsideLanes(organization: string): number {
    return this.common.countOf(organization);
  }

  bytesOf(organization: string): number {
    return this.sum((queue) => queue.bytesOf(organization));
  }

  /** How many items of the organization wait in the lane. */
  countIn(lane: string, organization: string): number {
    return this.lanes.get(lane)?.queue.countOf(organization) ?? 0;
  }

  /** Each organization with waiting items, and how many wait that are in no lane or have room in theirs. */
  organizations(): ReadonlyMap<string, number> {
    if (this.lanes.size === 0) return this.common.organizations();
    const counts = new Map(this.common.organizations());
    for (const [lane, { queue, ahead }] of this.lanes) {
      const room = Math.max(0, this.roomIn(lane) - ahead);
      for (const [organization, count] of queue.organizations())
        counts.set(organization, (counts.get(organization) ?? 0) + Math.min(count, room));
    }
    return counts;
  }

  /** The items of each organization in each lane that wait for a place. */
  *crowds(): Generator<LaneCount> {
    for (const [lane, { queue }] of this.lanes)
      for (const [organization, count] of queue.organizations()) yield { organization, lane, count };
  }

  /** The items, up to `most` of them. */
  values(most = Infinity): Item[] {
    return this.valuesWith([...this.lanes.values()], most);
  }

  /** The items that are in no lane or have room in theirs. */
  startable(): Item[] {
    const withRoom = [...this.lanes].filter(([name, { ahead }]) => this.roomIn(name) > ahead);
    return this.valuesWith(withRoom.map(([, lane]) => lane));
  }

  /** Adds an item to a lane unless one with its key is already waiting. */
  push(ready: Ready<Item>, lane = FREE_LANE): void {
    if (lane === FREE_LANE) {
      if (!this.laneOfKey.has(ready.key)) this.common.push(ready);
    } else if (!this.has(ready.key)) this.pushInto(lane, ready);
  }

  /** Takes out up to `most` items in their order, as `ReadyQueue.take`. */
  take(most: number, admission: Admission<Item>): void {
    if (this.lanes.size > 0) this.stepAhead((organization) => admission.admits(organization));
    this.common.take(most, {
      ...admission,
      take: (item, bytes, since) => this.goOn(item, () => admission.take(item, bytes, since)),
    });
  }

  /** Forgets the item with this key. */
  drop(key: string): void {
    const lane = this.laneOfKey.get(key);
    if (lane === undefined) return this.common.drop(key);
    const item = this.common.get(key);
    if (item) this.forgetAhead(item, lane);
    this.common.drop(key);
    this.lanes.get(lane)?.queue.drop(key);
    this.laneOfKey.delete(key);
    this.tidy(lane);
  }

  clear(): void {
    this.common.clear();
    this.lanes.clear();
    this.ahead.clear();
    this.laneOfKey.clear();
  }

  /** Lets as many items of each lane into the common queue as have room. */
  private stepAhead(admits: (organization: string) => boolean): void {
    for (const [name, lane] of this.lanes) {
      const room = this.roomIn(name) - lane.ahead;
      if (room <= 0) continue;
      lane.queue.take(room, {
        admits,
        take: (ready) => {
          lane.ahead++;
          this.ahead.set(ready.item, { lane: name, ready });
          this.common.push(ready);
        },
      });
    }
  }

  /** The turn of an item has come; one whose place was taken meanwhile goes back to its lane. */
  private goOn(item: Item, take: () => void): void {
    const from = this.ahead.get(item);
    if (!from) return take();
    this.forgetAhead(item, from.lane);
    this.laneOfKey.delete(from.ready.key);
    if (this.roomIn(from.lane) > 0) take();
    else this.pushInto(from.lane, from.ready);
    this.tidy(from.lane);
  }

  private pushInto(name: string, ready: Ready<Item>): void {
    let lane = this.lanes.get(name);
    if (!lane) this.lanes.set(name, (lane = { queue: new ReadyQueue(this.weightOf), ahead: 0 }));
    this.laneOfKey.set(ready.key, name);
    lane.queue.push({ ...ready, item: ready });
  }

  /** An item of the lane stands in the common queue no longer. */
  private forgetAhead(item: Item, lane: string): void {
    this.ahead.delete(item);
    this.lanes.get(lane)!.ahead--;
  }

  private tidy(name: string): void {
    const lane = this.lanes.get(name);
    if (lane && lane.queue.size === 0 && lane.ahead === 0) this.lanes.delete(name);
  }

  private valuesWith(lanes: readonly Lane<Item>[], most = Infinity): Item[] {
    const values = this.common.values(most);
    for (const { queue } of lanes) for (const { item } of queue.values(most - values.length)) values.push(item);
    return values;
  }

  private sum(of: (queue: Pick<ReadyQueue<Item>, 'size' | 'bytes' | 'countOf' | 'bytesOf'>) => number): number {
    let sum = of(this.common);
    for (const { queue } of this.lanes.values()) sum += of(queue);
    return sum;
  }
}
