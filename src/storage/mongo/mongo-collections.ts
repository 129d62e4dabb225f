import { type Connection, mongo, MongooseError, Schema } from 'mongoose';
import type { ApiKey } from '../../auth/api-key.store.js';
import type { Instance } from '../../cluster/instance.store.js';
import { type MinuteFigures, noTotals } from '../../stats/figures.js';
import {
  auditBirthSchema,
  auditCheckpointSchema,
  type AuditDocument,
  type AuditOutcomesDocument,
  auditOutcomesSchema,
  auditSchema,
  type CheckpointDocument,
} from './audit.document.js';
import type { NotificationDeliveryRow, RecordRow } from '../readable-notifications.js';
import type { DeliveryRow, SourceRow } from '../readable-webhooks.js';
import type { WindowRow } from '../readable-window.js';
import type { Stamped } from './bulk.js';
import { type LedgerDocument, ledgerSchema } from './ledger.document.js';
import type { LogDocument } from './log.document.js';
import type { OutboxDocument, OutboxLossDocument, OutboxMarkDocument } from './outbox.document.js';
import { patientReads } from './patient-reads.js';
import { type RunDocument, runSchema } from './run.document.js';
import { type TaskDocument, taskSchema } from './task.document.js';

/** A lock by its key; free from `expiresAt` on, by the server's clock. */
export interface LockDocument {
  _id: string;
  owner: string;
  expiresAt: Date;
}

export interface EventDocument extends Stamped {
  organization: string;
  eventId: string;
  type: string;
  /** JSON text. */
  data: string;
  receivedAt: number;
  dispatched: boolean;
  /** There once it could not be dispatched. */
  tries?: number;
  failure?: string;
  retryAt?: number | null;
  /** Only of those from outside of the installation. */
  source?: string;
  digest?: string;
  /** Where in a trace it came from, as JSON. */
  trace?: string;
  /** Its place in the list of events; missing where an older version stored it. */
  place?: string;
  /** What came of it, as JSON text. */
  outcome?: string;
}

export interface IdempotencyDocument extends Stamped {
  /** The fingerprint of the request. */
  bodyHash: string;
  begunAt: Date;
  /** The sealed answer. */
  response: string | null;
}

export interface InstanceDocument extends Omit<Instance, 'id'> {
  _id: string;
}

export interface SettingsDocument extends Stamped {
  version: number;
  /** JSON text. */
  settings: string;
}

/** A program's API key, without the key itself. */
export interface ApiKeyDocument extends Omit<ApiKey, 'id'> {
  _id: string;
}

/** A webhook source; `source` is JSON. */
export interface WebhookSourceDocument extends Stamped, Omit<SourceRow, 'id'> {}

/** What came in at a webhook source; the id consists of the source's and its own, and `delivery` is JSON. */
export interface WebhookDeliveryDocument extends Omit<DeliveryRow, 'id'> {
  _id: string;
}

/** A window of an event trigger; `held` is JSON. */
export interface EventWindowDocument extends Omit<WindowRow, 'id'> {
  _id: string;
}
/** What there is of notifications beside the deliveries; `key` is its id in the organization, `body` is JSON. */
export interface NotificationDocument extends Stamped, Omit<RecordRow, 'id'> {
  key: string;
}

/** What goes out to a channel; `key` is its id in the organization, `delivery` is JSON. */
export interface NotificationDeliveryDocument extends Omit<NotificationDeliveryRow, 'id'> {
  _id: string;
  key: string;
  lastWrite?: string;
}

/** The figures of a minute; the id consists of minute, instance and organization. */
export interface FiguresDocument extends MinuteFigures {
  _id: string;
}

/** The version of the database's layout. */
export interface MetaDocument {
  _id: 'schema';
  version: number;
  /** The layout that a program must know; absent while newer layouts only added to older ones. */
  needed?: number;
}

/** Until when (epoch ms) an instance may start what it claimed ahead. */
export interface StartLimitDocument {
  _id: string;
  until: number;
}

/** The shapes by which the event triggers of an organization, whose name is the id, are indexed. */
export interface EventShapesDocument {
  _id: string;
  shapes: string[];
}

