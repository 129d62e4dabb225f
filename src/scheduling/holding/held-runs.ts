import { Injectable, Logger } from '@nestjs/common';
import { Slots } from '../../cluster/slots.js';
import { FREE_LANE } from '../../domain/need.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { LockManager } from '../../locking/lock-manager.js';
import type { HeldRun } from '../planning/held-run.js';
import { hasBegun } from '../planning/precedence.js';
import { Hold } from './hold.js';
import { ALL_PHASES, hasSlot, mayFollow, type Phase } from './phases.js';

/** Minds the runs in one phase, and moves them on from there. */
export interface Keeper {
  /** The run has entered the phase. */
  enter?(hold: Hold): void;
  /** The run goes on to another phase. */
  leave?(hold: Hold): void;
  /** All runs are about to leave the phase: whatever is kept about them may be dropped at once. */
  clear?(): void;
}

/**
 * The one owner of the runs in hand. It holds each run of this instance, with its phase, from its claim until its end
 * is stored. A slot belongs to a phase: a run that enters a phase with a slot takes one, and a run that leaves for a
 * phase without one releases it, here and nowhere else.
 */
@Injectable()
export class HeldRuns {
  private readonly byId = new Map<string, Hold>();
  /** The claims of next occurrences, by task: the run that comes of each is not known, or not armed, yet. */
  private readonly claims = new Map<string, Hold>();
  private readonly counts = Object.fromEntries(ALL_PHASES.map((phase) => [phase, 0])) as Record<Phase, number>;
  private readonly keepers: Partial<Record<Phase, Keeper>> = {};
  /** The lanes of runs whose places are limited, as they were when these were taken. */
  private readonly lanes = new Map<Hold, string>();
  private readonly leaveListeners: ((run: Run) => void)[] = [];
  private readonly freedListeners: (() => void)[] = [];
  private readonly logger = new Logger(HeldRuns.name);

  constructor(
    private readonly slots: Slots,
    private readonly locks: LockManager,
  ) {}

  /** Called for a move that no run may make, which is then not made: a fault of this program. */
  onIllegalMove: (what: string) => void = (what) => this.logger.error(what);

  /** Makes `keeper` mind the runs in a phase. */
  keep(phase: Phase, keeper: Keeper): void {
    this.keepers[phase] = keeper;
  }

  /** Calls `listener` for each run that this instance is done with, begun or not. */
  onLeft(listener: (run: Run) => void): void {
    this.leaveListeners.push(listener);
  }

  /** Calls `listener` whenever a slot or a place has been released. */
  onSlotFreed(listener: () => void): void {
    this.freedListeners.push(listener);
  }

  get(runId: string): Hold | undefined {
    return this.byId.get(runId);
  }

  /** Whether the run is held here, or may be as soon as the claim of its task is written. */
  holds({ id, taskId, owner }: Pick<Run, 'id' | 'taskId' | 'owner'>): boolean {
    // A run that is being claimed has an owner from its first write.
    return this.byId.has(id) || (owner !== null && this.claims.has(taskId));
  }

  /** Whether the next occurrence of the task is being claimed. */
  isClaiming(taskId: string): boolean {
    return this.claims.has(taskId);
  }

  /** Whether this instance certainly holds the run. Others may have taken over what it held before it lost its lock. */
  isOurs(run: Run): boolean {
    return this.locks.isHeld() && run.owner === this.locks.owner;
  }

  /** Whether the run is in the phase at this moment: during an await, others may have moved it on. */
  isIn(phase: Phase, hold: Hold): boolean {
    return hold.phase === phase;
  }

  /** Whether the run has begun or ended; that it has begun here may not be stored yet. */
  hasBegun(run: Run): boolean {
    return hasBegun(run) || this.byId.get(run.id)?.isUnderWay === true;
  }

  /** How many runs are in the phase. */
  count(phase: Phase): number {
    return this.counts[phase];
  }

  /** The runs in these phases. */
  in(...phases: Phase[]): Hold[] {
    let left = phases.reduce((sum, phase) => sum + this.counts[phase], 0);
    const found: Hold[] = [];
    for (const hold of this.byId.values()) {
      if (left === 0) break;
      if (!phases.includes(hold.phase)) continue;
      found.push(hold);
      left--;
    }
    return found;
  }

  /** Begins to claim the next occurrence of a task, with a slot for the run that may come of it. */
  claimNext(task: Task): Hold {
    const hold = new Hold(undefined, task);
    this.claims.set(task.id, hold);
    this.move(hold, 'claiming');
    return hold;
  }

  /** Begins to claim a run, with a slot; null when it is already held here. */
  claim(run: Run): Hold | null {
    return this.take(run, 'claiming', run.dueAt);
  }

  /** Holds a run that wants a slot at `at` (epoch ms), unless it is already held here. */
  keepInMind(run: Run, at = run.dueAt): void {
    this.take(run, 'ready', at);
  }

  /**
   * Takes in the result of a claim. Returns its hold, or null when the run is already under way here and goes on as it
   * is.
   */
  claimed(found: HeldRun): Hold | null {
    const { run, task } = found;
    const known = this.byId.get(run.id);
    if (known?.phase === 'claiming' && known.run === run) {
      known.know(found);
      return known;
    }
    const claim = this.claims.get(task.id);
    if (!claim || claim.isKnown || known?.isUnderWay) return null;
    // Claimed again after a change of its task: the former hold is void.
    if (known) this.lose(known);
    claim.know(found);
    this.byId.set(run.id, claim);
    return claim;
  }

