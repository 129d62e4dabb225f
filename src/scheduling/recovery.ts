import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import type { Run } from '../domain/run.js';
import { LockManager } from '../locking/lock-manager.js';
import { EventsService } from '../triggers/events.service.js';
import { Dispatcher } from './dispatcher.js';
import { EngineState } from './engine-state.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import { readInTurns } from './in-turns.js';
import { Neighbours } from './neighbours.js';
import { hasBegun } from './overlap-rule.js';
import { Ownership } from './ownership.js';
import { RunBook } from './run-book.js';
import { RunIntake } from './run-intake.js';
import { RunStore } from './run.store.js';
import { RunTakeover } from './run-takeover.js';
import { RunWriter } from './run-writer.js';

/** Longest distance between two looks at the other instances and at what the dead among them left. */
const SWEEP_MS = 1000;
/** Shortest distance, where another one's lock is about to expire. */
const SHORTEST_MS = 50;
/** Distance after which those who come first for runs of the dead have had their time. */
const LEFT_MS = 250;
/** How long an event may take from being stored to its runs being stored. */
const DISPATCH_MS = 5000;
/** Distance between two looks for events whose runs were not. */
const EVENTS_MS = 2500;
/** Up to how many runs of each organization are looked at where not all fit. */
const PAGE = 200;
/** The largest number taken up in one sweep. */
const MOST = 1000;

/**
 * Looks after the other instances and takes up what the dead among them worked on, as soon as their locks have expired;
 * and after this one's own runs: what it does not know of, what was ended elsewhere. This is how an instance starts, too.
 */
@Injectable()
export class Recovery {
  private readonly rounds: Rounds;
  /** Runs of the dead that were left to the instances that come first for them. */
  private left = new Set<string>();
  private recoveredAt = Number.NEGATIVE_INFINITY;
  private readonly logger = new Logger(Recovery.name);

  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly locks: LockManager,
    private readonly writer: RunWriter,
    private readonly dispatcher: Dispatcher,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly takeover: RunTakeover,
    private readonly book: RunBook,
    private readonly engine: EngineState,
    private readonly neighbours: Neighbours,
    private readonly ownership: Ownership,
    private readonly intake: RunIntake,
    private readonly events: EventsService,
  ) {
    this.rounds = new Rounds(
      clock,
      () => this.pauseMs(),
      () => this.sweep(),
    );
  }

  /** Sweeps once, and from then on regularly. */
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
    return Math.min(this.left.size > 0 ? LEFT_MS : SWEEP_MS, untilExpiry);
  }

  private async lookAround(): Promise<void> {
    if (!this.locks.isHeld()) return;
    await this.neighbours.look();
    // What this instance did before an outage is written first, or its own work would be taken for somebody's loss.
    await this.writer.settled();
    if (this.engine.inDoubt()) await this.findOwn();
    const owners = await this.runs.owners();
    if (owners.includes(this.locks.owner)) await this.cancelRequested();
    await this.letGoOfCompleted();
    await this.takeOverOrphans(owners);
    await this.recoverEvents();
  }

  /** Takes up runs that are stored as this instance's own and that it does not know of. */
  private async findOwn(): Promise<void> {
    const unknown = new Set((await this.unknownOwn()).map(tokenOf));
    if (unknown.size === 0) return;
    // Its end may have been on its way when the store was asked, which looks the same; by now it is there.
    await this.writer.settled();
    const still = (await this.unknownOwn()).filter((run) => unknown.has(tokenOf(run)));
    // When it stops, an instance gives up writing how its attempts ended: those must not begin again.
    if (!this.rounds.isStopped) for (const run of still) this.goOn(run);
  }

  /** Other runs of its task may have begun since this one was lost sight of: even a retry looks around before it starts. */
  private goOn(found: Run): void {
    const run: Run = found.state === 'retrying' ? { ...found, state: 'pending' } : found;
    if (hasBegun(run)) this.book.enter(run);
    this.dispatcher.again(run);
  }

  private async unknownOwn(): Promise<Run[]> {
    const own = await this.runs.heldBy([this.locks.owner], MOST);
    return own.filter(
      (run) =>
        run.owner === this.locks.owner &&
        !this.orchestrator.holds(run.id) &&
        !this.dispatcher.holds(run) &&
        !this.takeover.isTaking(run.id) &&
        !this.intake.isStoring(run.id),
    );
  }

  private async cancelRequested(): Promise<void> {
    for (const id of await this.runs.cancelRequests(this.locks.owner)) {
      await this.orchestrator.cancel(id, 'cancelled on request');
    }
  }

  /** Ends attempts that wait here for a call-back which another instance has received. */
  private async letGoOfCompleted(): Promise<void> {
    const waiting = this.orchestrator.awaitingCallback();
    if (waiting.length === 0) return;
    const unfinished = await this.runs.unfinishedOf([...new Set(waiting.map(({ taskId }) => taskId))]);
    const held = new Set(unfinished.map(tokenOf));
    for (const run of waiting) if (!held.has(tokenOf(run))) this.orchestrator.letGo(run.id, run.attempt);
  }

  /** Takes over the runs of the dead: those of this instance's tasks at once, others if they are still there at the next look. */
  private async takeOverOrphans(owners: readonly string[]): Promise<void> {
    const { room } = this.takeover;
    if (room === 0) return;
    const dead = await this.locks.deadAmong(owners);
    const orphans = dead.length > 0 ? await this.orphansOf(dead, room + this.left.size) : [];
    const isOurs = ({ id, taskId }: Run) => this.ownership.rankFor(taskId) === 0 || this.left.has(id);
    const ours = orphans.filter(isOurs);
    this.left = new Set(orphans.filter((run) => !isOurs(run)).map(({ id }) => id));
    await this.takeover.take(ours);
  }

  /** What the dead held, up to `most`; where that is not all, of each organization as much, in turns. */
  private async orphansOf(dead: readonly string[], most: number): Promise<Run[]> {
    const oldest = await this.runs.heldBy(dead, most);
    if (oldest.length < most) return oldest;
    const withoutPlace = this.dispatcher.crowded(Number.POSITIVE_INFINITY);
    return readInTurns(PAGE, withoutPlace, (turns) => this.runs.heldBy(dead, PAGE, turns));
  }

  private async recoverEvents(): Promise<void> {
    const now = this.clock.monotonic();
    if (now < this.recoveredAt + EVENTS_MS) return;
    const recovered = await this.events.recover(this.clock.now() - DISPATCH_MS, MOST);
    if (recovered < MOST) this.recoveredAt = now;
  }
}

const tokenOf = ({ id, owner, attempt }: Pick<Run, 'id' | 'owner' | 'attempt'>): string => `${id} ${owner} ${attempt}`;
