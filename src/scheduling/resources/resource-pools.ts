import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { Run } from '../../domain/run.js';
import { LockManager } from '../../locking/lock-manager.js';
import { LockStore } from '../../locking/lock.store.js';
import { QuotasService } from '../../organizations/quotas.service.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import {
  PLENTY,
  poolOf,
  PoolSizes,
  STARTS_PER_MINUTE,
  type PoolName,
  type PoolSize,
  type Units,
} from './pool-sizes.js';
import { RateUnits, type RateShare } from './rate-units.js';
import { MINUTE_MS, StartAllowance } from './start-allowance.js';

type Needing = Pick<Run, 'id' | 'organization'>;

/** A pool as it was when it was last read. */
export interface PoolState extends PoolSize {
  /** Keys of units that nobody holds. */
  free: string[];
  /** When those used up of a rate come back, in ms, the first one first; empty where nobody knows. */
  nextMs: number[];
}

/** What a run takes: locks of this instance, and units of pools with a rate. */
interface Choice {
  places: string[];
  shares: RateShare[];
}

interface Held {
  organization: string;
  keys: string[];
}

const RETRY_MS = 250;

/** Places and units of rates have different keys, so that a pool whose setting changes counts its units anew. */
const keysOf = ([organization, name]: PoolName, { capacity, perMs }: PoolSize): string[] => {
  const kind = perMs === null ? 'pool' : 'rate';
  return Array.from({ length: capacity }, (_, slot) => `${kind}/${poolOf(organization, name)}/${slot}`);
};

/**
 * Holds units of resource pools. Each unit is a lock of this instance: one write takes all that a run needs, the
 * renewal of the instance's lock renews them, too, and they expire with their instance. Units of pools with a rate are
 * locks that nobody renews (`RateUnits`).
 */
@Injectable()
export class ResourcePools {
  private readonly held = new Map<string, Held>();
  /** Units that are held, requested or being given back here, and so must not be requested again. */
  private readonly taken = new Set<string>();
  private readonly returning = new Set<Promise<void>>();
  private readonly freedListeners: ((organization: string) => void)[] = [];

  constructor(
    private readonly store: LockStore,
    private readonly locks: LockManager,
    private readonly sizes: PoolSizes,
    private readonly quotas: QuotasService,
    private readonly starts: StartAllowance,
    private readonly rates: RateUnits,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly engine: Pick<EngineSettings, 'lockLifeMs'>,
  ) {
    // What this instance held before it lost its lock expires by itself.
    locks.onLost(() => {
      this.held.clear();
      this.taken.clear();
      this.rates.abandon();
    });
    rates.onFreed = (organization) => this.tellFreed(organization);
    sizes.onChanged((organization) => this.tellFreed(organization));
  }

  /** Calls `listener` with the organization whenever units were given back here, or its settings were changed. */
  onFreed(listener: (organization: string) => void): void {
    this.freedListeners.push(listener);
  }

  /** Takes all the units that a run needs for a start, or none; resolves to whether it did. @throws StoreUnavailableError */
  async take(run: Needing, units: Units): Promise<boolean> {
    const { [STARTS_PER_MINUTE]: start, ...others } = units;
    return this.takeAll(run, others, async ({ shares }) => {
      const mayStart = await this.rates.take(run, shares);
      return mayStart && (start === undefined || (await this.mayStart(run)));
    });
  }

  /** Takes the units that an attempt under way holds, or none; those for its start it has used before. */
  takeBegun(run: Needing, units: Units): Promise<boolean> {
    const { [STARTS_PER_MINUTE]: _start, ...others } = units;
    return this.takeAll(run, others, null);
  }

  /** Whether the run may begin by the units that it took; it has to begin in this very turn. */
  mayBegin(runId: string): boolean {
    return this.rates.mayBegin(runId);
  }

  /** The run has begun. */
  begun(runId: string): void {
    this.rates.begun(runId);
  }

  /** Gives back the units that the run holds, if any. */
  give(runId: string): void {
    this.rates.leave(runId);
    const held = this.held.get(runId);
    if (!held) return;
    this.held.delete(runId);
    this.return(held, this.locks.owner);
  }

  /** Resolves once everything that was given back is free for others. */
  async settled(): Promise<void> {
    while (this.returning.size > 0) await Promise.all(this.returning);
    await this.rates.settled();
  }

  /** The pools' sizes and free units, in one query. @throws StoreUnavailableError */
  async look(pools: readonly PoolName[]): Promise<Map<string, PoolState>> {
    const ofStarts = pools.filter(([, name]) => name === STARTS_PER_MINUTE);
    const [others, starts] = await Promise.all([
      this.lookAtUnits(pools.filter((pool) => !ofStarts.includes(pool))),
      Promise.all(ofStarts.map(([organization]) => this.lookAtStarts(organization))),
    ]);
    return new Map([...others, ...starts]);
  }

