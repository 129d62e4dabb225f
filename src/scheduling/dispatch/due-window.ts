import { Inject, Injectable, Logger } from '@nestjs/common';
import { Ownership } from '../../cluster/ownership.js';
import { Alarm } from '../../clock/alarm.js';
import { Clock } from '../../clock/clock.js';
import { sizeOfTask } from '../../domain/held-size.js';
import { isTakenUpAhead, wakeAt, type Task } from '../../domain/task.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { HeldRuns } from '../holding/held-runs.js';
import { TaskStore } from '../ports/task.store.js';
import { KeyedHeap } from '../queues/keyed-heap.js';
import { DueTurns } from './due-turns.js';
import { LONGEST_LINE, SlotQueue } from './slot-queue.js';

/** Of an organization whose line is full, so many tasks in memory are enough until the store is asked again. */
const ENOUGH = 4 * LONGEST_LINE;
/** How long after a new division of the tasks every instance has heard of it (ms): each checks once a second. */
const DIVIDED_MS = 2000;

/**
 * The tasks of this instance that are due within the horizon, as many as fit into memory. Before they run out, the store
 * is asked for more.
 */
@Injectable()
export class DueWindow {
  private readonly occurrences: KeyedHeap<Task>;
  /** How many bytes of tasks are held. */
  private readonly heldBytes: number;
  private readonly reload: Alarm;
  private open = false;
  /** When every instance has heard of the last division (epoch ms). */
  private dividedAt = Number.NEGATIVE_INFINITY;
  /** Tasks that must not be claimed because they are about to be changed. */
  private readonly withheld = new Set<string>();
  private readonly loadedListeners: (() => void)[] = [];
  private readonly logger = new Logger(DueWindow.name);

  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly line: SlotQueue,
    private readonly held: HeldRuns,
    private readonly ownership: Ownership,
    events: LifecycleEvents,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, Settings>,
  ) {
    this.heldBytes = settings.heldBytes / 3;
    this.occurrences = new KeyedHeap<Task>({ count: settings.heapLimit, bytes: this.heldBytes, sizeOf: sizeOfTask });
    this.reload = new Alarm(clock, () => void this.load());
    ownership.onChange((hasGained) => this.divide(hasGained));
    // The next query is set for an instant of the wall clock, which may be far now.
    events.on('clock.stepped', () => this.open && this.reload.set(this.clock.now()));
  }

  /** How many occurrences are held in memory. */
  get size(): number {
    return this.occurrences.size;
  }

  /** When the next of them is to be claimed (epoch ms); infinite when there is none. */
  get nextAt(): number {
    const next = this.occurrences.nextDueAt();
    return next === undefined ? Number.POSITIVE_INFINITY : next - this.settings.armingMs;
  }

  /** Calls `listener` when more was loaded. */
  onLoaded(listener: () => void): void {
    this.loadedListeners.push(listener);
  }

  /** Begins to load what is due within the horizon. */
  start(): void {
    this.open = true;
    void this.load();
  }

  stop(): void {
    this.open = false;
    this.reload.off();
  }

  /** Takes out what is to be claimed at `now` (epoch ms), from each organization as much as is of use in the line. */
  take(now: number): Task[] {
    return this.line.takeFrom(this.occurrences, now + this.settings.armingMs).map(({ value }) => value);
  }

  /** Holds the current version of the task until it is due, if that is soon and this instance minds the task. */
  keep(task: Task): void {
    const due = wakeAt(task);
    this.line.dropTask(task.id);
    const isFar = due === null || due >= this.occurrences.completeUntil(task.organization);
    if (isFar || this.withheld.has(task.id) || !this.ownership.minds(task)) this.occurrences.delete(task.id);
    else this.occurrences.set(task.organization, task.id, this.lookAt(task, due), task);
  }

  /** Forgets the task, and takes it in only after it is released. */
  withhold(taskId: string): void {
    this.withheld.add(taskId);
    this.forget(taskId);
  }

  release(taskId: string): void {
    this.withheld.delete(taskId);
  }

  isWithheld(taskId: string): boolean {
    return this.withheld.has(taskId);
  }

  /** Whether the task is being claimed, stands in line or is withheld: what was read of it elsewhere is of no use. */
  isHandled(taskId: string): boolean {
    return this.held.isClaiming(taskId) || this.line.hasTask(taskId) || this.withheld.has(taskId);
  }

  forget(taskId: string): void {
    this.occurrences.delete(taskId);
  }

  /** Asks the store for everything due within the horizon, and sets the time of the next query. */
  private async load(): Promise<void> {
    const now = this.clock.now();
    const until = now + this.settings.horizonMs;
    try {
      this.occurrences.restart();
      await this.loadRange(now, until);
      if (!this.open) return;
      const remaining = this.occurrences.leastComplete() - now;
      const next = now + Math.max(1000, Math.min(this.settings.horizonMs, remaining) / 2);
      this.reload.set(this.dividedAt > now ? Math.min(next, this.dividedAt) : next);
    } catch (error) {
      if (!this.open) return;
      this.logger.error(`What is due next could not be loaded, trying again: ${(error as Error).message}`);
      this.reload.set(this.clock.now() + 1000);
    }
    this.loaded();
  }

  /** Loads page by page, something of each organization before more of any, and passes on what is due meanwhile. */
  private async loadRange(from: number, until: number): Promise<void> {
    const pages = new DueTurns(this.tasks, { from, before: until, ...this.ownership.own });
    const isFull = () =>
      pages.hasAskedAll &&
      (this.occurrences.size + this.line.size >= this.settings.heapLimit || this.occurrences.bytes >= this.heldBytes);
    const isWanted = (organization: string) => !this.hasEnough(organization);
    while (this.open && !isFull()) {
      for (const task of await pages.next(isWanted)) this.takeIn(task);
      if (pages.isDone(isWanted)) break;
      this.loaded();
      // Timers get their turn between two pages.
      await this.clock.sleep(0);
    }
    this.occurrences.endAt(until);
    for (const [organization, readUntil] of pages.left()) this.occurrences.lacks(organization, readUntil);
  }

  /** Whether more is due of the organization than can be claimed before the next query. */
  private hasEnough(organization: string): boolean {
    return this.occurrences.isAside(organization) && this.occurrences.countOf(organization) >= ENOUGH;
  }

  private takeIn(task: Task): void {
    // The tasks may have been divided anew since they were asked for.
    if (this.isHandled(task.id) || !this.ownership.minds(task)) return;
    const known = this.occurrences.get(task.id);
    if (known && known.generation > task.generation) return;
    this.occurrences.set(task.organization, task.id, this.lookAt(task, wakeAt(task)!), task);
  }

  private loaded(): void {
    for (const listener of this.loadedListeners) listener();
  }

  /** What needs a limited place must not keep it from others before its time. */
  private lookAt(task: Task, due: number): number {
    return isTakenUpAhead(task) && !this.line.isLimited(task) ? due : due + this.settings.armingMs;
  }

  /**
   * Forgets the tasks that other instances mind now, and loads those that this instance has gained. It loads once more
   * when the others have heard of the division: until then they claim occurrences of tasks they take for theirs, and
   * keep the next occurrences to themselves.
   */
  private divide(hasGained: boolean): void {
    this.occurrences.drop(({ value }) => !this.ownership.minds(value));
    this.line.keepTasks((task) => this.ownership.minds(task));
    const now = this.clock.now();
    this.dividedAt = now + DIVIDED_MS;
    if (this.open) this.reload.setBy(hasGained ? now : this.dividedAt);
  }
}

type Settings = 'heapLimit' | 'heldBytes' | 'horizonMs' | 'armingMs';
