import { Injectable, Logger } from '@nestjs/common';
import { isolated } from '../../batching/isolated.js';
import { Clock, type Timer } from '../../clock/clock.js';
import { noteTask, sizeOfHeld } from '../../domain/held-size.js';
import { HeldRuns } from '../holding/held-runs.js';
import type { Hold } from '../holding/hold.js';
import { RunSettlement } from '../holding/run-settlement.js';
import { SetAside } from '../holding/set-aside.js';
import { WaitingMarks } from '../holding/waiting-marks.js';
import { deadlineOf, startDeadlineOf } from '../planning/deadlines.js';
import { queueOf } from '../../domain/need.js';
import type { HeldRun } from '../planning/held-run.js';
import { hasBegun } from '../planning/precedence.js';
import { AgedLine, type Aging } from '../queues/aged-line.js';
import { callable } from './callable.js';
import { Needs } from './needs.js';
import { poolOf, type PoolName, type Units } from './pool-sizes.js';
import { ResourcePools, type PoolState } from './resource-pools.js';
import { LOOK_EVERY_MS, WantedPools } from './wanted-pools.js';
import { WaitingRoom, type Waiter } from './waiting-room.js';

/** How long a called run may take to come for its units (ms). */
const CALL_MS = 2000;
/** The least time between two looks that nothing has called for (ms). */
const BREATH_MS = 20;

interface Waiting extends Aging, Waiter {
  id: string;
  hold: Hold;
  units: Units;
  /** Until when it may start (epoch ms). */
  latest: number;
  expiry: Timer | null;
}

interface Called {
  organization: string;
  units: Units;
  since: number;
  nth: number;
  /** Until when the units are kept for it (monotonic ms). */
  until: number;
}

const poolsOf = (organization: string, units: Units): PoolName[] =>
  Object.keys(units).map((name) => [organization, name]);

/**
 * Runs that wait, without a slot, for units of resource pools. Those of an organization are called by priority and age,
 * and none goes before another one that waits for the same pool, so that small needs do not starve large ones. However
 * many wait, a pool is looked at only when units of it may have come back. Those for which there is no room in memory
 * wait in the store.
 */
@Injectable()
export class PoolQueue {
  /** Told how long each run waited that is called for its units (ms). */
  onCalled: (waitedMs: number) => void = () => undefined;
  private readonly waiting = new Map<string, Waiting>();
  private came = 0;
  private readonly lines = new Map<string, AgedLine<Waiting>>();
  /** Runs that were called, and whose units are kept for them until they come. */
  private readonly called = new Map<string, Called>();
  private readonly wanted = new WantedPools();
  /** Runs that are about to wait in the store, and do not count as waiting here any more. */
  private readonly parking = new Set<Waiting>();
  private looking = false;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private timer: Timer | null = null;
  private timerAt = Number.POSITIVE_INFINITY;
  private readonly logger = new Logger(PoolQueue.name);

  constructor(
    private readonly pools: ResourcePools,
    private readonly needs: Needs,
    private readonly held: HeldRuns,
    private readonly settlement: RunSettlement,
    private readonly aside: SetAside,
    private readonly marks: WaitingMarks,
    private readonly room: WaitingRoom,
    private readonly clock: Clock,
  ) {
    pools.onFreed((organization) => this.lookSoon(organization));
    held.onLeft(({ id }) => this.arrived(id));
    held.keep('waiting-for-units', {
      enter: (hold) => this.push(hold),
      leave: ({ run }) => this.drop(run.id),
      clear: () => this.clear(),
    });
  }

  /** How many runs wait here for units, with those that wait in the store. */
  get size(): number {
    return this.waiting.size + this.room.parked;
  }

  /** Of how many pools runs wait for units here. */
  get poolsWanted(): number {
    return this.wanted.size;
  }

  /** The queue of each run that waits here in memory, of `most` at most. */
  queues(most: number): string[] {
    const queues: string[] = [];
    for (const { hold } of this.waiting.values()) {
      if (queues.length >= most) break;
      queues.push(queueOf(hold.run));
    }
    return queues;
  }

