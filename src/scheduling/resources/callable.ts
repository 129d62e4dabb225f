import type { Units } from './pool-sizes.js';
import type { PoolState } from './resource-pools.js';

type Seen = Pick<PoolState, 'capacity' | 'free'>;

/**
 * Those of the runs in line that may come for their units, by what was last seen of the pools. Units are kept for runs
 * that are coming already. A run that does not fit keeps the pools that it waits for from everybody behind it.
 */
export function callable<Waiting extends { units: Units }>(
  line: readonly Waiting[],
  coming: readonly { units: Units }[],
  seen: (pool: string) => Seen | undefined,
): Waiting[] {
  const left = new Map<string, number>();
  const leftOf = (pool: string) => left.get(pool) ?? seen(pool)?.free.length ?? 0;
  const take = (units: Units) => {
    for (const [pool, count] of Object.entries(units)) left.set(pool, leftOf(pool) - count);
  };
  for (const { units } of coming) take(units);
  return line.filter(({ units }) => {
    const needs = Object.entries(units);
    // A need beyond the capacity holds up nobody.
    if (needs.some(([pool, count]) => count > (seen(pool)?.capacity ?? Number.POSITIVE_INFINITY))) return false;
    const fits = needs.every(([pool, count]) => leftOf(pool) >= count);
    if (fits) take(units);
    else for (const [pool] of needs) left.set(pool, 0);
    return fits;
  });
}
