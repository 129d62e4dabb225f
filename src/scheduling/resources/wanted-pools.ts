import { poolOf, type PoolName, type Units } from './pool-sizes.js';
import type { PoolState } from './resource-pools.js';

/** How often to check for units that other instances have given back (ms). */
export const LOOK_EVERY_MS = 250;
/** The least and the longest time between two looks at a pool with a rate (ms): a changed rate has to be noticed. */
const SOONEST_MS = 20;
const LATEST_MS = 5000;
/** How many pools of one organization are looked at together; the others have their turn after that. */
const MOST_OF_ONE = 100;

interface Wanted {
  name: PoolName;
  /** How many runs want units of it. */
  count: number;
  /** When it is looked at next (monotonic ms); infinite while it is being looked at. */
  lookAt: number;
  /** As it was when it was last looked at. */
  state: PoolState | null;
}

/** The pools of which runs want units, and when to look which of them has some. */
export class WantedPools {
  /** By organization and pool, those first that were looked at longest ago. */
  private readonly organizations = new Map<string, Map<string, Wanted>>();

  /** How many pools these are. */
  get size(): number {
    let size = 0;
    for (const pools of this.organizations.values()) size += pools.size;
    return size;
  }

  isWanted([organization, name]: PoolName): boolean {
    return this.organizations.get(organization)?.has(poolOf(organization, name)) ?? false;
  }

  /** One more run wants units of these pools; returns when the first of them is looked at. */
  add(names: readonly PoolName[], now: number): number {
    let first = Number.POSITIVE_INFINITY;
    for (const name of names) {
      const pools = this.organizations.get(name[0]) ?? new Map<string, Wanted>();
      this.organizations.set(name[0], pools);
      const wanted = pools.get(poolOf(...name)) ?? { name, count: 0, lookAt: now, state: null };
      wanted.count++;
      pools.set(poolOf(...name), wanted);
      first = Math.min(first, wanted.lookAt);
    }
    return first;
  }

  /** One run less wants units of them. */
  remove(names: readonly PoolName[]): void {
    for (const name of names) {
      const pools = this.organizations.get(name[0]);
      const wanted = pools?.get(poolOf(...name));
      if (!pools || !wanted || --wanted.count > 0) continue;
      pools.delete(poolOf(...name));
      if (pools.size === 0) this.organizations.delete(name[0]);
    }
  }

  clear(): void {
    this.organizations.clear();
  }

  /** The pools of the organization, as they were last seen. */
  seen(organization: string): Map<string, PoolState> {
    const pools = [...(this.organizations.get(organization) ?? [])];
    return new Map(pools.flatMap(([pool, { state }]) => (state ? [[pool, state] as const] : [])));
  }

  /** The organization's pools are looked at by then (monotonic ms): something may have come back. */
  lookBy(organization: string, at: number): void {
    for (const wanted of this.organizations.get(organization)?.values() ?? []) {
      wanted.lookAt = Math.min(wanted.lookAt, at);
    }
  }

  /** Takes out of what was seen the units for which a run has come. */
  used(organization: string, units: Units): void {
    for (const [name, count] of Object.entries(units))
      this.organizations.get(organization)?.get(poolOf(organization, name))?.state?.free.splice(0, count);
  }

  /** When to look next (monotonic ms); infinite when nothing is wanted. */
  get nextLook(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const pools of this.organizations.values())
      for (const { lookAt } of pools.values()) next = Math.min(next, lookAt);
    return next;
  }

  /** Takes the pools to look at now, of each organization those that have waited longest for it. */
  takeDue(now: number): PoolName[] {
    return [...this.organizations.values()].flatMap((pools) => {
      const due: Wanted[] = [];
      for (const wanted of pools.values()) {
        if (wanted.lookAt <= now) due.push(wanted);
        if (due.length === MOST_OF_ONE) break;
      }
      return due.map((wanted) => this.takeOut(pools, wanted));
    });
  }

  /** Takes in what was seen of a pool; null when it could not be seen. */
  looked([organization, name]: PoolName, state: PoolState | null, now: number): void {
    const wanted = this.organizations.get(organization)?.get(poolOf(organization, name));
    if (!wanted) return;
    wanted.state = state ?? wanted.state;
    wanted.lookAt = Math.min(wanted.lookAt, now + (state ? pauseAfter(state) : LOOK_EVERY_MS));
  }

  private takeOut(pools: Map<string, Wanted>, wanted: Wanted): PoolName {
    const key = poolOf(...wanted.name);
    wanted.lookAt = Number.POSITIVE_INFINITY;
    pools.delete(key);
    pools.set(key, wanted);
    return wanted.name;
  }
}

/** Of a pool with a rate it is known when the next unit comes back. */
export function pauseAfter({ perMs, nextMs: [nextMs] }: Pick<PoolState, 'perMs' | 'nextMs'>): number {
  if (perMs === null || nextMs === undefined) return LOOK_EVERY_MS;
  return Math.min(LATEST_MS, Math.max(SOONEST_MS, Math.ceil(nextMs) + 1));
}
