import { Inject, Injectable } from '@nestjs/common';
import { needOfLane } from '../../cluster/places.js';
import { Presence } from '../../cluster/presence.js';
import { Slots } from '../../cluster/slots.js';
import { Weights } from '../../cluster/weights.js';
import { Clock } from '../../clock/clock.js';
import { sizeOfHeld, sizeOfRun, sizeOfTask } from '../../domain/held-size.js';
import { FREE_LANE, queueOf } from '../../domain/need.js';
import type { Exclusion } from '../../domain/part.js';
import { wakeAt, type Task } from '../../domain/task.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { Hold } from '../holding/hold.js';
import { MOST_READ_BYTES } from '../ports/task-pages.js';
import type { Owned } from '../queues/due-in-turns.js';
import { LanedQueue } from '../queues/laned-queue.js';
import type { Ready } from '../queues/ready-queue.js';
import type { SharedHeap } from '../queues/shared-heap.js';

/**
 * Something that wants a slot: a task whose next occurrence is due, or a run of this instance whose next attempt is.
 */
export type Due = Task | Hold;

/** How many items of one organization stand in line at most; the rest stays in the heap and delays nobody. */
export const LONGEST_LINE = 5000;
/** How many tasks of one organization wait for limited places of one lane; the others wait in the store. */
const LONGEST_LANE = 1000;
/** From how many on no more of them are looked for in the store. */
const LANE_ENOUGH = LONGEST_LANE / 2;

/** What is due on this instance and waits for a slot, and how much that is of each organization. */
@Injectable()
export class SlotQueue {
  /** By the ids of tasks and runs, none of which is the id of both. What enters the line begins to wait then. */
  private readonly ready: LanedQueue<Due>;
  /** Told how long each item waited here that got a slot (ms). */
  onTaken: (waitedMs: number) => void = () => undefined;
  /** How many bytes may wait for a slot. */
  private readonly heldBytes: number;

  constructor(
    private readonly clock: Clock,
    private readonly slots: Slots,
    private readonly presence: Presence,
    weights: Weights,
    @Inject(ENGINE_SETTINGS) { heldBytes }: Pick<EngineSettings, 'heldBytes'>,
  ) {
    this.ready = new LanedQueue(
      (organization) => weights.of(organization),
      (lane) => slots.places.roomIn(lane),
    );
    this.heldBytes = heldBytes / 3;
  }

  /** How many due items wait for a slot. */
  get size(): number {
    return this.ready.size;
  }

  /**
   * How many of them may get a slot as soon as one is free: their organizations have not used up their shares, and where
   * their queue or handler has limited places, there are some left.
   */
  get startable(): number {
    let count = 0;
    for (const [organization, waiting] of this.ready.organizations())
      if (!this.isRefused(organization)) count += waiting;
    return count;
  }

  /** When the first of those became due (epoch ms); infinite when none waits. */
  get waitsSince(): number {
    let since = Number.POSITIVE_INFINITY;
    for (const due of this.ready.startable()) {
      if (this.isRefused(due.organization)) continue;
      since = Math.min(since, due instanceof Hold ? due.run.dueAt : (wakeAt(due) ?? since));
    }
    return since;
  }

  /** How many due items of the organization wait for a slot and for nothing else. */
  waitingOf(organization: string): number {
    return this.ready.countOutsideLanes(organization);
  }

  /** How many due items of the organization wait here. */
  heldOf(organization: string): number {
    return this.ready.countOf(organization);
  }

  /** The organizations with `enough` or more items waiting here, and those that are refused a slot for what waits. */
  crowded(enough: number): string[] {
    const waiting = [...this.ready.organizations()];
    return waiting.flatMap(([name, count]) =>
      count >= enough || this.isHeavy(name) || this.isRefused(name) ? [name] : [],
    );
  }