interface Documents {
  tasks: TaskDocument;
  runs: RunDocument;
  ledger: LedgerDocument;
  locks: LockDocument;
  events: EventDocument;
  eventWindows: EventWindowDocument;
  eventShapes: EventShapesDocument;
  logs: LogDocument;
  idempotency: IdempotencyDocument;
  instances: InstanceDocument;
  startLimits: StartLimitDocument;
  settings: SettingsDocument;
  audit: AuditDocument;
  auditCheckpoints: CheckpointDocument;
  auditBirths: CheckpointDocument;
  auditOutcomes: AuditOutcomesDocument;
  apiKeys: ApiKeyDocument;
  webhookSources: WebhookSourceDocument;
  webhookDeliveries: WebhookDeliveryDocument;
  notifications: NotificationDocument;
  notificationDeliveries: NotificationDeliveryDocument;
  figures: FiguresDocument;
  outbox: OutboxDocument;
  outboxMarks: OutboxMarkDocument;
  outboxLosses: OutboxLossDocument;
  meta: MetaDocument;
}
export type CollectionName = keyof Documents;

const text = { type: String, required: true };
const number = { type: Number, required: true };
const date = { type: Date, required: true };
const schemaOf = (collection: CollectionName, fields: Record<string, object>): Schema =>
  new Schema({ _id: text, ...fields }, { collection, versionKey: false });

const SCHEMAS: Record<CollectionName, Schema> = {
  tasks: taskSchema,
  runs: runSchema,
  ledger: ledgerSchema,
  locks: schemaOf('locks', { owner: text, expiresAt: date }),
  events: schemaOf('events', {
    organization: text,
    eventId: text,
    type: { type: text },
    data: text,
    receivedAt: number,
    dispatched: { type: Boolean, required: true },
    tries: Number,
    failure: String,
    retryAt: Number,
    source: String,
    digest: String,
    trace: String,
    place: String,
    outcome: String,
    lastWrite: text,
  }),
  eventWindows: schemaOf('eventWindows', {
    organization: text,
    taskId: text,
    shard: number,
    version: text,
    dueAt: number,
    bytes: number,
    held: text,
  }),
  eventShapes: schemaOf('eventShapes', { shapes: [String] }),
  logs: schemaOf('logs', { organization: text, runId: text, first: number, last: number, entries: text }),
  idempotency: schemaOf('idempotency', { bodyHash: text, begunAt: date, response: { type: String }, lastWrite: text }),
  instances: schemaOf('instances', {
    version: text,
    startedAt: number,
    heartbeatAt: number,
    running: number,
    concurrency: number,
    leaving: Boolean,
  }),
  startLimits: schemaOf('startLimits', { until: number }),
  settings: schemaOf('settings', { version: number, settings: text, lastWrite: text }),
  audit: auditSchema,
  auditCheckpoints: auditCheckpointSchema,
  auditBirths: auditBirthSchema,
  auditOutcomes: auditOutcomesSchema,
  apiKeys: schemaOf('apiKeys', {
    organization: text,
    name: text,
    prefix: text,
    hash: text,
    roles: [String],
    createdBy: text,
    createdAt: number,
    expiresAt: number,
    lastUsedAt: { type: Number },
  }),
  webhookSources: schemaOf('webhookSources', { organization: text, version: number, source: text, lastWrite: text }),
  webhookDeliveries: schemaOf('webhookDeliveries', {
    organization: text,
    source: text,
    at: number,
    result: text,
    bytes: number,
    delivery: text,
  }),
  notifications: schemaOf('notifications', {
    kind: text,
    organization: text,
    key: text,
    version: number,
    at: number,
    body: text,
    lastWrite: text,
  }),
  notificationDeliveries: schemaOf('notificationDeliveries', {
    organization: text,
    key: text,
    channel: text,
    status: text,
    version: number,
    at: number,
    dueAt: { type: Number },
    delivery: text,
    lastWrite: { type: String },
  }),
  figures: schemaOf('figures', {
    organization: text,
    instance: text,
    minute: number,
    ...Object.fromEntries(Object.keys(noTotals()).map((name) => [name, number])),
    lateness: [Number],
    worstMs: number,
  }),
  outbox: schemaOf('outbox', {
    stream: text,
    sequence: number,
    at: number,
    bytes: number,
    consumers: text,
    messages: { type: [Schema.Types.Mixed], required: true },
  }),
  outboxMarks: schemaOf('outboxMarks', { stream: text, consumer: text, sequence: number }),
  outboxLosses: schemaOf('outboxLosses', { count: number }),
  meta: schemaOf('meta', { version: number, needed: Number }),
};

