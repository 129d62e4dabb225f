import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';
import { z } from 'zod';
import { Clock } from './clock/clock.js';
import { SystemClock } from './clock/system-clock.js';
import { SettingsError } from './domain/errors.js';
import type { Quotas } from './domain/quotas.js';
import { threadSettingsSchema, type ThreadSettings } from './integrations/handler/threads/thread-settings.js';
import { resolved } from './settings/resolved.js';
import type {
  AuditSettings,
  Durability,
  EngineSettings,
  KafkaSettings,
  LimitSettings,
  LockPlace,
  OutboxSettings,
  QuotaSettings,
  RetentionSettings,
  SinkSettings,
  SmtpSettings,
  TlsSettings,
} from './settings/settings.js';
import { OPTIONS_RULES, type SettingsRule, type SharedSettings } from './settings/settings-rules.js';
import { sharedSchema } from './settings/settings.schema.js';
import { isTree, type SettingsTree } from './settings/settings-tree.js';
import { chosenStoreOf, type ChosenStore, type StoreOptions } from './storage/store-options.js';
import type { TriggerType } from './triggers/trigger-type.js';
import { TriggerTypes } from './triggers/trigger-types.js';

/** The options with which a host application sets up the runner. Every member has a default. */
export interface TaskRunnerOptions extends StoreOptions {
  /** `file:<path>` (SQLite) or `mongodb://…`. Default `file:./data/tasks.db`. */
  storeUrl?: string;
  /** `redis://…` or `rediss://…` of a server whose streams are published to and subscribed. Default none. */
  redisUrl?: string | null;
  /** Files in PEM for the connections of a `rediss://`. Default what Node has. */
  redisTls?: Partial<TlsSettings>;
  /** Where the locks are kept: in the store, or in the server at `redisUrl`. Default `store`. */
  locks?: LockPlace;
  /** The Kafka cluster whose topics are published to and subscribed. Default none. */
  kafka?: Partial<KafkaSettings>;
  /** Put before the types of CloudEvents that are published. Default `task-runner.`. */
  eventTypePrefix?: string;
  /** The first part of the names of consumer groups. Default `task-runner`. */
  transportGroup?: string;
  /** When a write counts as stored: `full`, or `relaxed` for speed at some risk. Default `full`. */
  durability?: Durability;
  /** How the engine trades memory, persistence and latency. */
  engine?: Partial<EngineSettings>;
  /** Key ring as `id:base64,id2:base64`; by default a generated key beside the embedded store. MongoDB needs one. */
  encryptionKeys?: string | null;
  /** Private hosts, addresses or CIDRs that outgoing calls may reach. Default none. */
  httpAllow?: string[];
  /** The proxy through which all calls of tasks go, `http://` or `https://`. Default none. */
  outgoingProxyUrl?: string | null;
  /** The address of the API as receivers of calls see it, such as `https://jobs.example.org`. Default none. */
  publicUrl?: string | null;
  /** Addresses of the services that receive events of runs. Default none. */
  sinks?: Partial<SinkSettings>;
  /** The server through which e-mail of notifications leaves. Default none. */
  smtp?: Partial<SmtpSettings>;
  /** How much of what could not be delivered to them yet is kept. Default 256 MiB and 72 hours. */
  outbox?: Partial<OutboxSettings>;
  /** Where the heads of audit trails are kept outside of the store. Default nowhere. */
  audit?: Partial<AuditSettings>;
  /** The most that each organization may have; an organization can set narrower quotas for itself. Default none. */
  quotas?: Partial<QuotaSettings>;
  /** Limits, in bytes, on what grows by itself. */
  limits?: Partial<LimitSettings>;
  /** How long finished objects are kept, in days. Default 30 for runs, 7 for events, 365 for the audit trail. */
  retention?: Partial<RetentionSettings>;
  /** How handlers work in threads. */
  threads?: Partial<ThreadSettings>;
  /** Whether the runner traces with the SDK of OpenTelemetry that the application has registered. Default false. */
  tracing?: boolean;
  /** The application's own trigger types, beside the built-in ones. Default none. */
  triggerTypes?: readonly TriggerType[];
  /** The source of time; tests set their own. Default the machine's clock. */
  clock?: Clock;
}

