import type { QuotaName } from '../domain/quotas.js';

/** Every setting, resolved: defaults applied, checked, frozen. Where each comes from is told in config/default.yaml. */
export interface Settings {
  /** Where the service listens. */
  host: string;
  port: number;
  production: boolean;
  /** `file:<path>` (SQLite) or `mongodb://…` / `mongodb+srv://…`. */
  storeUrl: string;
  durability: Durability;
  /** HS256 secret; null means: a generated one beside the embedded store. */
  jwtSecret: string | null;
  jwksUrl: string | null;
  jwtIssuer: string | null;
  jwtAudience: string | null;
  /** Key ring as `id:base64,id2:base64`; null means: a generated one beside the embedded store. */
  encryptionKeys: string | null;
  /** Private hosts, addresses or CIDRs that outgoing calls may reach. */
  httpAllow: string[];
  engine: EngineSettings;
  /** Requests of one organization in a minute, on each instance. */
  rateLimitPerMinute: number;
  /** Failed authentications from one address in a minute, on each instance. */
  authFailuresPerMinute: number;
  http: HttpSettings;
  redisUrl: string | null;
  kafkaBrokers: string | null;
  logLevel: LogLevelName;
  sinks: SinkSettings;
  retention: RetentionSettings;
  quotas: QuotaSettings;
  limits: LimitSettings;
}

/**
 * When a write counts as kept. `full`: it outlives a power cut, and in a replica set the loss of its primary. `relaxed`: it
 * outlives the end of any process, but may be lost in a power cut (SQLite) or with a primary that is replaced (MongoDB).
 */
export type Durability = 'full' | 'relaxed';

export type LogLevelName = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** The injection token of the engine's settings. */
export const ENGINE_SETTINGS = Symbol('ENGINE_SETTINGS');

/** How the engine trades memory, persistence and latency. Times in milliseconds. */
export interface EngineSettings {
  /** Runs at the same time on this instance. */
  concurrency: number;
  /** How far ahead occurrences are loaded. */
  horizonMs: number;
  /** How many occurrences are held in memory at the most. */
  heapLimit: number;
  /** How long before its time an occurrence is claimed. */
  armingMs: number;
  /** How long a write waits for company; 0 writes at once what has gathered during the write before. */
  batchMs: number;
  /** Life of a lock unless it is renewed. */
  lockLifeMs: number;
  /** Distance between two renewals. */
  heartbeatMs: number;
  /** How long a stopping instance lets its runs finish. */
  shutdownGraceMs: number;
  /** How long after its time something that has not begun is overdue. */
  overdueAfterMs: number;
  /** Distance between two looks for what is overdue. */
  overdueCheckMs: number;
  /** How many runs one event may start, with all that follow from the events that those raise. */
  eventDescendants: number;
}

/** What the HTTP server believes and bears. Times in milliseconds. */
export interface HttpSettings {
  /** Addresses or CIDRs of the proxies whose `X-Forwarded-For` is believed. */
  trustProxy: string[];
  /** How long the headers of a request, and a whole request, may take to arrive. */
  headersTimeoutMs: number;
  requestTimeoutMs: number;
  /** Connections at the same time; further ones are closed. */
  maxConnections: number;
}

/** Addresses of the services that hear of runs; null turns a sink off. */
export interface SinkSettings {
  executionEngineUrl: string | null;
  notificationUrl: string | null;
  reportingUrl: string | null;
  auditUrl: string | null;
}

/** What every organization may have at the most; null for any number. */
export type QuotaSettings = Record<QuotaName, number | null>;

/** Where sizes are bounded that grow by themselves, in bytes. */
export interface LimitSettings {
  /** A task as it is stored, its sealed secrets included, whatever it grew by. */
  taskBytes: number;
  /** A request of an action, as it is sent: URL, headers and body with their templates filled in. */
  requestBytes: number;
  /** The data of an event that an action raises, its templates filled in. */
  eventBytes: number;
  /** A page of a list; one that holds more than one item ends before it exceeds this. */
  pageBytes: number;
  /** Answers that are being made or have not been sent yet, all together. */
  answerBytes: number;
}

/** How long finished things are kept, in days. */
export interface RetentionSettings {
  runsDays: number;
  eventsDays: number;
  auditDays: number;
}
