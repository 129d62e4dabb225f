import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { needOf, type Needing } from '../domain/need.js';
import { leavingOut, type Part, type Portion } from '../domain/part.js';
import { shardOf } from '../domain/shards.js';
import type { Task } from '../domain/task.js';
import { LockManager } from '../locking/lock-manager.js';
import { QueuePauses } from '../organizations/queue-pauses.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { Division, type Portions } from './division.js';
import { signatureOf, type Lack } from './instance-work.js';
import { Neighbours } from './neighbours.js';
import { OwnWork } from './own-work.js';

/** How long loading tasks may take. */
const LOAD_MS = 1000;

/**
 * Decides which tasks this instance minds, so that in steady state no two instances compete for an occurrence, and no
 * instance looks at tasks that it cannot run. This only saves work: whoever claims an occurrence first gets it, and
 * others that can run it take what its owner leaves behind.
 */
@Injectable()
export class Ownership {
  private division: Division;
  private portions: Portions = { own: {}, others: { shards: [] } };
  /** Whether this instance has met tasks that it cannot run: from then on searches leave them out. */
  private hasMetForeign = false;
  /** Until when (monotonic ms) this instance minds tasks that were changed here; oldest change first. */
  private readonly adopted = new Map<string, number>();
  private members = '';
  private ownWork = '';
  private readonly listeners: ((hasGained: boolean) => void)[] = [];

  constructor(
    private readonly neighbours: Neighbours,
    private readonly locks: LockManager,
    private readonly work: OwnWork,
    private readonly clock: Clock,
    private readonly pauses: QueuePauses,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'horizonMs'>,
  ) {
    this.division = new Division([], '');
    neighbours.onLook(() => this.divide());
    locks.onRegained(() => this.divide());
    pauses.onChange((hasResumed) => this.tell(hasResumed));
  }

  /** The tasks of this instance. */
  get own(): Portion {
    return leavingOut(this.portions.own, this.pauses.exclusions);
  }

  /** The tasks of other instances that this one could run. */
  get others(): Portion {
    return leavingOut(this.portions.others, this.pauses.exclusions);
  }

  /** The shards in which this instance ranks first of all that run tasks, whatever these need; undefined for all of them. */
  get ownShards(): readonly number[] | undefined {
    return this.division.ownShards;
  }

  /** Whose runs this instance may take over. */
  get reach(): Pick<Portion, 'parts' | 'without'> {
    const parts = this.division.reach(this.hasMetForeign);
    return leavingOut<Pick<Portion, 'parts' | 'without'>>({ parts }, this.pauses.exclusions);
  }

  /** Whether there are instances that take in tasks which they cannot run, and so cannot mind for now. */
  get isMixed(): boolean {
    return this.division.isMixed;
  }

  /** Calls `listener` when the division has changed, with whether this instance may have gained tasks. */
  onChange(listener: (hasGained: boolean) => void): void {
    this.listeners.push(listener);
  }

  /** This instance's rank for the task: 0 for its owner, 1 for the next after it; infinite where it cannot run it. */
  rankFor(task: Task): number {
    return this.division.rankOf(shardOf(task.id), this.division.isAlike ? undefined : needOf(task));
  }

  /** This instance's rank for the task with this id among all that run tasks, whatever the task needs. */
  rankAmongAll(taskId: string): number {
    return this.division.rankOf(shardOf(taskId));
  }

  /** What is missing where no live instance can run the task, as of the last look; null where one can. */
  missingFor(task: Needing): Lack | null {
    return this.division.missingFor(needOf(task));
  }

  /** The parts of the tasks that some live instance can run; undefined where that cannot be said. */
  get fleetReach(): readonly Part[] | undefined {
    return this.division.fleetReach;
  }

  /** Notes that this instance has met a task or run that it cannot run. */
  meetForeign(): void {
    if (this.hasMetForeign) return;
    this.hasMetForeign = true;
    this.portions = this.division.portions(true);
  }

  /**
   * Minds a task that was changed here until its owner, which loads its tasks twice per horizon, knows of the change.
   */
  adopt(taskId: string): void {
    const now = this.clock.monotonic();
    this.adopted.delete(taskId);
    this.adopted.set(taskId, now + this.settings.horizonMs / 2 + LOAD_MS);
    for (const [id, until] of this.adopted) {
      if (until > now) break;
      this.adopted.delete(id);
    }
  }

  /** Whether this instance minds the task: it can run it, and is its owner or was where it was changed. */
  minds(task: Task): boolean {
    if (!this.work.hasQueueAndSkill(task)) return false;
    return this.rankFor(task) === 0 || (this.adopted.get(task.id) ?? 0) > this.clock.monotonic();
  }

  private divide(): void {
    const { owner } = this.locks;
    const members = [{ id: owner, work: this.work.announced }, ...this.neighbours.sharing];
    const before = this.members;
    this.members = members
      .map(({ id, work }) => `${id} ${signatureOf(work)}`)
      .sort()
      .join('\n');
    if (this.members === before) return;
    const former = this.portions.own;
    const ownWork = signatureOf(this.work.announced);
    const hasLearned = ownWork !== this.ownWork;
    this.ownWork = ownWork;
    this.division = new Division(members, owner);
    this.portions = this.division.portions(this.hasMetForeign);
    const hasGained = before !== '' && (hasLearned || mayGain(former, this.portions.own));
    this.tell(hasGained);
  }

  private tell(hasGained: boolean): void {
    for (const listener of this.listeners) listener(hasGained);
  }
}

/** Whether there may be tasks in the portion that were not in the former one. */
function mayGain({ shards: before, parts: formerParts }: Portion, { shards, parts }: Portion): boolean {
  if (formerParts || parts) return JSON.stringify(formerParts) !== JSON.stringify(parts);
  if (before === undefined) return false;
  const known = new Set(before);
  return shards?.some((shard) => !known.has(shard)) ?? true;
}