  /** Why a run that needs these units has to wait, in words. */
  shortageOf({ organization }: Needing, units: Units): Promise<string> {
    return this.sizes.shortageOf(organization, units);
  }

  private async lookAtUnits(pools: readonly PoolName[]): Promise<[string, PoolState][]> {
    const sizes = await Promise.all(pools.map(([organization, name]) => this.sizes.of(organization, name)));
    const keys = pools.map((pool, index) => keysOf(pool, sizes[index]!));
    const lives = await this.store.remaining(keys.flat());
    return pools.map((pool, index) => {
      const free = keys[index]!.filter((key) => !lives.has(key) && this.isFree(key));
      return [poolOf(...pool), { ...sizes[index]!, free, nextMs: nextOf(keys[index]!, sizes[index]!, lives) }];
    });
  }

  private async lookAtStarts(organization: string): Promise<[string, PoolState]> {
    const { capacity } = await this.sizes.of(organization, STARTS_PER_MINUTE);
    const { starts, nextMs } = await this.starts.left(organization, capacity);
    const free = Array.from({ length: Math.min(starts, PLENTY) }, (_, start) => String(start));
    return [poolOf(organization, STARTS_PER_MINUTE), { capacity, perMs: MINUTE_MS, free, nextMs }];
  }

  private async mayStart({ organization }: Needing): Promise<boolean> {
    const { startsPerMinute } = await this.quotas.of(organization);
    return startsPerMinute === undefined || this.starts.take(organization, startsPerMinute);
  }

  /** Takes places, and then what a start needs; if that fails, the places are given back. */
  private async takeAll(
    run: Needing,
    units: Units,
    takeRest: ((choice: Choice) => Promise<boolean>) | null,
  ): Promise<boolean> {
    const { owner } = this.locks;
    const names = Object.keys(units).map((name): PoolName => [run.organization, name]);
    const pools = names.length > 0 ? await this.look(names) : new Map<string, PoolState>();
    const choice = this.choiceOf(run, units, pools, takeRest !== null);
    if (!choice || owner !== this.locks.owner) return false;
    this.rates.reserve(choice.shares);
    let isWhole = false;
    try {
      isWhole = await this.takePlaces(run, choice.places, owner);
      if (isWhole && takeRest) isWhole = await takeRest(choice);
    } finally {
      if (!isWhole) {
        this.rates.free(choice.shares);
        this.give(run.id);
      }
    }
    return isWhole;
  }

  /** Free units for all that is needed, with those of rates or without; null when something is short. */
  private choiceOf(
    { organization }: Needing,
    units: Units,
    pools: ReadonlyMap<string, PoolState>,
    withRates: boolean,
  ): Choice | null {
    const choice: Choice = { places: [], shares: [] };
    for (const [name, count] of Object.entries(units)) {
      const { free, perMs } = pools.get(poolOf(organization, name))!;
      if (perMs !== null && !withRates) continue;
      // Others may have taken some since the answer was on its way.
      const keys = free.filter((key) => this.isFree(key)).slice(0, count);
      if (keys.length < count) return null;
      if (perMs === null) choice.places.push(...keys);
      else choice.shares.push({ keys, perMs });
    }
    return choice;
  }

  private isFree(key: string): boolean {
    return !this.taken.has(key) && !this.rates.isReserved(key);
  }

  private async takePlaces({ id, organization }: Needing, keys: string[], owner: string): Promise<boolean> {
    if (keys.length === 0) return true;
    for (const key of keys) this.taken.add(key);
    try {
      const acquired = await this.store.acquire(keys, owner, this.engine.lockLifeMs);
      if (acquired.size === keys.length && owner === this.locks.owner && this.locks.isHeld()) {
        this.held.set(id, { organization, keys });
        return true;
      }
    } catch (error) {
      // It is unknown whether they were taken; if so, they would be renewed for good as this instance's.
      this.return({ organization, keys }, owner);
      throw error;
    }
    this.return({ organization, keys }, owner);
    return false;
  }

  private return(held: Held, owner: string): void {
    const returned = this.release(held, owner).finally(() => this.returning.delete(returned));
    this.returning.add(returned);
  }

  private async release({ organization, keys }: Held, owner: string): Promise<void> {
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
    this.tellFreed(organization);
  }

  private tellFreed(organization: string): void {
    for (const listener of this.freedListeners) listener(organization);
  }
}

/** When the units of a rate come back that are used up; of places nobody knows. */
function nextOf(keys: readonly string[], { perMs }: PoolSize, lives: ReadonlyMap<string, number>): number[] {
  if (perMs === null) return [];
  return keys.flatMap((key) => lives.get(key) ?? []).sort((a, b) => a - b);
}
