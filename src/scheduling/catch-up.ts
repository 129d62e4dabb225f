import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { EARLIEST } from '../domain/instants.js';
import { LockManager } from '../locking/lock-manager.js';
import { Dispatcher } from './dispatcher.js';
import { DueTurns } from './due-turns.js';
import { ForeignTasks } from './foreign-tasks.js';
import { Neighbours } from './neighbours.js';
import { Ownership } from './ownership.js';
import { SetAside } from './set-aside.js';
import { TaskStore } from './task.store.js';

/** How far an occurrence is behind its time when it counts as overdue: what is due is being claimed by then. */
const OVERDUE_MS = 150;
/** Distance between two pages of a backlog. */
const PAGE_MS = 20;
/** How many due things of an organization wait for a place before no further page of it is read: more than start while one is. */
const ENOUGH = 2000;
/** How long a backlog is read before it is looked anew whose there is (ms): others' must not wait behind it. */
const ANEW_MS = 400;

/**
 * Takes up what is overdue among this instance's own tasks, the oldest first: after a downtime, with the tasks of another
 * instance that is gone, and where more became due than fits into memory. However much it is, it is read as it is
 * worked off, and what comes due meanwhile has its turn beside it.
 */
@Injectable()
export class CatchUp {
  private readonly rounds: Rounds;
  private pages: DueTurns | null = null;
  private begunAt = 0;
  private readonly logger = new Logger(CatchUp.name);

  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly locks: LockManager,
    private readonly dispatcher: Dispatcher,
    private readonly foreign: ForeignTasks,
    private readonly aside: SetAside,
    private readonly ownership: Ownership,
    neighbours: Neighbours,
  ) {
    this.rounds = new Rounds(
      clock,
      () => (this.pages ? PAGE_MS : neighbours.lookEveryMs),
      () => this.round(),
    );
    ownership.onChange(() => (this.pages = null));
  }

  /** Reads the first page, and from then on whatever is overdue. */
  start(): Promise<void> {
    return this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private async round(): Promise<void> {
    try {
      if (this.locks.isHeld()) await this.takePage();
    } catch (error) {
      this.pages = null;
      this.logger.warn(`The store could not be searched for what is overdue: ${(error as Error).message}`);
    }
  }

  private async takePage(): Promise<void> {
    const pages = (this.pages ??= await this.begin());
    if (!pages) return;
    const page = await pages.next((organization) => this.dispatcher.waitingOf(organization) < ENOUGH);
    const isOld = pages.hasAskedAll && this.clock.monotonic() - this.begunAt > ANEW_MS;
    if ((pages.isExhausted || isOld) && this.pages === pages) this.pages = null;
    this.dispatcher.offer(this.aside.leaveOut(this.foreign.leaveOut(page)));
  }

  /** Pages of what is overdue, without the organizations of which enough waits here; null where there is nothing. */
  private async begin(): Promise<DueTurns | null> {
    const range = { from: EARLIEST, before: this.clock.now() - OVERDUE_MS, shards: this.ownership.shards };
    // Nearly always there is nothing, and it costs less to find that out than to ask for each organization.
    if ((await this.tasks.dueBetween({ ...range, limit: 1 })).length === 0) return null;
    this.begunAt = this.clock.monotonic();
    return new DueTurns(this.tasks, range, this.dispatcher.crowded(ENOUGH));
  }
}
