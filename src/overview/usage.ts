import { Injectable } from '@nestjs/common';
import { FreshReads } from '../batching/fresh-reads.js';
import { Clock } from '../clock/clock.js';
import type { OrganizationSettings } from '../domain/organization-settings.js';
import type { PoolSize } from '../domain/resources.js';
import { QuotasService } from '../organizations/quotas.service.js';
import { SettingsService } from '../organizations/settings.service.js';
import {
  CONCURRENT_RUNS,
  poolOf,
  sizeOf,
  STARTS_PER_MINUTE,
  type PoolName,
} from '../scheduling/resources/pool-sizes.js';
import { ResourcePools } from '../scheduling/resources/resource-pools.js';
import { ownRunDaysOf } from '../settings/run-days.js';
import { RuntimeSettings } from '../settings/runtime-settings.js';
import type { RetentionSettings } from '../settings/settings.js';
import { StatsReads } from '../stats/stats.store.js';

/** How old what is told may be: an organization that asks all the time costs one look a second. */
const FRESH_MS = 1000;
/** Tasks are counted up to this number per state; unfinished runs are looked for among so many. */
const MOST_TASKS = 20_000;
const MOST_UNFINISHED = 10_000;
/** How many pools are looked at, and how many units they may have together. */
export const MOST_POOLS = 50;
const MOST_UNITS = 2000;

/** How much of something is in use; without a limit, null. */
export interface Use {
  used: number;
  limit: number | null;
}

/** How much an organization uses of what it may have. */
export interface Usage {
  /** Epoch ms. */
  at: number;
  tasks: Use;
  concurrentRuns: Use;
  /** The starts of the last minute; `used` is null without a limit, as nobody counts them then. */
  startsPerMinute: { used: number | null; limit: number | null };
  /** How many runs are due and have not started, for whatever reason. */
  waiting: number;
  /** The pools that the settings name; `used` is null where there are too many units to look at. */
  pools: { name: string; capacity: number; perMs: number | null; used: number | null }[];
  /** For how many days finished runs are kept. */
  retention: { runsDays: number; failedRunsDays: number };
  /** Whether not all tasks, runs or pools were counted. */
  truncated: boolean;
}

/** Tells how much of its quotas and pools an organization uses. */
@Injectable()
export class UsageService {
  private readonly fresh: FreshReads<Usage>;

  constructor(
    private readonly quotas: QuotasService,
    private readonly settings: SettingsService,
    private readonly pools: ResourcePools,
    private readonly stats: StatsReads,
    private readonly runtime: RuntimeSettings,
    private readonly clock: Clock,
  ) {
    this.fresh = new FreshReads(clock, FRESH_MS, (organization) => this.look(organization));
  }

  /** At most a second old. @throws StoreUnavailableError */
  of(organization: string): Promise<Usage> {
    return this.fresh.get(organization);
  }

  private async look(organization: string): Promise<Usage> {
    const at = this.clock.now();
    const [quotas, { resources, retention }, counts, backlog] = await Promise.all([
      this.quotas.of(organization),
      this.settings.current(organization),
      this.stats.tasksByState(organization, MOST_TASKS),
      this.stats.backlog(organization, at, MOST_UNFINISHED),
    ]);
    const limited = { runs: quotas.concurrentRuns, starts: quotas.startsPerMinute };
    const named = Object.entries(resources).sort(([a], [b]) => (a < b ? -1 : 1));
    const { looked, isAll } = withinUnits(named.slice(0, MOST_POOLS));
    const asked: PoolName[] = [
      ...looked.map((name): PoolName => [organization, name]),
      ...(limited.runs === undefined ? [] : [[organization, CONCURRENT_RUNS] as const]),
      ...(limited.starts === undefined ? [] : [[organization, STARTS_PER_MINUTE] as const]),
    ];
    const states = asked.length > 0 ? await this.pools.look(asked) : new Map<string, never>();
    const usedOf = (name: string): number | null => {
      const state = states.get(poolOf(organization, name));
      return state ? Math.max(0, state.capacity - state.free.length) : null;
    };
    const tasks = Object.values(counts);
    return {
      at,
      tasks: { used: tasks.reduce((sum, count) => sum + count, 0), limit: quotas.tasks ?? null },
      concurrentRuns: { used: usedOf(CONCURRENT_RUNS) ?? backlog.running, limit: limited.runs ?? null },
      startsPerMinute: { used: usedOf(STARTS_PER_MINUTE), limit: limited.starts ?? null },
      waiting: backlog.waiting,
      pools: named.slice(0, MOST_POOLS).map(([name, size]) => ({ name, ...sizeOf(size), used: usedOf(name) })),
      retention: keptOf(retention, this.runtime.retention),
      truncated: !isAll || backlog.truncated || named.length > MOST_POOLS || tasks.some((count) => count >= MOST_TASKS),
    };
  }
}

const keptOf = (own: OrganizationSettings['retention'], installation: RetentionSettings): Usage['retention'] => ({
  runsDays: ownRunDaysOf(own ?? {}, installation, false),
  failedRunsDays: ownRunDaysOf(own ?? {}, installation, true),
});

/** The first of the pools whose units one look can take in. */
function withinUnits(named: readonly [string, PoolSize][]): { looked: string[]; isAll: boolean } {
  const looked: string[] = [];
  let units = 0;
  for (const [name, size] of named) {
    units += sizeOf(size).capacity;
    if (units > MOST_UNITS) return { looked, isAll: false };
    looked.push(name);
  }
  return { looked, isAll: true };
}
