import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { EARLIEST } from '../domain/instants.js';
import { wakeAt } from '../domain/task.js';
import { LockManager } from '../locking/lock-manager.js';
import { Dispatcher } from './dispatcher.js';
import { ForeignTasks } from './foreign-tasks.js';
import { readInTurns } from './in-turns.js';
import { Neighbours } from './neighbours.js';
import { Ownership } from './ownership.js';
import { RunStore } from './run.store.js';
import { RunTakeover } from './run-takeover.js';
import { RunWriter } from './run-writer.js';
import { SetAside } from './set-aside.js';
import { TaskStore, type Turns } from './task.store.js';

/** How far an occurrence is behind its time when the next in rank after its owner takes it for left lying. */
const LEFT_MS = 150;
/** How far when any other instance does. */
const LONG_LEFT_MS = 500;
/** How long before its time a run that was given back is taken up. */
const AHEAD_MS = 1000;
/** Up to how much of each organization is looked at where not everything fits. */
const PAGE = 200;

/**
 * Takes up, where there are places, what others leave lying: occurrences whose owner is dead, stopping or full, and runs
 * that were given back. The bounds together keep it within a second of its time.
 */
@Injectable()
export class Standby {
  private readonly rounds: Rounds;
  private readonly logger = new Logger(Standby.name);

  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly runs: RunStore,
    private readonly locks: LockManager,
    private readonly writer: RunWriter,
    private readonly dispatcher: Dispatcher,
    private readonly takeover: RunTakeover,
    private readonly foreign: ForeignTasks,
    private readonly aside: SetAside,
    private readonly neighbours: Neighbours,
    private readonly ownership: Ownership,
  ) {
    this.rounds = new Rounds(
      clock,
      () => neighbours.lookEveryMs,
      () => this.look(),
    );
  }

  /** Looks once, and from then on regularly. */
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
    if (!this.locks.isHeld()) return;
    // What this instance did before an outage is written first, or its own work would be taken for somebody's loss.
    await this.writer.settled();
    if (this.neighbours.any) await this.takeOverdue();
    const { room } = this.takeover;
    if (room === 0) return;
    const before = this.clock.now() + AHEAD_MS;
    const oldest = await this.runs.unowned(before, room);
    const isAll = oldest.length < room;
    await this.takeover.take(isAll ? oldest : await this.inTurns((turns) => this.runs.unowned(before, PAGE, turns)));
  }

  /** What is found of every organization but those that get no place for what waits here already. */
  private inTurns<Item extends { organization: string }>(read: (turns: Turns) => Promise<Item[]>): Promise<Item[]> {
    return readInTurns(PAGE, this.dispatcher.crowded(Number.POSITIVE_INFINITY), read);
  }

  private async takeOverdue(): Promise<void> {
    // Where there is no place at the moment, what is due anew would always come first: the oldest gets in line with it,
    // if it is older than all that waits here already.
    const room = Math.max(1, this.takeover.room);
    const now = this.clock.now();
    const before = Math.min(now - LEFT_MS, this.dispatcher.waitsSince);
    const { othersShards: shards } = this.ownership;
    const range = { from: EARLIEST, before, limit: room + this.foreign.size + this.aside.size, shards };
    const oldest = await this.tasks.dueBetween(range);
    const isAll = oldest.length < range.limit;
    const overdue = isAll
      ? oldest
      : await this.inTurns((turns) => this.tasks.dueBetween({ ...range, limit: PAGE, turns }));
    const left = overdue.filter((task) => this.ownership.rankFor(task.id) <= 1 || wakeAt(task)! < now - LONG_LEFT_MS);
    this.dispatcher.offer(this.aside.leaveOut(this.foreign.leaveOut(left)).slice(0, room));
  }
}
