import { Injectable, Logger } from '@nestjs/common';
import { Alarm } from '../../clock/alarm.js';
import { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import { Ownership } from '../../cluster/ownership.js';
import { isEventTrigger } from '../../domain/event.js';
import { StoreUnavailableError } from '../../domain/errors.js';
import type { Task } from '../../domain/task.js';
import { messageOf } from '../../domain/thrown.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { LockManager } from '../../locking/lock-manager.js';
import { readInTurns } from '../../scheduling/dispatch/in-turns.js';
import { KeyedHeap } from '../../scheduling/queues/keyed-heap.js';
import { EventWindowStore, type DueEventWindow } from './event-window.store.js';
import { WindowFiring, type WindowKey } from './window-firing.js';

/** Time between two searches for windows that something has to be done about (ms). */
const SEARCH_MS = 1000;
/** How far ahead a search looks: farther than to the next one (ms). */
const AHEAD_MS = 2500;
/** Windows that are due within this time are remembered where they were changed: a search may be too late for them (ms). */
const NEAR_MS = AHEAD_MS + SEARCH_MS;
/** What has been due for so long is done by any instance (ms). */
const OVERDUE_MS = 3000;
/** How many windows are found at once, and of each organization where these are more. */
const MOST = 1000;
const PAGE = 200;
const MOST_HELD = 10_000;
/** How many windows of a changed task are read at once. */
const FEW = 20;

/** Knows the windows that are due next, and sees to them when their time has come. */
@Injectable()
export class WindowWatch {
  private readonly near = new KeyedHeap<WindowKey>({ count: MOST_HELD });
  private readonly alarm: Alarm;
  private readonly rounds: Rounds;
  private readonly logger = new Logger(WindowWatch.name);
  private readonly underWay = new Map<string, Promise<void>>();
  /** Tasks whose windows have to be looked at, because the tasks were changed. */
  private readonly changed = new Map<string, string>();
  private visiting: Promise<void> | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly store: EventWindowStore,
    private readonly firing: WindowFiring,
    private readonly locks: LockManager,
    private readonly ownership: Ownership,
    events: LifecycleEvents,
  ) {
    this.alarm = new Alarm(clock, () => this.ring());
    this.rounds = new Rounds(
      clock,
      () => SEARCH_MS,
      () => this.search(),
    );
    events.on('task.changed', ({ change, task }) => {
      // Only a change of the definition leaves windows of a task that waits for no events any more.
      const mayHave = change === 'changed' || task.definition.triggers.some(isEventTrigger);
      if (mayHave && change !== 'created' && change !== 'paused') this.revisit(task);
    });
  }

  /** Looks for what is due, and from then on regularly. */
  start(): Promise<void> {
    return this.rounds.start();
  }

  /** Sees to nothing more; resolves once what is under way has ended. */
  async stop(): Promise<void> {
    await this.rounds.stop();
    this.alarm.off();
    this.near.drop(() => true);
    this.changed.clear();
    await Promise.all([...this.underWay.values(), this.visiting]);
  }

  /** Notes when something has to be done about a window that was changed here. */
  note({ id, organization, dueAt }: Pick<DueEventWindow, 'id' | 'organization' | 'dueAt'>): void {
    if (this.rounds.isStopped || dueAt > this.clock.now() + NEAR_MS) return this.near.delete(id);
    this.near.set(organization, id, dueAt, { id, organization });
    this.alarm.setBy(dueAt);
  }

  private ring(): void {
    const now = this.clock.now();
    for (const { value } of this.near.popDue(now, MOST_HELD, () => Number.POSITIVE_INFINITY)) this.see(value);
    this.alarm.set(this.near.nextDueAt());
  }

  private see(key: WindowKey): void {
    if (this.underWay.has(key.id) || this.rounds.isStopped) return;
    const seen = this.firing
      .look(key)
      .then((window) => {
        this.underWay.delete(key.id);
        if (window) this.note(window);
      })
      .catch((error: unknown) => {
        this.underWay.delete(key.id);
        // The next search finds it again.
        if (!(error instanceof StoreUnavailableError))
          this.logger.error(`What is due about the window ${key.id} failed: ${messageOf(error)}`);
      });
    this.underWay.set(key.id, seen);
  }

  private async search(): Promise<void> {
    try {
      if (this.locks.isHeld()) for (const window of await this.found()) this.note(window);
    } catch (error) {
      this.logger.warn(`The store could not be searched for windows that have ended: ${messageOf(error)}`);
    }
  }

  /** The windows of this instance's shards that are due soon, and those of others that nobody has seen to. */
  private async found(): Promise<DueEventWindow[]> {
    const now = this.clock.now();
    const shards = this.ownership.ownShards;
    const own = shards?.length === 0 ? [] : await this.due(now + AHEAD_MS, shards);
    return shards === undefined ? own : [...own, ...(await this.due(now - OVERDUE_MS))];
  }

  /** The soonest first; if these are too many, a page of each organization. */
  private async due(before: number, shards?: readonly number[]): Promise<DueEventWindow[]> {
    const soonest = await this.store.due({ before, limit: MOST, shards });
    if (soonest.length < MOST) return soonest;
    return readInTurns(PAGE, [], (turns) => this.store.due({ before, limit: PAGE, shards, turns }));
  }

  /** Looks at the windows of a task that was changed, one task after the other. */
  private revisit({ id, organization }: Task): void {
    if (this.rounds.isStopped || this.changed.size >= MOST_HELD) return;
    this.changed.set(id, organization);
    this.visiting ??= this.visit().finally(() => (this.visiting = null));
  }

  private async visit(): Promise<void> {
    for (const [taskId, organization] of this.changed) {
      this.changed.delete(taskId);
      try {
        await this.visitTask(organization, taskId);
      } catch (error) {
        this.logger.warn(`The windows of the changed task ${taskId} wait for their time: ${messageOf(error)}`);
      }
    }
  }

  private async visitTask(organization: string, taskId: string): Promise<void> {
    for (let after: string | undefined; ;) {
      const windows = await this.store.ofTask(organization, taskId, { after, limit: FEW });
      const seen = await Promise.all(windows.map((window) => this.firing.look(window)));
      for (const window of seen) if (window) this.note(window);
      if (windows.length < FEW) return;
      after = windows.at(-1)!.id;
    }
  }
}
