import { Injectable, Logger } from '@nestjs/common';
import type { LRUCache } from 'lru-cache';
import { boundedCache } from '../../domain/bounded-cache.js';
import { Clock } from '../../clock/clock.js';
import { LinesPerMinute } from '../../clock/lines-per-minute.js';
import { StoreUnavailableError } from '../../domain/errors.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { faultIn } from '../../triggers/timetable-fault.js';

/** How soon a task is tried again after its first failure, and the longest wait (ms). */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 300_000;
/** How many tasks are remembered; a forgotten one is tried again when it is found. */
const MOST = 10_000;
/** How many of them are tried again per second. */
const MOST_TRIED = 50;
/** How many log lines about them are written per minute. */
const MOST_LINES = 20;
const LONGEST_REASON = 1000;

/** A task that this instance leaves alone for now. Instants in epoch ms. */
export interface SetAsideTask {
  reason: string;
  since: number;
  retryAt: number;
}

interface Entry extends SetAsideTask {
  generation: number;
  tries: number;
  /** By the monotonic clock. */
  waitsUntil: number;
}

/**
 * Tasks for which a computation failed here: a trigger whose code throws, a time zone that this runtime does not know,
 * a row that cannot be read. Each is left out on its own, so that the others of its batch go on. It is tried again at
 * growing intervals, and at once after a change. In the store it stays due all the while, so it counts as overdue.
 */
@Injectable()
export class SetAside {
  private readonly entries: LRUCache<string, Entry>;
  /** How many runs with an unreadable record were found. */
  unreadableRecords = 0;
  private tried = { second: 0, count: 0 };
  private readonly lines: LinesPerMinute;
  private readonly logger = new Logger(SetAside.name);

  constructor(
    private readonly clock: Clock,
    events: LifecycleEvents,
  ) {
    this.lines = new LinesPerMinute(clock, MOST_LINES);
    // A task that was deleted elsewhere is not tried again, and its entry expires.
    const ttl = 2 * LONGEST_RETRY_MS;
    this.entries = boundedCache(MOST, { ttl, ttlResolution: 0, perf: { now: () => clock.monotonic() + 1 } });
    events.on('task.changed', ({ task }) => this.entries.delete(task.id));
  }

  /** How many tasks are set aside. */
  get size(): number {
    this.entries.purgeStale();
    return this.entries.size;
  }

  /** Why the task is set aside here; undefined when it is not. */
  of(taskId: string): SetAsideTask | undefined {
    return this.entries.get(taskId);
  }

  /** The tasks that are not set aside, and those that may be tried again now. */
  leaveOut(tasks: readonly Task[]): Task[] {
    if (this.entries.size === 0) return [...tasks];
    return tasks.filter((task) => {
      const entry = this.entries.get(task.id);
      if (!entry || entry.generation !== task.generation) return true;
      return this.clock.monotonic() >= entry.waitsUntil && this.mayTry();
    });
  }

  /**
   * Does some work for the task; if that fails because of the task, the task is set aside. @throws
   * StoreUnavailableError
   */
  async alone<Result>(task: Task, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      return this.note(task, error);
    }
  }

  /** Sets the task aside because of the error. @throws StoreUnavailableError as it is, since that is no task's fault */
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
    if (known?.reason !== reason) this.tell(`Task ${id} of ${organization} is set aside: ${reason}`);
  }

  /** Logs that a run is ended because its record cannot be read. */
  unreadable({ id, organization, unreadable }: Pick<Run, 'id' | 'organization' | 'unreadable'>): void {
    this.unreadableRecords++;
    this.tell(`Run ${id} of ${organization} is ended: ${unreadable}`);
  }

  /** Forgets a task for which everything works again. */
  clear(taskId: string): void {
    if (this.entries.size > 0) this.entries.delete(taskId);
  }

  private mayTry(): boolean {
    const second = Math.floor(this.clock.monotonic() / 1000);
    if (this.tried.second !== second) this.tried = { second, count: 0 };
    return ++this.tried.count <= MOST_TRIED;
  }

  private tell(line: string): void {
    this.lines.pass(line, (passed) => this.logger.error(passed));
  }
}