  /** Whether the run has other places than its task needs by now: it has to come again to get those. */
  isMisplaced(hold: Hold): boolean {
    return hasSlot(hold.phase) && (this.lanes.get(hold) ?? FREE_LANE) !== this.slots.places.laneOfTask(hold.task);
  }

  /**
   * Lets a run, whose attempt was ended, keep its places until its action ends, though not its slot: a handler that goes
   * on counts as one of the calls that its process allows.
   */
  keepPlaces(runId: string, end: Promise<unknown>): void {
    const hold = this.byId.get(runId);
    const lane = hold && this.lanes.get(hold);
    if (lane === undefined) return;
    this.slots.places.take(lane);
    const over = () => {
      this.slots.places.release(lane);
      this.tellFreed();
    };
    end.then(over, over);
  }

  /** Ends those of the claims from which no run has gone on. */
  endClaims(holds: readonly Hold[]): void {
    for (const hold of holds) if (hold.phase === 'claiming') this.leave(hold);
  }

  /**
   * Moves a run on to another phase, from which it wants to go on at `at` (epoch ms) if that is not when it is due.
   * Returns whether it may go there.
   */
  move(hold: Hold, to: Phase, at?: number): boolean {
    const from = hold.phase;
    // A claim without a run cannot go on.
    if (!mayFollow(from, to) || !(hold.isKnown || to === 'claiming' || to === 'left')) {
      this.onIllegalMove(`Run ${hold.isKnown ? hold.run.id : '(not known yet)'} cannot go from "${from}" to "${to}".`);
      return false;
    }
    (hold as { phase: Phase }).phase = to;
    this.counts[from]--;
    this.counts[to]++;
    if (from === 'claiming') this.endClaim(hold);
    if (to === 'left') this.forget(hold);
    this.keepers[from]?.leave?.(hold);
    hold.comeAt(at);
    this.moveSlot(hold, from, to);
    this.keepers[to]?.enter?.(hold);
    return true;
  }

  /** Lets the run come again at `at` (epoch ms), to check anew whether it can start; does nothing when it has left. */
  putBack(hold: Hold, at = hold.run.dueAt): void {
    if (hold.phase === 'left') return;
    hold.forgetTask();
    this.move(hold, 'ready', at);
  }

  /** Like `putBack`, for a run that may have been lost: then whichever instance holds it by now goes on with it. */
  comeAgain(hold: Hold, at: number): void {
    if (this.isOurs(hold.run)) this.putBack(hold, at);
    else this.lose(hold);
  }

  /** Ends the hold, because this instance is done with the run; does nothing when it has left. */
  leave(hold: Hold): void {
    if (hold.phase === 'left') return;
    this.move(hold, 'left');
    if (hold.isKnown) for (const listener of this.leaveListeners) listener(hold.run);
  }

  /** Lets go of a run whose fate is unknown: whatever waits behind it continues to wait. */
  lose(hold: Hold): void {
    if (hold.phase !== 'left') this.move(hold, 'left');
  }

  /**
   * Lets go of everything, because the lock is lost. Runs that are being claimed find out by themselves whose they are.
   */
  abandon(): void {
    for (const keeper of Object.values(this.keepers)) keeper.clear?.();
    for (const hold of this.byId.values()) if (hold.phase !== 'claiming') this.lose(hold);
  }

  private take(run: Run, phase: 'claiming' | 'ready', at: number): Hold | null {
    if (this.byId.has(run.id)) return null;
    const hold = new Hold(run);
    this.byId.set(run.id, hold);
    this.move(hold, phase, at);
    return hold;
  }

  private endClaim(hold: Hold): void {
    if (hold.taskId !== undefined && this.claims.get(hold.taskId) === hold) this.claims.delete(hold.taskId);
  }

  private forget(hold: Hold): void {
    if (hold.isKnown && this.byId.get(hold.run.id) === hold) this.byId.delete(hold.run.id);
  }

  /** The lane of the places that the hold takes, kept until they are released. */
  private laneFor(hold: Hold): string {
    const { places } = this.slots;
    const lane = hold.isKnown ? places.laneOfRun(hold.run) : places.laneOfTask(hold.task);
    if (lane !== FREE_LANE) this.lanes.set(hold, lane);
    return lane;
  }

  /** The only place in which slots are taken and released. */
  private moveSlot(hold: Hold, from: Phase, to: Phase): void {
    if (hasSlot(from) === hasSlot(to)) return;
    const { organization } = hold;
    if (hasSlot(to)) return this.slots.take(organization, this.laneFor(hold));
    // A hold from before the lock was lost must not change the memory counted for a later run with the same id.
    if (hold.isKnown && (to !== 'left' || !this.byId.has(hold.run.id))) this.slots.letGo(hold.run.id);
    this.slots.release(organization, this.lanes.get(hold));
    this.lanes.delete(hold);
    this.tellFreed();
  }

  private tellFreed(): void {
    for (const listener of this.freedListeners) listener();
  }
}
