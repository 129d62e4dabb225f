import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { EARLIEST } from '../domain/instants.js';
import { LockManager } from '../locking/lock-manager.js';
import { Dispatcher } from './dispatcher.js';
import { DuePages } from './due-pages.js';
import { ForeignTasks } from './foreign-tasks.js';
import { Neighbours } from './neighbours.js';
import { Ownership } from './ownership.js';
import { SetAside } from './set-aside.js';
import { TaskStore } from './task.store.js';

/** How far an occurrence is behind its time when it counts as overdue: what is due is being claimed by then. */
const OVERDUE_MS = 150;
/** Distance between two pages of a backlog. */
const PAGE_MS = 20;
/** How many due things wait for a place before no further page is read: more than start while one is. */
const ENOUGH = 2000;

/**
 * Takes up what is overdue among this instance's own tasks, the oldest first: after a downtime, with the tasks of another
 * instance that is gone, and where more became due than fits into memory. However much it is, it is read as it is
 * worked off, and what comes due meanwhile has its turn beside it.
 */
@Injectable()
export class CatchUp {
  private readonly rounds: Rounds;
  private pages: DuePages | null = null;
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
      if (this.locks.isHeld() && this.dispatcher.backlog < ENOUGH) await this.takePage();
    } catch (error) {
      this.pages = null;
      this.logger.warn(`The store could not be searched for what is overdue: ${(error as Error).message}`);
    }
  }

  private async takePage(): Promise<void> {
    const range = { from: EARLIEST, before: this.clock.now() - OVERDUE_MS, shards: this.ownership.shards };
    const pages = (this.pages ??= new DuePages(this.tasks, range));
    const page = await pages.next();
    if (pages.isExhausted && this.pages === pages) this.pages = null;
    this.dispatcher.offer(this.aside.leaveOut(this.foreign.leaveOut(page)));
  }
}