  /** Whether the run has to wait its turn behind others that want units of the same pools. */
  isBehind(held: HeldRun): boolean {
    if (this.called.has(held.run.id)) return false;
    return poolsOf(held.run.organization, this.needs.of(held)).some((pool) => this.wanted.isWanted(pool));
  }

  /** The run has come for its units, or will not come. */
  arrived(runId: string): void {
    const called = this.called.get(runId);
    if (!called) return;
    this.called.delete(runId);
    this.wanted.used(called.organization, called.units);
    this.wanted.remove(poolsOf(called.organization, called.units));
  }

  private push(hold: Hold): void {
    const { run, task, organization } = hold;
    const now = this.clock.monotonic();
    const { since, nth } = this.called.get(run.id) ?? { since: now, nth: this.came++ };
    const latest = Math.min(startDeadlineOf(run, task), deadlineOf(run, task));
    const expiry = Number.isFinite(latest) ? this.clock.at(latest + 1, () => this.settlement.endHindered(hold)) : null;
    const order = { priority: run.priority, since, nth };
    const units = this.unitsOf(hold) ?? {};
    noteTask(run, task);
    const taking = { organization, pools: Object.keys(units).sort().join(), bytes: sizeOfHeld(run) };
    const waiting: Waiting = { id: run.id, ...taking, ...order, hold, units, latest, expiry };
    this.waiting.set(run.id, waiting);
    this.lineOf(organization).add(waiting);
    this.room.enter(waiting);
    const lookAt = this.wanted.add(poolsOf(organization, waiting.units), now);
    // It came in vain: what was seen of its pools is not so any more.
    const isBack = this.called.has(run.id);
    if (isBack) this.wanted.lookBy(organization, now + LOOK_EVERY_MS);
    this.arrived(run.id);
    this.lookBy(isBack ? Math.min(lookAt, now + LOOK_EVERY_MS) : lookAt);
    const crowded = this.room.crowdedAfter(organization);
    if (crowded !== null) void this.parkOneOf(crowded);
  }

  /** Lets one of those that would go last wait in the store, as this instance's, until there is room for it. */
  private async parkOneOf(organization: string): Promise<void> {
    const waiting = this.lastOf(organization);
    if (!waiting) return;
    const { hold, latest } = waiting;
    this.parking.add(waiting);
    this.room.leave(waiting);
    const isStored = await this.storeLast(waiting).catch(() => null);
    if (this.waiting.get(waiting.id) === waiting) {
      if (isStored === null) this.room.enter(waiting);
      else this.held.lose(hold);
      if (isStored) this.room.park(hold.run, waiting, latest);
    }
    this.parking.delete(waiting);
  }

  /** Resolves to whether the store has it as it is, with the reason why it waits; null when it does not wait any more. */
  private async storeLast(waiting: Waiting): Promise<boolean | null> {
    const { run } = waiting.hold;
    const reason = await this.pools.shortageOf(run, waiting.units);
    if (this.waiting.get(waiting.id) !== waiting) return null;
    run.reason = reason;
    return this.marks.writeLast(run);
  }

  /** The last in line of those whose pools have much waiting for them; what has begun stays. */
  private lastOf(organization: string): Waiting | undefined {
    const line = this.lineOf(organization).inOrder();
    for (let place = line.length - 1; place >= 0; place--) {
      const waiting = line[place]!;
      const mayGo = !this.parking.has(waiting) && !hasBegun(waiting.hold.run);
      if (mayGo && this.room.isMuch(waiting)) return waiting;
    }
    return undefined;
  }

  private drop(runId: string): void {
    const waiting = this.waiting.get(runId);
    if (!waiting) return;
    const { organization } = waiting.hold;
    waiting.expiry?.cancel();
    this.waiting.delete(runId);
    if (!this.parking.has(waiting)) this.room.leave(waiting);
    const line = this.lineOf(organization);
    line.remove(waiting);
    if (line.size === 0) this.lines.delete(organization);
    this.wanted.remove(poolsOf(organization, waiting.units));
  }

