import { Injectable } from '@nestjs/common';
import type { Fault } from '../../domain/errors.js';
import { ownMember } from '../../domain/own-member.js';
import type { PoolSize as PoolSetting } from '../../domain/resources.js';
import { QuotasService } from '../../organizations/quotas.service.js';
import { SettingsService } from '../../organizations/settings.service.js';
import { counted } from '../../domain/counted.js';

/** Units by the name of the pool. */
export type Units = Readonly<Record<string, number>>;
export type PoolName = readonly [organization: string, name: string];

/** The pools behind quotas. No pool of a task can have such a name. */
export const CONCURRENT_RUNS = '(concurrent runs)';
export const STARTS_PER_MINUTE = '(starts per minute)';
/** As many units as anybody could need at once. */
export const PLENTY = 1000;
const QUOTAS = [CONCURRENT_RUNS, STARTS_PER_MINUTE];
/** The capacity of a pool that the settings do not name. */
const DEFAULT_CAPACITY = 1;
const WAITS = 'waits for resources: ';
const OF_QUOTA = 'the quota of ';

/** The name of a pool, unique across organizations. */
export const poolOf = (organization: string, name: string): string => `${encodeURIComponent(organization)}/${name}`;

/** Whether a run's reason says that it waits for units. */
export const isWaitReason = (reason: string | null): boolean => reason?.startsWith(WAITS) ?? false;

/** Whether a run's reason says that it waits for a quota, alone or beside units. */
export const isQuotaReason = (reason: string): boolean => isWaitReason(reason) && reason.includes(OF_QUOTA);

/** The pools behind the quotas that a run's reason names. */
export const quotasIn = (reason: string): string[] =>
  QUOTAS.filter((name) => new RegExp(`${OF_QUOTA}\\d+ ${name.slice(1, -1)}(,|$)`).test(reason));

/** How many units a pool has; those of a pool with a rate are used up by a start, and come back after `perMs`. */
export interface PoolSize {
  capacity: number;
  /** The length of the window of a rate (ms); null where units are held while an attempt is under way. */
  perMs: number | null;
}

/** The size that a setting gives. */
export const sizeOf = (setting: PoolSetting): PoolSize =>
  typeof setting === 'number' ? { capacity: setting, perMs: null } : setting;

/** The size that settings give to a pool, whether they name it or not. */
export const sizeIn = (resources: Readonly<Record<string, PoolSetting>>, name: string): PoolSize =>
  sizeOf(ownMember(resources, name) ?? DEFAULT_CAPACITY);

/** A rate in words. */
export const rateInWords = ({ capacity, perMs }: { capacity: number; perMs: number }): string =>
  `${counted(capacity, 'start')} in ${perMs} ms`;

/** Knows the sizes of pools, by the settings of their organizations. */
@Injectable()
export class PoolSizes {
  constructor(
    private readonly settings: SettingsService,
    private readonly quotas: QuotasService,
  ) {}

  async of(organization: string, name: string): Promise<PoolSize> {
    if (QUOTAS.includes(name)) {
      const { concurrentRuns, startsPerMinute } = await this.quotas.of(organization);
      return { capacity: (name === CONCURRENT_RUNS ? concurrentRuns : startsPerMinute) ?? PLENTY, perMs: null };
    }
    const { resources } = await this.settings.current(organization);
    return sizeIn(resources, name);
  }

  /** Calls `listener` with the organization after each change of settings that was made here. */
  onChanged(listener: (organization: string) => void): void {
    this.settings.onChanged((organization) => Promise.resolve(listener(organization)));
  }

  /** Why a run of the organization that needs these units has to wait, in words. */
  async shortageOf(organization: string, units: Units): Promise<string> {
    const parts = Object.entries(units).map(async ([name, count]) =>
      shortageInWords(name, count, await this.of(organization, name)),
    );
    return `${WAITS}${(await Promise.all(parts)).join(', ')}`;
  }

  /**
   * The needs that exceed the capacities in the organization's settings; pools that the settings do not name are not
   * checked.
   */
  async faults(organization: string, units: Units = {}): Promise<Fault[]> {
    if (Object.keys(units).length === 0) return [];
    const { resources } = await this.settings.current(organization);
    return Object.entries(units).flatMap(([name, count]) => {
      const setting = ownMember(resources, name);
      if (setting === undefined || count <= sizeOf(setting).capacity) return [];
      const { capacity, perMs } = sizeOf(setting);
      const what =
        perMs === null ? 'which is the capacity of the pool' : `of which the pool has no more in ${perMs} ms`;
      return [{ pointer: `/resources/${name}`, detail: `must be at most ${capacity}, ${what}` }];
    });
  }
}

function shortageInWords(name: string, count: number, { capacity, perMs }: PoolSize): string {
  if (QUOTAS.includes(name)) return `${OF_QUOTA}${capacity} ${name.slice(1, -1)}`;
  const what = `${count} of pool "${name}"`;
  if (perMs !== null) {
    const rate = rateInWords({ capacity, perMs });
    return count > capacity ? `${what}, whose rate is only ${rate}` : `${what} (rate: ${rate})`;
  }
  return count > capacity ? `${what}, whose capacity is only ${capacity}` : `${what} (capacity ${capacity})`;
}