/** Gives the connection the models of all collections. */
export function addModels(connection: Connection): Connection {
  for (const [name, schema] of Object.entries(SCHEMAS)) connection.model(name, schema);
  return connection;
}

/**
 * The native collections, of the models of an own connection or of a database of the host's: turning results into mongoose
 * documents would cost more than reading them.
 */
export class MongoCollections {
  readonly tasks: mongo.Collection<TaskDocument>;
  readonly runs: mongo.Collection<RunDocument>;
  readonly ledger: mongo.Collection<LedgerDocument>;
  readonly locks: mongo.Collection<LockDocument>;
  readonly events: mongo.Collection<EventDocument>;
  readonly eventWindows: mongo.Collection<EventWindowDocument>;
  readonly eventShapes: mongo.Collection<EventShapesDocument>;
  readonly logs: mongo.Collection<LogDocument>;
  readonly idempotency: mongo.Collection<IdempotencyDocument>;
  readonly instances: mongo.Collection<InstanceDocument>;
  readonly startLimits: mongo.Collection<StartLimitDocument>;
  readonly settings: mongo.Collection<SettingsDocument>;
  readonly audit: mongo.Collection<AuditDocument>;
  readonly auditCheckpoints: mongo.Collection<CheckpointDocument>;
  readonly auditBirths: mongo.Collection<CheckpointDocument>;
  readonly auditOutcomes: mongo.Collection<AuditOutcomesDocument>;
  readonly apiKeys: mongo.Collection<ApiKeyDocument>;
  readonly webhookSources: mongo.Collection<WebhookSourceDocument>;
  readonly webhookDeliveries: mongo.Collection<WebhookDeliveryDocument>;
  readonly notifications: mongo.Collection<NotificationDocument>;
  readonly notificationDeliveries: mongo.Collection<NotificationDeliveryDocument>;
  readonly figures: mongo.Collection<FiguresDocument>;
  readonly outbox: mongo.Collection<OutboxDocument>;
  readonly outboxMarks: mongo.Collection<OutboxMarkDocument>;
  readonly outboxLosses: mongo.Collection<OutboxLossDocument>;
  readonly meta: mongo.Collection<MetaDocument>;

  /** With which options indexes are built; `prepare` finds out. */
  indexing: mongo.CreateIndexesOptions = {};

  constructor(readonly connection: Connection | mongo.Db) {
    this.tasks = this.of('tasks');
    this.runs = this.of('runs');
    this.ledger = this.of('ledger');
    this.locks = this.of('locks');
    this.events = this.of('events');
    this.eventWindows = this.of('eventWindows');
    this.eventShapes = this.of('eventShapes');
    this.logs = this.of('logs');
    this.idempotency = this.of('idempotency');
    this.instances = this.of('instances');
    this.startLimits = this.of('startLimits');
    this.settings = this.of('settings');
    this.audit = this.of('audit');
    this.auditCheckpoints = this.of('auditCheckpoints');
    this.auditBirths = this.of('auditBirths');
    this.auditOutcomes = this.of('auditOutcomes');
    this.apiKeys = this.of('apiKeys');
    this.webhookSources = this.of('webhookSources');
    this.webhookDeliveries = this.of('webhookDeliveries');
    this.notifications = this.of('notifications');
    this.notificationDeliveries = this.of('notificationDeliveries');
    this.figures = this.of('figures');
    this.outbox = this.of('outbox');
    this.outboxMarks = this.of('outboxMarks');
    this.outboxLosses = this.of('outboxLosses');
    this.meta = this.of('meta');
  }

  /** @throws MongooseError where the connection is not open */
  get database(): mongo.Db {
    const { connection } = this;
    if (connection instanceof mongo.Db) return connection;
    if (!connection.db) throw new MongooseError('the connection is not open');
    return connection.db;
  }

  of<Name extends CollectionName>(name: Name): mongo.Collection<Documents[Name]> {
    const { connection } = this;
    const found = connection instanceof mongo.Db ? connection.collection(name) : connection.model(name).collection;
    return patientReads(found) as unknown as mongo.Collection<Documents[Name]>;
  }
}
