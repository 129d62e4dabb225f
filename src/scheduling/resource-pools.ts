import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Fault } from '../domain/errors.js';
import { ownMember } from '../domain/own-member.js';
import type { Run } from '../domain/run.js';
import { LockManager } from '../locking/lock-manager.js';
import { LockStore } from '../locking/lock.store.js';
import { QuotasService } from '../organizations/quotas.service.js';
import { SettingsService } from '../organizations/settings.service.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { StartAllowance } from './start-allowance.js';

/** Units by the name of the pool. */
export type Units = Readonly<Record<string, number>>;
type PoolName = readonly [organization: string, name: string];
type Needing = Pick<Run, 'id' | 'organization'>;

/** A pool as it was just seen. */
export interface PoolState {
  capacity: number;
  /** Keys of units that nobody holds. */
  free: string[];
}

/** The pools behind quotas, under names that no pool of a task can have. */
export const CONCURRENT_RUNS = '(concurrent runs)';
export const STARTS_PER_MINUTE = '(starts per minute)';
/** As many units as anybody could need at once. */
const PLENTY = 1000;
const QUOTAS = [CONCURRENT_RUNS, STARTS_PER_MINUTE];
/** What a pool holds for which nothing is set. */
const DEFAULT_CAPACITY = 1;
const WAITS = 'waits for resources: ';
const RETRY_MS = 250;

/** The name of a pool across organizations. */
export const poolOf = (organization: string, name: string): string => `${encodeURIComponent(organization)}/${name}`;

/** Whether a run's reason says that it waits for units. */
export const isWaitReason = (reason: string | null): boolean => reason?.startsWith(WAITS) ?? false;

const keysOf = (organization: string, name: string, capacity: number): string[] =>
  Array.from({ length: capacity }, (_, slot) => `pool/${poolOf(organization, name)}/${slot}`);

/**
 * Holds units of resource pools. Each unit is a lock of this instance: one write takes all that a run needs, the
 * renewal of the instance's lock renews them too, and they expire with their instance.
 */
@Injectable()
export class ResourcePools {
  private readonly held = new Map<string, string[]>();
  /** Units that are held, asked for or being given back here, and so not to be asked for again. */
  private readonly taken = new Set<string>();
  private readonly returning = new Set<Promise<void>>();
  private readonly freedListeners: (() => void)[] = [];

  constructor(
    private readonly store: LockStore,
    private readonly locks: LockManager,
    private readonly settings: SettingsService,
    private readonly quotas: QuotasService,
    private readonly starts: StartAllowance,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly engine: Pick<EngineSettings, 'lockLifeMs'>,
  ) {
    // What the former self held expires in its own time.
    locks.onLost(() => {
      this.held.clear();
      this.taken.clear();
    });
  }

  /** Calls `listener` each time units were given back here. */
  onFreed(listener: () => void): void {
    this.freedListeners.push(listener);
  }

  /** Takes all the units that a run needs, or none; tells whether it did. @throws StoreUnavailableError */
  async take(run: Needing, units: Units): Promise<boolean> {
    const { [STARTS_PER_MINUTE]: start, ...places } = units;
    if (!(await this.takePlaces(run, places))) return false;
    let mayStart = false;
    try {
      mayStart = start === undefined || (await this.mayStart(run));
    } finally {
      if (!mayStart) this.give(run.id);
    }
    return mayStart;
  }

  /** Gives back what the run holds; nothing where it holds none. */
  give(runId: string): void {
    const keys = this.held.get(runId);
    if (!keys) return;
    this.held.delete(runId);
    this.return(keys, this.locks.owner);
  }

  /** Resolves once everything that was given back is free for others. */
  async settled(): Promise<void> {
    while (this.returning.size > 0) await Promise.all(this.returning);
  }

  /** The pools' capacities and free units, in one query. @throws StoreUnavailableError */
  async look(pools: readonly PoolName[]): Promise<Map<string, PoolState>> {
    const ofStarts = pools.filter(([, name]) => name === STARTS_PER_MINUTE);
    const [places, starts] = await Promise.all([
      this.lookAtPlaces(pools.filter((pool) => !ofStarts.includes(pool))),
      Promise.all(ofStarts.map(([organization]) => this.lookAtStarts(organization))),
    ]);
    return new Map([...places, ...starts]);
  }

