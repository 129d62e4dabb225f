import { Injectable } from '@nestjs/common';
import { FreshReads } from '../batching/fresh-reads.js';
import { InstanceRegistry } from '../cluster/instance-registry.js';
import { shareOf } from '../cluster/slot-rule.js';
import { Clock } from '../clock/clock.js';
import type { OrganizationSettings } from '../domain/organization-settings.js';
import type { PoolSize } from '../domain/resources.js';
import { GrantsService } from '../organizations/grants.service.js';
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
import { latenessOf, minuteOf, MINUTE_MS, type Lateness } from '../stats/figures.js';
import { StatsReads } from '../stats/stats.store.js';
import { isWorking } from './capacity.js';
import { NO_DEMAND, UnitDemand, type Demand, type Holder } from './unit-demand.js';

/** How old what is told may be: an organization that asks all the time costs one look a second. */
const FRESH_MS = 1000;
/** Tasks are counted up to this number per state; unfinished runs are looked for among so many. */
const MOST_TASKS = 20_000;
const MOST_UNFINISHED = 10_000;
/** How many pools are looked at, and how many units they may have together. */
export const MOST_POOLS = 50;
const MOST_UNITS = 2000;
/** Over how many of the last minutes the lateness of starts is told. */
const LATELY_MINUTES = 5;

/** How much of something is in use; without a limit, null. */
export interface Use {
  used: number;
  limit: number | null;
}

/** What a quota of runs is, and how many due runs wait for it. */
export interface RunUse extends Use {
  waiting: number;
}

/** What a pool is, who holds its units, and how many due runs wait for them. */
export interface PoolUse {
  name: string;
  capacity: number;
  perMs: number | null;
  /** Null where there are too many units to look at. */
  used: number | null;
  /** Of places alone: units of a rate are held by nobody. Those that have held longest; ten at most. */
  holders: Holder[];
  waiting: number;
}

/** What an organization gets of what all instances can execute at a time, beside others. */
export interface Fairness {
  weight: number;
  /** How many runs it executes. */
  running: number;
  /** How many it may execute while others have work. */
  due: number;
  /** How late its runs started in the last five minutes. */
  lateness: Lateness;
}

/** How much an organization uses of what it may have. */
export interface Usage {
  /** Epoch ms. */
  at: number;
  tasks: Use;
  concurrentRuns: RunUse;
  /** The starts of the last minute; `used` is null without a limit, as nobody counts them then. */
  startsPerMinute: { used: number | null; limit: number | null; waiting: number };
  /** How many runs are due and have not started, for whatever reason. */
  waiting: number;
  /** The pools that the settings name. */
  pools: PoolUse[];
  fairness: Fairness;
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
    private readonly demand: UnitDemand,
    private readonly grants: GrantsService,
    private readonly instances: InstanceRegistry,
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
    const [states, demand, fairness] = await Promise.all([
      asked.length > 0 ? this.pools.look(asked) : new Map<string, never>(),
      asked.length > 0 ? this.demand.of(organization, at) : NO_DEMAND,
      this.fairness(organization, at, backlog.running),
    ]);
    const usedOf = (name: string): number | null => {
      const state = states.get(poolOf(organization, name));
      return state ? Math.max(0, state.capacity - state.free.length) : null;
    };
    const tasks = Object.values(counts);
    return {
      at,
      tasks: { used: tasks.reduce((sum, count) => sum + count, 0), limit: quotas.tasks ?? null },
      concurrentRuns: {
        used: usedOf(CONCURRENT_RUNS) ?? backlog.running,
        ...{ limit: limited.runs ?? null, waiting: waitingFor(demand, CONCURRENT_RUNS) },
      },
      startsPerMinute: {
        used: usedOf(STARTS_PER_MINUTE),
        ...{ limit: limited.starts ?? null, waiting: waitingFor(demand, STARTS_PER_MINUTE) },
      },
      waiting: backlog.waiting,
      pools: named.slice(0, MOST_POOLS).map(([name, size]) => poolUse(name, sizeOf(size), usedOf(name), demand)),
      fairness,
      retention: keptOf(retention, this.runtime.retention),
      truncated: [
        ...[!isAll, !demand.isAll, backlog.truncated, named.length > MOST_POOLS],
        tasks.some((count) => count >= MOST_TASKS),
      ].includes(true),
    };
  }

  private async fairness(organization: string, at: number, running: number): Promise<Fairness> {
    const from = minuteOf(at) - (LATELY_MINUTES - 1) * MINUTE_MS;
    const [{ weight }, instances, minutes] = await Promise.all([
      this.grants.current(organization),
      this.instances.list(),
      this.stats.sums(organization, { from, before: at + 1, limit: LATELY_MINUTES }),
    ]);
    const shares = instances.filter(isWorking).map(({ concurrency }) => shareOf(concurrency, weight));
    return { weight, running, due: shares.reduce((sum, share) => sum + share, 0), lateness: latenessOf(minutes) };
  }
}

const waitingFor = ({ waiting }: Demand, name: string): number => waiting.get(name) ?? 0;

const poolUse = (name: string, size: ReturnType<typeof sizeOf>, used: number | null, demand: Demand): PoolUse => ({
  ...{ name, ...size, used, waiting: waitingFor(demand, name) },
  holders: size.perMs === null ? (demand.holders.get(name) ?? []) : [],
});

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
