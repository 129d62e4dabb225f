import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';
import type { Clock } from './clock/clock.js';
import { SystemClock } from './clock/system-clock.js';
import type { Quotas } from './domain/quotas.js';
import { engineDefaults, limitDefaults } from './settings/load-settings.js';
import type { Durability, EngineSettings, LimitSettings, SinkSettings } from './settings/settings.js';
import type { TriggerType } from './triggers/trigger-type.js';

/** How a host application sets the runner up; every member has its default. */
export interface TaskRunnerOptions {
  /** `file:<path>` (SQLite) or `mongodb://…`. Default `file:./data/tasks.db`. */
  storeUrl?: string;
  /** `redis://…` or `rediss://…` of a server that keeps the locks; by default the store does. */
  redisUrl?: string | null;
  /** When a write counts as kept: `full`, or `relaxed` for speed at some risk. Default `full`. */
  durability?: Durability;
  /** How the engine trades memory, persistence and latency. */
  engine?: Partial<EngineSettings>;
  /** Key ring as `id:base64,id2:base64`; by default a generated key beside the embedded store. */
  encryptionKeys?: string | null;
  /** Private hosts, addresses or CIDRs that outgoing calls may reach. Default none. */
  httpAllow?: string[];
  /** Addresses of the services that hear of runs. Default none. */
  sinks?: Partial<SinkSettings>;
  /** What every organization may have at the most; each can set itself narrower quotas. Default none. */
  quotas?: Quotas;
  /** Where sizes are bounded that grow by themselves, in bytes. */
  limits?: Partial<LimitSettings>;
  /** Kinds of trigger of the application's own, beside the built-in ones. Default none. */
  triggerTypes?: readonly TriggerType[];
  /** Where the time comes from; tests set their own. Default the machine's clock. */
  clock?: Clock;
}

/** The injection token of the resolved options. */
export const RUNNER_OPTIONS = Symbol('RUNNER_OPTIONS');

export type ResolvedOptions = Required<Omit<TaskRunnerOptions, 'engine' | 'sinks' | 'limits'>> & {
  engine: EngineSettings;
  sinks: SinkSettings;
  limits: LimitSettings;
};

/** Options that depend on other providers, in Nest's usual form. */
export type TaskRunnerAsyncOptions = Pick<ModuleMetadata, 'imports'> &
  Pick<FactoryProvider<TaskRunnerOptions>, 'inject' | 'useFactory'>;

/** The options with their defaults, frozen. @throws SettingsError */
export function resolveOptions(options: TaskRunnerOptions): ResolvedOptions {
  return Object.freeze({
    storeUrl: options.storeUrl ?? 'file:./data/tasks.db',
    redisUrl: options.redisUrl ?? null,
    durability: options.durability ?? 'full',
    engine: engineDefaults(options.engine),
    encryptionKeys: options.encryptionKeys ?? null,
    httpAllow: options.httpAllow ?? [],
    sinks: { executionEngineUrl: null, notificationUrl: null, reportingUrl: null, auditUrl: null, ...options.sinks },
    quotas: options.quotas ?? {},
    limits: limitDefaults(options.limits),
    triggerTypes: options.triggerTypes ?? [],
    clock: options.clock ?? new SystemClock(),
  });
}