  /** Whether what waits here of the organization takes as much memory as it may. */
  isHeavy(organization: string): boolean {
    const own = this.ready.bytesOf(organization);
    return own > 0 && (own >= this.heldBytes / 2 || this.ready.bytes >= this.heldBytes);
  }

  /**
   * Takes out of the heap what is due at `instant` (epoch ms), the organizations in turns, and of each as much as is of
   * use here.
   */
  takeFrom<Item extends Owned>(heap: SharedHeap<Item>, instant: number): Item[] {
    const roomFor = (organization: string) => this.roomFor(organization);
    heap.bringBack((organization) => roomFor(organization) > LONGEST_LINE / 2);
    return heap.popDue(instant, LONGEST_LINE, roomFor);
  }

  /** Whether the task needs places of which this instance has a limited number. */
  isLimited(task: Task): boolean {
    return this.slots.places.laneOfTask(task) !== FREE_LANE;
  }

  /** What waits here, by organization, for limited places in such numbers that no more of it is of use here. */
  crowdedLanes(): Exclusion[] {
    const crowds = [...this.ready.crowds()].filter(({ count }) => count >= LANE_ENOUGH);
    return crowds.map(({ organization, lane }) => ({ organization, ...needOfLane(lane) }));
  }

  /** The queue and the priority of each item that waits here, of `most` at most. */
  waiting(most: number): { queue: string; priority: number }[] {
    return this.ready.values(most).map((due) => {
      const item = due instanceof Hold ? due.run : due.definition;
      return { queue: queueOf(item), priority: item.priority };
    });
  }

  hasTask(taskId: string): boolean {
    return this.ready.has(taskId);
  }

  addTask(task: Task): void {
    const { id: key, organization, definition } = task;
    const lane = this.slots.places.laneOfTask(task);
    if (this.ready.countIn(lane, organization) >= LONGEST_LANE) return;
    const { priority } = definition;
    const bytes = sizeOfTask(task);
    this.add({ key, organization, priority, since: this.clock.monotonic(), bytes, weight: bytes, item: task }, lane);
  }

  addRun(hold: Hold): void {
    const { organization, run } = hold;
    const { id: key, priority } = run;
    const [bytes, weight] = [sizeOfRun(run), sizeOfHeld(run)];
    const lane = this.slots.places.laneOfRun(run);
    this.add({ key, organization, priority, since: this.clock.monotonic(), bytes, weight, item: hold }, lane);
  }

  dropTask(taskId: string): void {
    this.ready.drop(taskId);
  }

  dropRun(runId: string): void {
    this.ready.drop(runId);
  }

  /** Drops the tasks for which `minds` is false. */
  keepTasks(minds: (task: Task) => boolean): void {
    for (const due of this.ready.values()) if (!(due instanceof Hold) && !minds(due)) this.dropTask(due.id);
  }

  /** Takes out up to `most` of what is ready, as far as there are slots, in its order; `take` gives each item its slot. */
  take(most: number, take: (due: Due) => void): void {
    let bytesTaken = 0;
    const now = this.clock.monotonic();
    this.ready.take(most, {
      goesOn: () => bytesTaken < MOST_READ_BYTES && this.slots.free > 0,
      admits: (organization) => this.slots.admits(organization),
      take: (due, bytes, since) => {
        bytesTaken += bytes;
        this.onTaken(now - since);
        take(due);
      },
    });
  }

  clear(): void {
    this.ready.clear();
  }

  /** How many more items of the organization are of use here. */
  private roomFor(organization: string): number {
    return this.isHeavy(organization) ? 0 : LONGEST_LINE - this.waitingOf(organization);
  }

  private add(due: Ready<Due>, lane: string): void {
    this.presence.note(due.organization);
    // Noted as refused where there is no place, for the other instances and for explanations.
    this.slots.places.admits(lane);
    this.ready.push(due, lane);
  }

  private isRefused(organization: string): boolean {
    return this.slots.free > 0 && !this.slots.admits(organization);
  }
}
