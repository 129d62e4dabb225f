import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { ShardMap } from '../cluster/shard-map.js';
import { shardOf } from '../domain/shards.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { Neighbours } from './neighbours.js';

/** How long loading them may take. */
const LOAD_MS = 1000;

/**
 * Which tasks are this instance's to mind, so that in steady state no two instances compete for an occurrence. It is a
 * matter of cost only: whoever claims an occurrence first has it, and what its owner leaves lying others take.
 */
@Injectable()
export class Ownership {
  /** Null without other instances, when every task is this one's. */
  private map: ShardMap | null = null;
  private own: readonly number[] | undefined;
  /** Until when (monotonic ms) tasks are minded for having been changed here; the first changed first. */
  private readonly adopted = new Map<string, number>();
  private members = '';
  private readonly listeners: ((hasGained: boolean) => void)[] = [];

  constructor(
    private readonly neighbours: Neighbours,
    private readonly locks: LockManager,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'horizonMs'>,
  ) {
    neighbours.onLook(() => this.divide());
    locks.onRegained(() => this.divide());
  }

  /** The shards that are this instance's; undefined for all. */
  get shards(): readonly number[] | undefined {
    return this.own;
  }

  /** The shards that are not. */
  get othersShards(): readonly number[] {
    return this.map?.ownedByOthers(this.locks.owner) ?? [];
  }

  /** Calls `listener` when shards have come or gone, saying whether any came. */
  onChange(listener: (hasGained: boolean) => void): void {
    this.listeners.push(listener);
  }

  /** This instance's rank for the task: 0 for its owner, 1 for the next after it. */
  rankFor(taskId: string): number {
    return this.map?.rankOf(this.locks.owner, shardOf(taskId)) ?? 0;
  }

  /** Minds a task that was changed here until its owner, which loads its tasks twice in a horizon, has heard of that. */
  adopt(taskId: string): void {
    const now = this.clock.monotonic();
    this.adopted.delete(taskId);
    this.adopted.set(taskId, now + this.settings.horizonMs / 2 + LOAD_MS);
    for (const [id, until] of this.adopted) {
      if (until > now) break;
      this.adopted.delete(id);
    }
  }

  /** Whether this instance minds the task: as its owner, or because it was changed here. */
  minds(taskId: string): boolean {
    return this.rankFor(taskId) === 0 || (this.adopted.get(taskId) ?? 0) > this.clock.monotonic();
  }

  private divide(): void {
    const { owner } = this.locks;
    const members = [owner, ...this.neighbours.sharing].toSorted();
    if (members.join() === this.members) return;
    const before = this.own && new Set(this.own);
    this.members = members.join();
    this.map = members.length > 1 ? new ShardMap(members) : null;
    this.own = this.map?.ownedBy(owner);
    const hasGained = before !== undefined && (this.own?.some((shard) => !before.has(shard)) ?? true);
    for (const listener of this.listeners) listener(hasGained);
  }
}
