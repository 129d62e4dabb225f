import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { isMakeUp, type Run } from '../domain/run.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import type { HeldRun } from './held-run.js';
import { Neighbours } from './neighbours.js';
import { RunStore } from './run.store.js';

/** How long before its time an armed run is looked around for again. */
export const LOOK_AHEAD_MS = 100;
/** How close before its time a run elsewhere counts as one that does not look around any more. */
const COMMITTED_MS = 2 * LOOK_AHEAD_MS;
/** How long after its time a run elsewhere may have begun without that being written. */
const UNWRITTEN_MS = 500;

/** Whether a run has begun and not finished: only then does it stand in the way of another one of its task. */
export const hasBegun = (run: Run): boolean => run.state !== 'pending' || run.attempts.length > 0;

/** What other instances' runs mean for a run: what is in its way, and whether to look again before it starts. */
export interface Elsewhere {
  inTheWay: Run[];
  doubtful: boolean;
}

/**
 * Finds what stands in the way of a run: unfinished runs of the same task, where its overlap policy minds them.
 *
 * Of two instances each writes its run before it looks for the other's, so that at least one sees the other. What has
 * begun comes first; of what has not, the one due first; the later one yields to it. A run that sees a later one which
 * may have begun without having seen it waits until that one is written as begun or as ended. One that had begun and was
 * taken over has no such place beside the others any more: it waits for what has begun meanwhile, and all others for it.
 */
@Injectable()
export class OverlapRule {
  /** Tasks of which another instance was seen to work on a run, or is being asked about. */
  private readonly busyElsewhere = new Set<string>();
  /** When each run that asked was certainly stored as this instance's: whoever looked around after that has seen it. */
  private readonly storedBy = new WeakMap<Run, number>();
  /** Runs of this instance that nobody held before: whoever looked around then minded them not. */
  private readonly strays = new WeakSet<Run>();

  constructor(
    private readonly runs: RunStore,
    private readonly locks: LockManager,
    private readonly clock: Clock,
    @Inject(Neighbours) private readonly neighbours: Pick<Neighbours, 'unsettled'>,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'armingMs'>,
  ) {}

  /** Looks which of the tasks of these runs other instances are working on, in one query. */
  async lookAround(held: readonly HeldRun[]): Promise<void> {
    const minding = held.filter(({ task }) => task.definition.overlap !== 'allow');
    if (minding.length === 0) return;
    const taskIds = [...new Set(minding.map(({ task }) => task.id))];
    // A run that comes due before the answer is there, or when there is none, has to ask for itself.
    for (const taskId of taskIds) this.busyElsewhere.add(taskId);
    const unfinished = await this.runs.unfinishedOf(taskIds, this.locks.owner);
    const busy = new Set(unfinished.filter((run) => this.isElsewhere(run)).map(({ taskId }) => taskId));
    for (const taskId of taskIds) if (!busy.has(taskId)) this.busyElsewhere.delete(taskId);
  }

  /** The runs in the way among those begun here; an empty list when the store has to be asked; null for none. */
  blocking({ run, task }: HeldRun, begunHere: () => Run[]): Run[] | null {
    if (task.definition.overlap === 'allow') return null;
    // Its retries go on, whatever waits behind them here.
    const begun = run.state === 'pending' ? begunHere() : [];
    if (begun.length > 0) return begun;
    return run.state === 'pending' && this.busyElsewhere.has(task.id) ? [] : null;
  }

  /** The runs in the way that other instances work on. */
  async elsewhere({ run, task }: HeldRun): Promise<Elsewhere> {
    const asked = this.clock.now();
    const storedBy = this.storedBy.get(run) ?? asked;
    this.storedBy.set(run, storedBy);
    const unfinished = await this.runs.unfinishedOf([task.id], this.locks.owner);
    const others = unfinished.filter((other) => this.isElsewhere(other));
    if (others.length === 0) this.busyElsewhere.delete(task.id);
    const now = this.clock.now();
    return {
      inTheWay: others.filter((other) => goesFirst(other, run, now)),
      doubtful: others.some((other) => !this.hasLooked(other, run) && this.mayBegin(other, storedBy, asked)),
    };
  }

  /** Says that a run that nobody held is this instance's now. */
  cameBack(run: Run): void {
    this.strays.add(run);
  }

  /** Asks whichever instance works on the run to cancel it. */
  async cancelElsewhere(organization: string, runId: string): Promise<void> {
    await this.runs.requestCancel(organization, runId);
  }

  /**
   * Whether whoever claimed the other run has looked around since this one was stored: of the occurrences of one definition
   * the later one can only be claimed, and is looked around for, when the earlier one is.
   */
  private hasLooked(other: Run, run: Run): boolean {
    const areInTurn = other.trigger === 'schedule' && run.trigger === 'schedule' && other.generation === run.generation;
    return areInTurn && other.scheduledFor > run.scheduledFor && !this.strays.has(run);
  }

  private isElsewhere(run: Run): boolean {
    return run.owner !== null && run.owner !== this.locks.owner;
  }

  /**
   * Whether another instance may begin the run, or have begun it unwritten when the store was asked, without having seen
   * what was stored by `storedBy`. What is due later does not count, or a task that is due every moment would never go on.
   */
  private mayBegin({ dueAt }: Run, storedBy: number, asked: number): boolean {
    const committed = this.neighbours.unsettled ? Math.max(COMMITTED_MS, this.settings.armingMs) : COMMITTED_MS;
    return dueAt > asked - UNWRITTEN_MS && dueAt <= storedBy + committed;
  }
}

/** Whether another instance's run is in the way of this one, which waits for its next attempt, at the instant `now`. */
function goesFirst(other: Run, run: Run, now: number): boolean {
  if (other.state !== 'pending') return true;
  if (hasBegun(other) !== hasBegun(run)) return hasBegun(other);
  return (hasBegun(other) || other.dueAt <= now) && precedes(other, run);
}

/** Whether of two runs of a task the first one goes first: by when each was due; what makes up for others comes last. */
export const comesBefore = (a: Run, b: Run): boolean =>
  isMakeUp(a) === isMakeUp(b) ? placeOf(a) < placeOf(b) : isMakeUp(b);

/** As `comesBefore`, but what has begun goes first. */
export const goesAhead = (a: Run, b: Run): boolean => (hasBegun(a) === hasBegun(b) ? comesBefore(a, b) : hasBegun(a));

/** The instant at which a run was due first, whenever its next attempt is (epoch ms). */
const placeOf = ({ attempts, scheduledFor, dueAt }: Run): number => (attempts.length > 0 ? scheduledFor : dueAt);

/** As `comesBefore`, in a way that two instances agree about. */
const precedes = (a: Run, b: Run): boolean => comesBefore(a, b) || (!comesBefore(b, a) && a.id < b.id);
