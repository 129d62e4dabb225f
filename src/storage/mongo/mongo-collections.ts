import type { ModelDefinition } from '@nestjs/mongoose';
import { type Connection, type mongo, Schema } from 'mongoose';
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
import type { Stamped } from './bulk.js';
import { type LedgerDocument, ledgerSchema } from './ledger.document.js';
import type { LogDocument } from './log.document.js';
import { type RunDocument, runSchema } from './run.document.js';
import { type TaskDocument, taskSchema } from './task.document.js';

/** A lock by its key; it is free from `expiresAt` on, by the server's clock. */
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
}

export interface IdempotencyDocument extends Stamped {
  bodyHash: string;
  begunAt: Date;
  /** JSON text. */
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

/** A key of a program; the key itself is not in it. */
export interface ApiKeyDocument extends Omit<ApiKey, 'id'> {
  _id: string;
}

/** The figures of a minute; the id follows from minute, instance and organization. */
export interface FiguresDocument extends MinuteFigures {
  _id: string;
}

/** How far the database's layout has come. */
export interface MetaDocument {
  _id: 'schema';
  version: number;
  /** The layout that a program has to know; absent while newer ones only added to what older ones know. */
  needed?: number;
}

/** Until when (epoch ms) an instance may begin what it claimed ahead. */
export interface StartLimitDocument {
  _id: string;
  until: number;
}

interface Documents {
  tasks: TaskDocument;
  runs: RunDocument;
  ledger: LedgerDocument;
  locks: LockDocument;
  events: EventDocument;
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
  figures: FiguresDocument;
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
    lastWrite: text,
  }),
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
  figures: schemaOf('figures', {
    organization: text,
    instance: text,
    minute: number,
    ...Object.fromEntries(Object.keys(noTotals()).map((name) => [name, number])),
    lateness: [Number],
    worstMs: number,
  }),
  meta: schemaOf('meta', { version: number, needed: Number }),
};

export const MODELS: ModelDefinition[] = Object.entries(SCHEMAS).map(([name, schema]) => ({ name, schema }));

/** The native collections of the models: turning what is read into mongoose documents would cost more than reading it. */
export class MongoCollections {
  readonly tasks: mongo.Collection<TaskDocument>;
  readonly runs: mongo.Collection<RunDocument>;
  readonly ledger: mongo.Collection<LedgerDocument>;
  readonly locks: mongo.Collection<LockDocument>;
  readonly events: mongo.Collection<EventDocument>;
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
  readonly figures: mongo.Collection<FiguresDocument>;
  readonly meta: mongo.Collection<MetaDocument>;

  constructor(readonly connection: Connection) {
    this.tasks = this.of('tasks');
    this.runs = this.of('runs');
    this.ledger = this.of('ledger');
    this.locks = this.of('locks');
    this.events = this.of('events');
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
    this.figures = this.of('figures');
    this.meta = this.of('meta');
  }

  of<Name extends CollectionName>(name: Name): mongo.Collection<Documents[Name]> {
    return this.connection.model(name).collection as unknown as mongo.Collection<Documents[Name]>;
  }
}
