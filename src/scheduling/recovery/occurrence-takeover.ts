import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import { EARLIEST } from '../../domain/instants.js';
import { leavingOut } from '../../domain/part.js';
import { sizeOfTasks } from '../../domain/held-size.js';
import { wakeAt } from '../../domain/task.js';
import { LockManager } from '../../locking/lock-manager.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { SlotQueue } from '../dispatch/slot-queue.js';
import { UnsupportedTasks } from '../dispatch/unsupported-tasks.js';
import { readInTurns } from '../dispatch/in-turns.js';
import { Neighbours } from '../../cluster/neighbours.js';
import { Ownership } from '../../cluster/ownership.js';
import { Slots } from '../../cluster/slots.js';
import { QueuePauses } from '../../organizations/queue-pauses.js';
import { RunStore } from '../ports/run.store.js';
import { RunTakeover } from './run-takeover.js';
import { RunWriter } from '../holding/run-writer.js';
import { SetAside } from '../holding/set-aside.js';
import { isLastPage, MOST_READ_BYTES } from '../ports/task-pages.js';
import { TaskStore, type Turns } from '../ports/task.store.js';

/** How late an occurrence is when the next in rank after its owner treats it as left behind (ms). */
const LEFT_MS = 150;
/** How late it is when any other instance does (ms). */
const LONG_LEFT_MS = 500;
/** How long before its time a run that was given back is taken up (ms). */
const AHEAD_MS = 1000;
/** How many items of each organization are read when not all fit. */
const PAGE = 200;
/** How many bytes of tasks are read in that case. */
const MOST_BYTES = 4 * MOST_READ_BYTES;

/**
 * Takes up, as long as there are slots, what other instances leave behind: occurrences whose owner is dead, stopping or
 * full, and runs that were given back. Together, these limits keep the takeover within a second of its time.
 */
@Injectable()
export class OccurrenceTakeover {
  private readonly rounds: Rounds;
  private readonly logger = new Logger(OccurrenceTakeover.name);

  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly runs: RunStore,
    private readonly locks: LockManager,
    private readonly writer: RunWriter,
    private readonly dispatcher: Dispatcher,
    private readonly line: SlotQueue,
    private readonly takeover: RunTakeover,
    private readonly unsupported: UnsupportedTasks,
    private readonly aside: SetAside,
    private readonly neighbours: Neighbours,
    private readonly ownership: Ownership,
    private readonly slots: Slots,
    private readonly pauses: QueuePauses,
  ) {
    this.rounds = new Rounds(
      clock,
      () => neighbours.lookEveryMs,
      () => this.look(),
    );
    pauses.onChange((hasResumed) => hasResumed && this.rounds.soon());
  }

  /** Looks once, and then regularly. */
  start(): Promise<void> {
    return this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private look(): Promise<void> {
    return this.lookAround().catch((error: unknown) =>
      this.logger.warn(`The store could not be searched for what is due: ${(error as Error).message}`),
    );
  }

  private async lookAround(): Promise<void> {
    await this.pauses.look();
    if (!this.locks.isHeld()) return;
    // What this instance did before an outage is written first; otherwise its own work would be taken for lost.
    await this.writer.settled();
    if (this.neighbours.any) await this.takeOverdue();
    const { room } = this.takeover;
    if (room === 0) return;
    const before = this.clock.now() + AHEAD_MS;
    const reach = leavingOut(this.ownership.reach, this.slots.places.full());
    if (reach.parts?.length === 0) return;
    const oldest = await this.runs.unowned(before, room, undefined, reach);
    const isAll = oldest.length < room;
    const found = isAll ? oldest : await this.inTurns((turns) => this.runs.unowned(before, PAGE, turns, reach));
    await this.takeover.take(found);
  }

  /** Items of every organization, except those that are refused a slot for what already waits here. */
  private inTurns<Item extends { organization: string }>(
    read: (turns: Turns) => Promise<Item[]>,
    isLast?: (page: Item[]) => boolean,
  ): Promise<Item[]> {
    return readInTurns(PAGE, this.line.crowded(Number.POSITIVE_INFINITY), read, isLast);
  }

  private async takeOverdue(): Promise<void> {
    // While no slot is free, newly due work would always come first. So the oldest item gets in line with it, if it is
    // older than everything that already waits here.
    const room = Math.max(1, this.takeover.room);
    const now = this.clock.now();
    const before = Math.min(now - LEFT_MS, this.line.waitsSince);
    // What needs a place that is not free here may find one where it is.
    const others = leavingOut(this.ownership.others, this.slots.places.full());
    if (others.parts?.length === 0) return;
    const range = { from: EARLIEST, before, limit: room + this.unsupported.size + this.aside.size, ...others };
    const oldest = await this.tasks.dueBetween(range);
    const isAll = isLastPage(oldest, range.limit);
    let bytes = 0;
    const overdue = isAll
      ? oldest
      : await this.inTurns(
          (turns) => this.tasks.dueBetween({ ...range, limit: PAGE, turns }),
          (page) => isLastPage(page, PAGE) || (bytes += sizeOfTasks(page)) > MOST_BYTES,
        );
    const left = overdue.filter((task) => this.ownership.rankFor(task) <= 1 || wakeAt(task)! < now - LONG_LEFT_MS);
    this.dispatcher.offer(this.aside.leaveOut(this.unsupported.leaveOut(left)).slice(0, room));
  }
}
