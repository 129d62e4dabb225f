import { Injectable, Logger } from '@nestjs/common';
import { eachAlone } from '../../batching/each-alone.js';
import { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import { chunksOf } from '../../domain/chunks.js';
import { sizeOfHeld } from '../../domain/held-size.js';
import { groupsBy } from '../../domain/groups.js';
import { isFinished, type Run } from '../../domain/run.js';
import { messageOf } from '../../domain/thrown.js';
import { LockManager } from '../../locking/lock-manager.js';
import { EventsService } from '../../events/events.service.js';
import { SlotQueue } from '../dispatch/slot-queue.js';
import { EngineState } from '../holding/engine-state.js';
import { ExecutionOrchestrator } from '../execution/execution-orchestrator.js';
import { readInTurns } from '../dispatch/in-turns.js';
import { Neighbours } from '../../cluster/neighbours.js';
import { Slots } from '../../cluster/slots.js';
import { hasBegun } from '../planning/precedence.js';
import { Ownership } from '../../cluster/ownership.js';
import { HeldRuns } from '../holding/held-runs.js';
import { ActiveRuns } from '../holding/active-runs.js';
import { RunStore } from '../ports/run.store.js';
import { WaitingRoom } from '../resources/waiting-room.js';
import { RunTakeover } from './run-takeover.js';
import { RunWriter } from '../holding/run-writer.js';

/** Longest time between two checks of the other instances and of what the dead among them left (ms). */
const SWEEP_MS = 1000;
/** Shortest time, when the lock of another instance is about to expire (ms). */
const SHORTEST_MS = 50;
/** Time after which the instances that come first for runs of the dead have had their chance (ms). */
const LEFT_MS = 250;
/** How long it may take from storing an event to storing its runs (ms). */
const DISPATCH_MS = 5000;
/** Time between two searches for events whose runs were not stored (ms). */
const EVENTS_MS = 2500;
const CANCELLED = 'cancelled on request';
/** How many runs of each organization are read when not all fit. */
const PAGE = 200;
/** The most that one sweep takes up. */
const MOST = 1000;
/** How many times as many of its own runs an instance looks through at a time. */
const MOST_STRETCHES = 5;

/**
 * Watches the other instances and takes up the work of the dead among them as soon as their locks have expired. Also
 * finds runs of this instance that it does not know of, or that ended elsewhere. An instance starts in the same way.
 */
@Injectable()
export class Recovery {
  private readonly rounds: Rounds;
  /** Runs of the dead that were left to the instances that come first for them. */
  private left = new Set<string>();
  /** How far the look through this instance's own runs has come; null while there is no reason for one. */
  private ownPass: { after: string; isLast: boolean } | null = null;
  private recoveredAt = Number.NEGATIVE_INFINITY;
  private readonly logger = new Logger(Recovery.name);

  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly locks: LockManager,
    private readonly writer: RunWriter,
    private readonly line: SlotQueue,
    private readonly slots: Slots,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly takeover: RunTakeover,
    private readonly held: HeldRuns,
    private readonly activeRuns: ActiveRuns,
    private readonly room: WaitingRoom,
    private readonly engine: EngineState,
    private readonly neighbours: Neighbours,
    private readonly ownership: Ownership,
    private readonly events: EventsService,
  ) {
    this.rounds = new Rounds(
      clock,
      () => this.pauseMs(),
      () => this.sweep(),
    );
  }

  /** Sweeps once, and then regularly. */
  start(): Promise<void> {
    return this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  private sweep(): Promise<void> {
    return this.lookAround().catch((error: unknown) =>
      this.logger.warn(`The store could not be searched for what is left lying: ${(error as Error).message}`),
    );
  }

  private pauseMs(): number {
    // One more, because the store counts whole milliseconds.
    const untilExpiry = Math.max(SHORTEST_MS, this.neighbours.soonestExpiryMs + 1);
    return Math.min(this.left.size > 0 || this.slots.keptFree > 0 ? LEFT_MS : SWEEP_MS, untilExpiry);
  }

  private async lookAround(): Promise<void> {
    if (!this.locks.isHeld()) return;
    await this.neighbours.look();
    // What this instance did before an outage is written first; otherwise its own work would be taken for lost.
    await this.writer.settled();
    await this.findOwn();
    const owners = await this.runs.owners();
    const chores = [
      () => (owners.includes(this.locks.owner) ? this.cancelRequested() : Promise.resolve()),
      () => this.letGoOfCompleted(),
      () => this.takeOverOrphans(owners),
      () => this.recoverEvents(),
    ];
    await eachAlone(
      chores,
      (chore) => chore(),
      (_, error) => this.logger.error(`A part of what is left lying waits for the next look: ${messageOf(error)}`),
    );
  }

  /**
   * Takes up runs that are stored as this instance's own but unknown to it: in passes over all of them, a part of them
   * at each look, as long as there is a doubt, and once after it; or once, when there is room again for parked ones.
   */
  private async findOwn(): Promise<void> {
    const isDoubtful = this.engine.inDoubt();
    if (!this.ownPass && (isDoubtful || this.room.wantsPass)) this.beginPass(!isDoubtful);
    const size = this.room.pageSize;
    for (let stretch = 0; this.ownPass && stretch < MOST_STRETCHES; stretch++) {
      const { after, isLast } = this.ownPass;
      const own = await this.runs.ownedAfter(this.locks.owner, after, size);
      await this.goOnWithUnknown(own, after, size);
      if (own.length === size) {
        this.ownPass = { after: own.at(-1)!.id, isLast };
        continue;
      }
      this.room.endPass();
      this.ownPass = null;
      if (!isLast) this.beginPass(!isDoubtful);
      return;
    }
  }

  private beginPass(isLast: boolean): void {
    this.ownPass = { after: '', isLast };
    this.room.beginPass();
  }

  private async goOnWithUnknown(own: readonly Run[], after: string, size: number): Promise<void> {
    const admitted = this.unknownAmong(own).filter((run) => this.mayComeIn(run));
    const unknown = new Set(admitted.map(tokenOf));
    if (unknown.size === 0) return;
    // The end of such a run may have been on its way when the store was asked, which looks the same; by now it is
    // written.
    await this.writer.settled();
    const now = await this.runs.ownedAfter(this.locks.owner, after, size);
    const still = this.unknownAmong(now).filter((run) => unknown.has(tokenOf(run)));
    // A stopping instance gives up writing how its attempts ended: those runs must not begin again.
    if (this.rounds.isStopped) return;
    for (const run of still) {
      this.goOn(run);
      if (this.room.answerCall(run.id)) await this.orchestrator.cancel(run.id, CANCELLED);
    }
  }

  /**
   * Goes on with a run that was lost sight of. Other runs of its task may have begun since, so even a retry checks
   * before it starts.
   */
  private goOn(found: Run): void {
    const run: Run = found.state === 'retrying' ? { ...found, state: 'pending' } : found;
    if (hasBegun(run)) this.activeRuns.enter(run);
    this.held.keepInMind(run);
  }

  /** Whether there is room for it: some are parked in the store until there is, and wait here for slots first. */
  private mayComeIn(run: Run): boolean {
    return this.room.admits(run, sizeOfHeld(run), this.line.heldOf(run.organization));
  }

  private unknownAmong(own: readonly Run[]): Run[] {
    return own.filter((run) => run.owner === this.locks.owner && !this.held.holds(run));
  }

  private async cancelRequested(): Promise<void> {
    await eachAlone(
      await this.runs.cancelRequests(this.locks.owner),
      async (id) => {
        const isHere = await this.orchestrator.cancel(id, CANCELLED);
        // One that is parked in the store has to come back for that.
        if (!isHere && !this.held.get(id)) this.room.call(id);
      },
      (id, error) => this.logger.error(`The run ${id} could not be cancelled: ${messageOf(error)}`),
    );
  }

  /** Ends attempts that wait here for a call-back that another instance has received. */
  private async letGoOfCompleted(): Promise<void> {
    const waiting = this.orchestrator.awaitingCallback();
    if (waiting.length === 0) return;
    for (const [organization, own] of groupsBy(waiting, (run) => run.organization)) {
      for (const part of chunksOf(own, PAGE)) {
        const stored = await this.runs.byIds(
          organization,
          part.map(({ id }) => id),
        );
        const held = new Set(stored.filter(({ state }) => !isFinished(state)).map(tokenOf));
        for (const run of part) if (!held.has(tokenOf(run))) this.orchestrator.letGo(run.id, run.attempt);
      }
    }
  }

  /**
   * Takes over the runs of the dead: those of this instance's tasks at once, others if they are still there at the next
   * check.
   */
  private async takeOverOrphans(owners: readonly string[]): Promise<void> {
    if (this.ownership.reach.parts?.length === 0) return;
    const dead = await this.locks.deadAmong(owners);
    const most = Math.max(this.takeover.room, 1) + this.left.size;
    const orphans = dead.length > 0 ? await this.orphansOf(dead, most) : [];
    const isOurs = ({ id, taskId }: Run) => this.ownership.rankAmongAll(taskId) === 0 || this.left.has(id);
    const ours = orphans.filter(isOurs);
    this.left = new Set(orphans.filter((run) => !isOurs(run)).map(({ id }) => id));
    await this.takeover.take(ours);
  }

  /** The runs that the dead held, up to `most`; if that is not all of them, a page of each organization, in turns. */
  private async orphansOf(dead: readonly string[], most: number): Promise<Run[]> {
    const { reach } = this.ownership;
    const oldest = await this.runs.heldBy(dead, most, undefined, reach);
    if (oldest.length < most) return oldest;
    const withoutSlot = this.line.crowded(Number.POSITIVE_INFINITY);
    return readInTurns(PAGE, withoutSlot, (turns) => this.runs.heldBy(dead, PAGE, turns, reach));
  }

  private async recoverEvents(): Promise<void> {
    const now = this.clock.monotonic();
    if (now < this.recoveredAt + EVENTS_MS) return;
    const recovered = await this.events.recover(this.clock.now() - DISPATCH_MS, MOST);
    // What was found may be a part: of large events, few are read at a time.
    if (recovered === 0) this.recoveredAt = now;
  }
}

const tokenOf = ({ id, owner, attempt }: Pick<Run, 'id' | 'owner' | 'attempt'>): string => `${id} ${owner} ${attempt}`;
