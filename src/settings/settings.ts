import type { QuotaName } from '../domain/quotas.js';
import type { LogLevelName } from '../domain/service-log-levels.js';

/** Every setting, resolved: defaults applied, checked, frozen. config/default.yaml documents their sources. */
export interface Settings {
  /** Where the service listens. */
  host: string;
  port: number;
  production: boolean;
  /** `file:<path>` (SQLite) or `mongodb://…` / `mongodb+srv://…`. */
  storeUrl: string;
  durability: Durability;
  /** HS256 secret; null for a generated one next to the embedded store. */
  jwtSecret: string | null;
  jwksUrl: string | null;
  jwtIssuer: string | null;
  jwtAudience: string | null;
  /** Key ring as `id:base64,id2:base64`; null for a generated one next to the embedded store. */
  encryptionKeys: string | null;
  /** Private hosts, addresses or CIDRs that outgoing calls may reach. */
  httpAllow: string[];
  /** The proxy through which all calls of tasks go; null for none. */
  outgoingProxyUrl: string | null;
  /** The address of the API as receivers of calls see it; null for the one where the service listens. */
  publicUrl: string | null;
  engine: EngineSettings;
  /** Requests per organization and minute, on each instance. */
  rateLimitPerMinute: number;
  /** Failed authentications per address and minute, on each instance. */
  authFailuresPerMinute: number;
  http: HttpSettings;
  /** How long a stopping service says that it is not ready and still serves (ms). */
  drainMs: number;
  redisUrl: string | null;
  redisTls: TlsSettings;
  /** Where the locks are kept: in the store, or in the Redis at `redisUrl`. */
  locks: LockPlace;
  kafka: KafkaSettings;
  /** Put before the types of CloudEvents that leave. */
  eventTypePrefix: string;
  /** The first part of the names of consumer groups; installations that share a broker need different ones. */
  transportGroup: string;
  logLevel: LogLevelName;
  /** Whether what happens is told to the SDK of OpenTelemetry that the process has registered. */
  tracing: boolean;
  sinks: SinkSettings;
  smtp: SmtpSettings;
  outbox: OutboxSettings;
  audit: AuditSettings;
  retention: RetentionSettings;
  quotas: QuotaSettings;
  limits: LimitSettings;
}

/**
 * When a write counts as durable. `full`: it survives a power cut and, in a replica set, the loss of the primary.
 * `relaxed`: it survives the end of any process, but may be lost in a power cut (SQLite) or when a primary is replaced
 * (MongoDB).
 */
export type Durability = 'full' | 'relaxed';

export type LockPlace = 'store' | 'redis';

/** Files in PEM with which connections of TLS are made; null for what Node has: public authorities, and no own certificate. */
export interface TlsSettings {
  /** Those who may have signed the certificate of the server. */
  caFile: string | null;
  /** The certificate and the key by which the server knows this client. */
  certFile: string | null;
  keyFile: string | null;
}

/** How to reach a Kafka cluster; without brokers there is none. */
export interface KafkaSettings extends TlsSettings {
  /** `host:port` pairs, separated by commas. */
  brokers: string | null;
  tls: boolean;
  /** How the user below proves who it is. */
  sasl: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  /** Null for no authentication. */
  username: string | null;
  password: string | null;
}

/** The injection token of the engine's settings. */
export const ENGINE_SETTINGS = Symbol('ENGINE_SETTINGS');

/** How the engine trades memory, persistence and latency. Times in milliseconds. */
export interface EngineSettings {
  /** Simultaneous runs on this instance. */
  concurrency: number;
  /** How far ahead occurrences are loaded. */
  horizonMs: number;
  /** Maximum number of occurrences in memory. */
  heapLimit: number;
  /** How many bytes of tasks are held in memory: of those due next, of those that wait for a place, and of active runs. */
  heldBytes: number;
  /** How long before its due time an occurrence is claimed. */
  armingMs: number;
  /**
   * How long a write waits for others to join it; 0 writes at once everything that gathered during the previous write.
   */
  batchMs: number;
  /** How long a lock lasts unless it is renewed. */
  lockLifeMs: number;
  /** Time between two renewals. */
  heartbeatMs: number;
  /** How long a stopping instance waits for its runs to finish. */
  shutdownGraceMs: number;
  /** How long after its due time something that has not started is overdue. */
  overdueAfterMs: number;
  /** Time between two checks for overdue tasks. */
  overdueCheckMs: number;
  /** How many runs one event may start, including the runs of all events that follow from it. */
  eventDescendants: number;
  /** Whether this instance runs tasks; one that does not only takes them in, and serves. */
  work: boolean;
  /** The queues whose tasks this instance runs; empty for all queues. */
  queues: readonly string[];
  /** How many runs of a queue may be under way at a time on this instance, by queue; others have no limit of their own. */
  queueConcurrency: Readonly<Record<string, number>>;
}

/** What the HTTP server trusts, and its limits. Times in milliseconds. */
export interface HttpSettings {
  /** Addresses or CIDRs of trusted proxies, whose `X-Forwarded-For` counts. */
  trustProxy: string[];
  /** How long the headers of a request, and a whole request, may take to arrive. */
  headersTimeoutMs: number;
  requestTimeoutMs: number;
  /** Simultaneous connections; further ones are closed. */
  maxConnections: number;
}

/** Where the signed heads of audit trails are kept outside of the store; null for not there. */
export interface AuditSettings {
  /** Gets them by POST, and may tell them again by GET. */
  anchorUrl: string | null;
  /** A file to which they are appended, as lines of JSON. */
  anchorFile: string | null;
  /** Milliseconds between two times. */
  anchorEveryMs: number;
}

/** Addresses of the services that receive reports of runs; null turns a sink off. */
export interface SinkSettings {
  executionEngineUrl: string | null;
  notificationUrl: string | null;
  reportingUrl: string | null;
  auditUrl: string | null;
}

/** How much of what was not delivered yet is kept for consumers; beyond that, the oldest is given up. */
export interface OutboxSettings {
  /** Bytes of messages, of all consumers together. */
  bytes: number;
  hours: number;
}

/** Maximum quotas of every organization; null for no limit. */
export type QuotaSettings = Record<QuotaName, number | null>;

/** Limits in bytes for sizes that would otherwise grow. */
export interface LimitSettings {
  /** A stored task including its sealed secrets, whatever it grew by. */
  taskBytes: number;
  /** An action's request as sent: URL, headers and body, with templates filled in. */
  requestBytes: number;
  /** The data of an event that an action raises, with templates filled in. */
  eventBytes: number;
  /** A page of a list; a page of several items ends before it exceeds this. */
  pageBytes: number;
  /** All answers together that are being made or not yet sent. */
  answerBytes: number;
  /** Bodies of requests that arrive or are worked on, all together, with what is made of them. */
  bodyBytes: number;
}

/** How long finished objects are kept, in days. */
export interface RetentionSettings {
  runsDays: number;
  /** Runs that failed or timed out; null for as long as the others. */
  failedRunsDays?: number | null;
  eventsDays: number;
  auditDays: number;
}

/** How e-mail leaves; both are needed for it. */
export interface SmtpSettings {
  /** The server, as `smtp://user:password@host:587` or `smtps://…`; null for no e-mail. */
  url: string | null;
  /** The sender of every e-mail; null for none. */
  from: string | null;
}
