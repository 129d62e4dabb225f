import { AuditReads, AuditStore } from '../audit/audit.store.js';
import { ApiKeyReads, ApiKeyStore } from '../auth/api-key.store.js';
import { InstanceStore } from '../cluster/instance.store.js';
import { EventReads, EventStore } from '../events/event.store.js';
import { EventWindowReads, EventWindowStore } from '../events/windows/event-window.store.js';
import { LogReads, LogStore } from '../execution-log/log.store.js';
import { IdempotencyStore } from '../idempotency/idempotency.store.js';
import { LockStore } from '../locking/lock.store.js';
import { SettingsStore } from '../organizations/settings.store.js';
import { OutboxStore } from '../outbox/outbox.store.js';
import { RunReads } from '../scheduling/ports/run.reads.js';
import { RunStore } from '../scheduling/ports/run.store.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { TaskStore } from '../scheduling/ports/task.store.js';
import { SealedStore } from '../secrets/sealed.store.js';
import { StatsReads, StatsStore } from '../stats/stats.store.js';
import {
  NotificationDeliveryReads,
  NotificationDeliveryStore,
} from '../notifications/ports/notification-delivery.store.js';
import { NotificationReads, NotificationStore } from '../notifications/ports/notification.store.js';
import { WebhookDeliveryReads, WebhookDeliveryStore } from '../webhooks/ports/webhook-delivery.store.js';
import { WebhookSourceReads, WebhookSourceStore } from '../webhooks/ports/webhook-source.store.js';
import { StoreHealth } from './store-health.js';

/** Every port that a store must implement. A store that lacks one does not compile. */
export const STORE_PORTS = {
  tasks: TaskStore,
  runs: RunStore,
  locks: LockStore,
  events: EventStore,
  eventWindows: EventWindowStore,
  logs: LogStore,
  idempotency: IdempotencyStore,
  instances: InstanceStore,
  settings: SettingsStore,
  audit: AuditStore,
  sealed: SealedStore,
  apiKeys: ApiKeyStore,
  webhookSources: WebhookSourceStore,
  webhookDeliveries: WebhookDeliveryStore,
  notifications: NotificationStore,
  notificationDeliveries: NotificationDeliveryStore,
  stats: StatsStore,
  outbox: OutboxStore,
  health: StoreHealth,
};

/**
 * The ports for people's reads, each under the name of the port whose adapter implements it. They use a connection of
 * their own, so that neither lists, exports and statistics wait for the engine, nor the engine for them.
 */
export const READ_PORTS = {
  tasks: TaskReads,
  runs: RunReads,
  eventWindows: EventWindowReads,
  events: EventReads,
  logs: LogReads,
  audit: AuditReads,
  apiKeys: ApiKeyReads,
  webhookSources: WebhookSourceReads,
  webhookDeliveries: WebhookDeliveryReads,
  notifications: NotificationReads,
  notificationDeliveries: NotificationDeliveryReads,
  stats: StatsReads,
};

export type PortName = keyof typeof STORE_PORTS;
export type ReadName = keyof typeof READ_PORTS;

export const PORT_NAMES = Object.keys(STORE_PORTS) as readonly PortName[];
export const READ_NAMES = Object.keys(READ_PORTS) as readonly ReadName[];

/** The implementations of the ports. */
export type Stores = { [Name in PortName]: InstanceType<(typeof STORE_PORTS)[Name]> };
export type Readers = { [Name in ReadName]: InstanceType<(typeof READ_PORTS)[Name]> };

/** The classes of one technology that implement the ports, each created from its connection. */
export type Adapters<Connection> = { readonly [Name in PortName]: new (connection: Connection) => Stores[Name] };

/** All implementations of the ports over a connection. */
export const adapted = <Connection>(adapters: Adapters<Connection>, connection: Connection): Stores =>
  Object.fromEntries(PORT_NAMES.map((name) => [name, new adapters[name](connection)])) as unknown as Stores;

/** The ports for people's reads, each made by its name. */
export const readersOf = (make: (name: ReadName) => object): Readers =>
  Object.fromEntries(READ_NAMES.map((name) => [name, make(name)])) as unknown as Readers;