/** The injection token of the resolved options. */
export const RUNNER_OPTIONS = Symbol('RUNNER_OPTIONS');

export type ResolvedOptions = Required<
  Omit<
    TaskRunnerOptions,
    | 'engine'
    | 'kafka'
    | 'redisTls'
    | 'sinks'
    | 'smtp'
    | 'outbox'
    | 'audit'
    | 'limits'
    | 'quotas'
    | 'retention'
    | 'threads'
    | keyof StoreOptions
  >
> &
  ChosenStore & {
    engine: EngineSettings;
    kafka: KafkaSettings;
    redisTls: TlsSettings;
    sinks: SinkSettings;
    smtp: SmtpSettings;
    outbox: OutboxSettings;
    audit: AuditSettings;
    limits: LimitSettings;
    quotas: Quotas;
    threads: ThreadSettings;
    retention: RetentionSettings;
  };

/** Options that depend on other providers, in Nest's usual form. */
export type TaskRunnerAsyncOptions = Pick<ModuleMetadata, 'imports'> &
  Pick<FactoryProvider<TaskRunnerOptions>, 'inject' | 'useFactory'>;

/** Sections whose every member is a number. */
const NUMBERS = ['engine', 'limits', 'outbox', 'quotas', 'retention', 'threads'];

/** Options that are the host's own objects: they are neither looked into nor frozen. */
const OBJECTS = ['clock', 'connection'];

/** The rules with the option that stands in the place of `storeUrl`, beside which no key can be generated. */
const rulesWith = (option: string): SettingsRule<SharedSettings>[] => [
  ...OPTIONS_RULES,
  {
    keys: ['encryptionKeys'],
    holds: ({ encryptionKeys }) => encryptionKeys !== null,
    sentence: `encryptionKeys (id:base64 pairs of 32-byte keys) must be set with ${option}: the instances need the same keys.`,
  },
];

const rulesOf = ({ host, store }: ChosenStore): SettingsRule<SharedSettings>[] => {
  if (host !== null) return rulesWith('connection');
  return store === null ? OPTIONS_RULES : rulesWith('store');
};

const threadsSchema = z.strictObject({ threads: threadSettingsSchema });

/** The options with their defaults, frozen. @throws SettingsError that names all faults at once */
export function resolveOptions(options: TaskRunnerOptions): ResolvedOptions {
  if (!isTree(options)) throw new SettingsError('The options must be an object.');
  const { chosen, faults: storeFaults } = chosenStoreOf(options);
  const faults = [...carelessMembers(options), ...storeFaults];
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));
  const { triggerTypes = [], clock = new SystemClock(), threads = {}, ...others } = options;
  const { connection: _, database: __, store: ___, ...rest } = others;
  if (!Array.isArray(triggerTypes)) throw new SettingsError('triggerTypes must be a list.');
  if (!(clock instanceof Clock)) throw new SettingsError('clock must be a Clock.');
  // Throws for a name that is taken or has no colon: before anything is opened.
  void new TriggerTypes(triggerTypes);
  const ofThreads = resolved(threadsSchema, { threads }, [], (key) => key);
  const settings = resolved(sharedSchema, rest, rulesOf(chosen), (key) => key);
  const quotas = Object.entries(settings.quotas).filter(([, limit]) => limit !== null);
  return Object.freeze({
    ...settings,
    ...ofThreads,
    quotas: Object.freeze(Object.fromEntries(quotas) as Quotas),
    triggerTypes,
    clock,
    ...chosen,
  });
}

/** The fault of an option with the value undefined, as of a variable that is not set. */
export const undefinedFault = (name: string): string => `${name} is undefined: leave it out for its default.`;

/**
 * What a program writes by mistake and what would silently mean something else: the value undefined, as of a variable
 * that is not set, and numbers as text.
 */
function carelessMembers(options: SettingsTree): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [undefinedFault(name)];
    if (!isTree(value) || OBJECTS.includes(name)) return [];
    return Object.entries(value).flatMap(([inner, each]) => {
      if (each === undefined) return [undefinedFault(`${name}.${inner}`)];
      return NUMBERS.includes(name) && typeof each === 'string' ? [`${name}.${inner} must be a number, not text.`] : [];
    });
  });
}
