import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import { EARLIEST } from '../../domain/instants.js';
import { leavingOut } from '../../domain/part.js';
import { isTakenUpAhead, wakeAt, type Task } from '../../domain/task.js';
import { LockManager } from '../../locking/lock-manager.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { SlotQueue } from '../dispatch/slot-queue.js';
import { DueTurns } from '../dispatch/due-turns.js';
import { UnsupportedTasks } from '../dispatch/unsupported-tasks.js';
import { Neighbours } from '../../cluster/neighbours.js';
import { Ownership } from '../../cluster/ownership.js';
import { QueuePauses } from '../../organizations/queue-pauses.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { SetAside } from '../holding/set-aside.js';
import { TaskStore } from '../ports/task.store.js';

/** How late an occurrence is when it counts as overdue (ms): by then, what is due is being claimed. */
const OVERDUE_MS = 150;
/** Time between two pages of a backlog (ms). */
const PAGE_MS = 20;
/**
 * How many due items of an organization may wait for a slot before no further page of it is read: more than start while
 * a page is read.
 */
const ENOUGH = 2000;
/**
 * How long a backlog is read before the search begins anew (ms): overdue tasks of other organizations must not wait
 * behind it.
 */
const ANEW_MS = 400;

/**
 * Takes up what is overdue among this instance's own tasks, the oldest first: after a downtime, with the tasks of an
 * instance that is gone, and when more became due than fits into memory. However much it is, it is read only as fast as
 * it is worked off, and what comes due meanwhile has its turn beside it.
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
    private readonly line: SlotQueue,
    private readonly unsupported: UnsupportedTasks,
    private readonly aside: SetAside,
    private readonly ownership: Ownership,
    neighbours: Neighbours,
    pauses: QueuePauses,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'armingMs'>,
  ) {
    this.rounds = new Rounds(
      clock,
      () => (this.pages ? PAGE_MS : neighbours.lookEveryMs),
      () => this.round(),
    );
    ownership.onChange(() => (this.pages = null));
    pauses.onChange((hasResumed) => hasResumed && this.rounds.soon());
  }

  /** Reads the first page, and from then on regularly whatever is overdue. */
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
    const page = await pages.next(
      (organization) => this.line.waitingOf(organization) < ENOUGH && !this.line.isHeavy(organization),
    );
    const isOld = pages.hasAskedAll && this.clock.monotonic() - this.begunAt > ANEW_MS;
    if ((pages.isExhausted || isOld) && this.pages === pages) this.pages = null;
    const mine = this.unsupported.leaveOut(page).filter((task) => this.ownership.minds(task) && this.isReady(task));
    this.dispatcher.offer(this.aside.leaveOut(mine));
  }

  private isReady(task: Task): boolean {
    return isTakenUpAhead(task) || wakeAt(task)! <= this.clock.now();
  }

  /**
   * Pages of what is overdue, without the organizations that have enough waiting here; null when nothing is overdue.
   */
  private async begin(): Promise<DueTurns | null> {
    const { own, isMixed } = this.ownership;
    if (own.parts?.length === 0) return null;
    // Who takes in a task minds it at first, or leaves it to be found here. What is claimed in time is not found.
    const before = this.clock.now() + (isMixed ? this.settings.armingMs / 2 : -OVERDUE_MS);
    const range = { from: EARLIEST, before, ...leavingOut(own, this.line.crowdedLanes()) };
    // Nearly always there is nothing, and finding that out costs less than asking for each organization.
    if ((await this.tasks.dueBetween({ ...range, limit: 1 })).length === 0) return null;
    this.begunAt = this.clock.monotonic();
    return new DueTurns(this.tasks, range, this.line.crowded(ENOUGH));
  }
}