  private clear(): void {
    for (const { expiry } of this.waiting.values()) expiry?.cancel();
    this.waiting.clear();
    this.lines.clear();
    this.called.clear();
    this.wanted.clear();
    this.room.clear();
    this.stopTimer();
  }

  private lineOf(organization: string): AgedLine<Waiting> {
    let line = this.lines.get(organization);
    if (!line) this.lines.set(organization, (line = new AgedLine()));
    return line;
  }

  private lookSoon(organization: string): void {
    this.wanted.lookBy(organization, this.clock.monotonic());
    void this.look();
  }

  /** Looks at `at` (monotonic ms) at the latest, as long as anybody waits. */
  private lookBy(at: number): void {
    if (this.looking || at >= this.timerAt || this.waiting.size === 0) return;
    this.timer?.cancel();
    this.timerAt = at;
    const now = this.clock.monotonic();
    this.timer = this.clock.after(Math.max(0, at - now, this.lookedAt + BREATH_MS - now), () => void this.look());
  }

  private async look(): Promise<void> {
    if (this.looking || this.waiting.size === 0) return;
    this.stopTimer();
    this.looking = true;
    this.lookedAt = this.clock.monotonic();
    this.forgetLate();
    const due = this.wanted.takeDue(this.lookedAt);
    try {
      this.takeIn(due, await this.lookAt(due));
    } catch (error) {
      this.logger.debug(`Free units could not be looked for: ${(error as Error).message}`);
      this.takeIn(due, []);
    } finally {
      this.looking = false;
    }
    this.lookBy(this.wanted.nextLook);
  }

  private stopTimer(): void {
    this.timer?.cancel();
    this.timer = null;
    this.timerAt = Number.POSITIVE_INFINITY;
  }

  /** Calls whoever may come by what was seen; of what could not be seen, that is known from before. */
  private takeIn(due: readonly PoolName[], seen: readonly PoolState[]): void {
    const now = this.clock.monotonic();
    for (const [index, name] of due.entries()) this.wanted.looked(name, seen[index] ?? null, now);
    if (seen.length > 0) for (const organization of new Set(due.map(([name]) => name))) this.callUp(organization);
  }

  /** The pools as they are; one that cannot be read has nothing free for now, and holds up no other. */
  private lookAt(due: readonly PoolName[]): Promise<PoolState[]> {
    return isolated<PoolName, PoolState>(
      due,
      async (part) => {
        const seen = await this.pools.look(part);
        return part.map((name) => seen.get(poolOf(...name))!);
      },
      (name, error) => {
        this.setAside(name, error);
        return { capacity: Number.POSITIVE_INFINITY, perMs: null, free: [], nextMs: [] };
      },
    );
  }

  /** Tells of a pool that cannot be read, with the tasks that wait for its units. */
  private setAside([organization, name]: PoolName, error: unknown): void {
    for (const { hold, units } of this.lineOf(organization).inOrder())
      if (Object.hasOwn(units, name)) this.aside.note(hold.task, error);
  }

  /** What the run needs; null, with its task set aside, when that cannot be computed. */
  private unitsOf(held: HeldRun): Units | null {
    try {
      return this.needs.of(held);
    } catch (error) {
      this.aside.note(held.task, error);
      return null;
    }
  }

  /** Units are kept no longer for runs that did not come for them. */
  private forgetLate(): void {
    const now = this.clock.monotonic();
    for (const [id, { until }] of this.called) if (until <= now) this.arrived(id);
  }

  private callUp(organization: string): void {
    const now = this.clock.monotonic();
    const coming = [...this.called.values()].filter((each) => each.organization === organization);
    const pools = this.wanted.seen(organization);
    if (![...pools.values()].some(({ free }) => free.length > 0)) return;
    const line = this.lineOf(organization).inOrder();
    const sizeOf = (name: string) => pools.get(poolOf(organization, name));
    for (const { id, hold, units, since, nth } of callable(line, coming, sizeOf)) {
      this.called.set(id, { organization, units, since, nth, until: now + CALL_MS });
      this.onCalled(now - since);
      this.wanted.add(poolsOf(organization, units), now);
      this.held.comeAgain(hold, this.clock.now());
    }
  }
}
