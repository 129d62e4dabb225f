import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock/clock.js';
import { StoreUnavailableError } from '../domain/errors.js';
import type { Task } from '../domain/task.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { faultIn } from '../triggers/timetable-fault.js';

/** How long after the first failure a task is tried again, and how long at the most (ms). */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 300_000;
/** How many are remembered; one that is forgotten is tried again when it is found. */
const MOST = 10_000;
/** How many of them are tried again within a second. */
const MOST_TRIED = 50;
/** How many lines of the log tell of them within a minute. */
const MOST_LINES = 20;
const LONGEST_REASON = 1000;

/** A task that this instance leaves alone for the time being. Instants in epoch ms. */
export interface SetAsideTask {
  reason: string;
  since: number;
  retryAt: number;
}

interface Entry extends SetAsideTask {
  generation: number;
  tries: number;
  /** Of the monotonic reading. */
  waitsUntil: number;
}

/**
 * Tasks of which something could not be worked out here: a trigger whose code throws, a time zone that this runtime does
 * not know, a row that cannot be read. Each is left out alone, so that the others of its batch go on; it is tried again at growing
 * intervals, and at once after a change. The store has it as due all the while, so that it counts as overdue.
 */
@Injectable()
export class SetAside {
  private readonly entries: LRUCache<string, Entry>;
  private tried = { second: 0, count: 0 };
  private lines = { minute: 0, count: 0 };
  private readonly logger = new Logger(SetAside.name);

  constructor(
    private readonly clock: Clock,
    events: LifecycleEvents,
  ) {
    // What was deleted elsewhere is not tried again, and is forgotten.
    const ttl = 2 * LONGEST_RETRY_MS;
    this.entries = new LRUCache({ max: MOST, ttl, ttlResolution: 0, perf: { now: () => clock.monotonic() + 1 } });
    events.on('task.changed', ({ task }) => this.entries.delete(task.id));
  }

  /** How many there are. */
  get size(): number {
    this.entries.purgeStale();
    return this.entries.size;
  }

  /** Why the task is set aside here; undefined when it is not. */
  of(taskId: string): SetAsideTask | undefined {
    return this.entries.get(taskId);
  }

  /** The tasks that are not set aside, and those whose time has come to be tried again. */
  leaveOut(tasks: readonly Task[]): Task[] {
    if (this.entries.size === 0) return [...tasks];
    return tasks.filter((task) => {
      const entry = this.entries.get(task.id);
      if (!entry || entry.generation !== task.generation) return true;
      return this.clock.monotonic() >= entry.waitsUntil && this.mayTry();
    });
  }

  /** Works something out for the task; where that fails by fault of the task, it is set aside. @throws StoreUnavailableError */
  async alone<Result>(task: Task, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      return this.note(task, error);
    }
  }

  /** Sets the task aside, because of the error. @throws StoreUnavailableError, which is no task's fault, as it is */
  note({ id, organization, generation }: Task, error: unknown): undefined {
    if (error instanceof StoreUnavailableError) throw error;
    const now = this.clock.now();
    const known = this.entries.get(id);
    const tries = (known?.generation === generation ? known.tries : 0) + 1;
    const reason = faultIn(error, LONGEST_REASON);
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (tries - 1), LONGEST_RETRY_MS);
    const waitsUntil = this.clock.monotonic() + waitMs;
    const since = known?.since ?? now;
    this.entries.set(id, { reason, since, retryAt: now + waitMs, generation, tries, waitsUntil });
    if (known?.reason !== reason) this.tell(`Task ${id} of ${organization} is set aside: ${reason}`, now);
  }

  /** Forgets the task, of which everything could be worked out again. */
  clear(taskId: string): void {
    if (this.entries.size > 0) this.entries.delete(taskId);
  }

  private mayTry(): boolean {
    const second = Math.floor(this.clock.monotonic() / 1000);
    if (this.tried.second !== second) this.tried = { second, count: 0 };
    return ++this.tried.count <= MOST_TRIED;
  }

  /** A crowd of such tasks must not flood the log. */
  private tell(line: string, now: number): void {
    const minute = Math.floor(now / 60_000);
    if (this.lines.minute !== minute) this.lines = { minute, count: 0 };
    this.lines.count++;
    if (this.lines.count < MOST_LINES) this.logger.error(line);
    else if (this.lines.count === MOST_LINES) this.logger.error(`${line}; further ones of this minute are not told.`);
  }
}