  /** Why a run that needs these units has to wait, in words. */
  async shortageOf({ organization }: Needing, units: Units): Promise<string> {
    const parts = Object.entries(units).map(async ([name, count]) => {
      const capacity = await this.capacityOf(organization, name);
      if (QUOTAS.includes(name)) return `the quota of ${capacity} ${name.slice(1, -1)}`;
      return count > capacity
        ? `${count} of pool "${name}", whose capacity is only ${capacity}`
        : `${count} of pool "${name}" (capacity ${capacity})`;
    });
    return `${WAITS}${(await Promise.all(parts)).join(', ')}`;
  }

  /** The needs that exceed what the organization has set; pools of which nothing is set are not judged. */
  async faults(organization: string, units: Units = {}): Promise<Fault[]> {
    if (Object.keys(units).length === 0) return [];
    const { resources } = await this.settings.current(organization);
    const beyond = Object.entries(units).filter(([name, count]) => count > (ownMember(resources, name) ?? count));
    return beyond.map(([name]) => ({
      pointer: `/resources/${name}`,
      detail: `must be at most ${resources[name]}, which is the capacity of the pool`,
    }));
  }

  async capacityOf(organization: string, name: string): Promise<number> {
    if (QUOTAS.includes(name)) {
      const { concurrentRuns, startsPerMinute } = await this.quotas.of(organization);
      return (name === CONCURRENT_RUNS ? concurrentRuns : startsPerMinute) ?? PLENTY;
    }
    return ownMember((await this.settings.current(organization)).resources, name) ?? DEFAULT_CAPACITY;
  }

  private async lookAtPlaces(pools: readonly PoolName[]): Promise<[string, PoolState][]> {
    const capacities = await Promise.all(pools.map(([organization, name]) => this.capacityOf(organization, name)));
    const keys = pools.map(([organization, name], index) => keysOf(organization, name, capacities[index]!));
    const holders = await this.store.holders(keys.flat());
    const free = (key: string) => !holders.has(key) && !this.taken.has(key);
    return pools.map(([organization, name], index) => [
      poolOf(organization, name),
      { capacity: capacities[index]!, free: keys[index]!.filter(free) },
    ]);
  }

  private async lookAtStarts(organization: string): Promise<[string, PoolState]> {
    const capacity = await this.capacityOf(organization, STARTS_PER_MINUTE);
    const left = await this.starts.left(organization, capacity);
    const free = Array.from({ length: Math.min(left, PLENTY) }, (_, start) => String(start));
    return [poolOf(organization, STARTS_PER_MINUTE), { capacity, free }];
  }

  private async mayStart({ organization }: Needing): Promise<boolean> {
    const { startsPerMinute } = await this.quotas.of(organization);
    return startsPerMinute === undefined || this.starts.take(organization, startsPerMinute);
  }

  private async takePlaces(run: Needing, units: Units): Promise<boolean> {
    if (Object.keys(units).length === 0) return true;
    const { owner } = this.locks;
    const pools = await this.look(Object.keys(units).map((name) => [run.organization, name]));
    const keys: string[] = [];
    for (const [name, count] of Object.entries(units)) {
      const free = pools.get(poolOf(run.organization, name))!.free.filter((key) => !this.taken.has(key));
      if (free.length < count) return false;
      keys.push(...free.slice(0, count));
    }
    return owner === this.locks.owner && this.acquire(run.id, keys, owner);
  }

  private async acquire(runId: string, keys: string[], owner: string): Promise<boolean> {
    for (const key of keys) this.taken.add(key);
    try {
      const acquired = await this.store.acquire(keys, owner, this.engine.lockLifeMs);
      if (acquired.size === keys.length && owner === this.locks.owner && this.locks.isHeld()) {
        this.held.set(runId, keys);
        return true;
      }
    } catch (error) {
      // Whether they were taken is not known, and as this instance's they would be renewed for good.
      this.return(keys, owner);
      throw error;
    }
    this.return(keys, owner);
    return false;
  }

  private return(keys: string[], owner: string): void {
    const returned = this.release(keys, owner).finally(() => this.returning.delete(returned));
    this.returning.add(returned);
  }

  private async release(keys: string[], owner: string): Promise<void> {
    // Under another name nothing renews them any more.
    while (owner === this.locks.owner && this.locks.isHeld()) {
      try {
        await this.store.release(keys, owner);
        break;
      } catch {
        await this.clock.sleep(RETRY_MS);
      }
    }
    if (owner === this.locks.owner) for (const key of keys) this.taken.delete(key);
    for (const listener of this.freedListeners) listener();
  }
}
