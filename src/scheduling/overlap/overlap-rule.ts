import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { Run } from '../../domain/run.js';
import { LockManager } from '../../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import type { HeldRun } from '../planning/held-run.js';
import { goesFirst } from '../planning/precedence.js';
import { Neighbours } from '../../cluster/neighbours.js';
import { RunStore } from '../ports/run.store.js';

/** How long before its time an armed run is checked again (ms). */
export const LOOK_AHEAD_MS = 100;
/** How close to its time a run elsewhere counts as past its last check (ms). */
const COMMITTED_MS = 2 * LOOK_AHEAD_MS;
/** How long after its time a run elsewhere may have begun without that being written (ms). */
const UNWRITTEN_MS = 500;

/** How many of very many runs elsewhere are read of each kind: one that goes first is enough. */
const MOST_READ = 20;

/**
 * What the runs of other instances mean for a run: which are in its way, and whether to check again before it starts.
 */
export interface Elsewhere {
  inTheWay: Run[];
  doubtful: boolean;
}

/**
 * Finds what stands in the way of a run: unfinished runs of the same task, if its overlap policy minds them.
 *
 * Each of two instances writes its run before it looks for the other's, so that at least one sees the other. A run that
 * has begun comes first; of two that have not, the one that is due first; the later one yields to it. A run may see a
 * later one that may have begun without having seen it; then it waits until that one is written as begun or as ended. A
 * run that had begun and was taken over has lost its rank: it waits for what has begun meanwhile, and all others wait
 * for it.
 */
@Injectable()
export class OverlapRule {
  /** Tasks with a run on another instance, or with a pending query about that. */
  private readonly busyElsewhere = new Set<string>();
  /** When each run that asked was certainly stored as this instance's: whoever checked after that has seen it. */
  private readonly storedBy = new WeakMap<Run, number>();
  /** Runs of this instance that nobody held before: whoever checked then ignored them. */
  private readonly strays = new WeakSet<Run>();

  constructor(
    private readonly runs: RunStore,
    private readonly locks: LockManager,
    private readonly clock: Clock,
    @Inject(Neighbours) private readonly neighbours: Pick<Neighbours, 'unsettled'>,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'armingMs'>,
  ) {}

  /** Finds out, in one query, on which of the tasks of these runs other instances are working. */
  async lookAround(held: readonly HeldRun[]): Promise<void> {
    const minding = held.filter(({ task }) => task.definition.overlap !== 'allow');
    if (minding.length === 0) return;
    const taskIds = [...new Set(minding.map(({ task }) => task.id))];
    // A run that comes due before the answer arrives, or when there is none, has to ask for itself.
    for (const taskId of taskIds) this.busyElsewhere.add(taskId);
    const busy = await this.runs.heldElsewhere(taskIds, this.locks.owner);
    for (const taskId of taskIds) if (!busy.has(taskId)) this.busyElsewhere.delete(taskId);
  }

  /**
   * The runs in the way among those begun here; an empty list if the store has to be asked; null if nothing is in the
   * way.
   */
  blocking({ run, task }: HeldRun, begunHere: () => Run[]): Run[] | null {
    if (task.definition.overlap === 'allow') return null;
    // The retries of a run go on, whatever waits behind it here.
    const begun = run.state === 'pending' ? begunHere() : [];
    if (begun.length > 0) return begun;
    return run.state === 'pending' && this.busyElsewhere.has(task.id) ? [] : null;
  }

  /** The runs in the way on other instances, and whether there is doubt about others. */
  async elsewhere({ run, task }: HeldRun): Promise<Elsewhere> {
    const asked = this.clock.now();
    const storedBy = this.storedBy.get(run) ?? asked;
    this.storedBy.set(run, storedBy);
    const range = { since: asked - UNWRITTEN_MS, dueBy: Math.max(asked, this.committedBy(storedBy)), limit: MOST_READ };
    const others = await this.runs.heldBeside(task.id, this.locks.owner, range);
    if (others.length === 0) this.busyElsewhere.delete(task.id);
    const now = this.clock.now();
    return {
      inTheWay: others.filter((other) => goesFirst(other, run, now)),
      doubtful: others.some((other) => !this.hasLooked(other, run) && this.mayBegin(other, storedBy, asked)),
    };
  }

  /** Notes that a run that nobody held is this instance's now. */
  cameBack(run: Run): void {
    this.strays.add(run);
  }

  /** Asks the instance that works on the run to cancel it. */
  async cancelElsewhere(organization: string, runId: string): Promise<void> {
    await this.runs.requestCancel(organization, runId);
  }

  /**
   * Whether the instance that claimed the other run has checked since this one was stored. Under one definition, a
   * later occurrence can be claimed, and checked for, only when the earlier one is.
   */
  private hasLooked(other: Run, run: Run): boolean {
    const areInTurn = other.trigger === 'schedule' && run.trigger === 'schedule' && other.generation === run.generation;
    return areInTurn && other.scheduledFor > run.scheduledFor && !this.strays.has(run);
  }

  /**
   * Whether another instance may begin the run, or had begun it without having written that when the store was asked,
   * and has not seen what was stored by `storedBy`. A run that is due later does not count, or a task that is always
   * due would never go on. One that is long due may be late, and begin whenever it is taken up: it has seen what was stored
   * then, or is written, after a while.
   */
  private mayBegin({ dueAt }: Run, storedBy: number, asked: number): boolean {
    const isFresh = dueAt > asked - UNWRITTEN_MS || asked <= storedBy + COMMITTED_MS + UNWRITTEN_MS;
    return isFresh && dueAt <= this.committedBy(storedBy);
  }

  /** Until when a run is due whose instance may have checked before this one was stored. */
  private committedBy(storedBy: number): number {
    const committed = this.neighbours.unsettled ? Math.max(COMMITTED_MS, this.settings.armingMs) : COMMITTED_MS;
    return storedBy + committed;
  }
}
