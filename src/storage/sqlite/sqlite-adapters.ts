import type { Adapters, Stores } from '../ports.js';
import { SqliteApiKeyStore } from './sqlite-api-key.store.js';
import { SqliteAuditStore } from './sqlite-audit.store.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { SqliteEventStore } from './sqlite-event.store.js';
import { SqliteEventWindowStore } from './sqlite-event-window.store.js';
import { SqliteIdempotencyStore } from './sqlite-idempotency.store.js';
import { SqliteInstanceStore } from './sqlite-instance.store.js';
import { SqliteLockStore } from './sqlite-lock.store.js';
import { SqliteLogStore } from './sqlite-log.store.js';
import { SqliteNotificationDeliveryStore } from './sqlite-notification-delivery.store.js';
import { SqliteNotificationStore } from './sqlite-notification.store.js';
import { SqliteOutboxStore } from './sqlite-outbox.store.js';
import { SqliteRunStore } from './sqlite-run.store.js';
import { SqliteSealedStore } from './sqlite-sealed.store.js';
import { SqliteSettingsStore } from './sqlite-settings.store.js';
import { SqliteStatsStore } from './sqlite-stats.store.js';
import { SqliteStoreHealth } from './sqlite-store-health.js';
import { SqliteTaskStore } from './sqlite-task.store.js';
import { SqliteWebhookDeliveryStore } from './sqlite-webhook-delivery.store.js';
import { SqliteWebhookSourceStore } from './sqlite-webhook-source.store.js';

/** The implementation of each port over a connection. */
export const SQLITE_ADAPTERS: Adapters<SqliteConnection> = {
  tasks: SqliteTaskStore,
  runs: SqliteRunStore,
  locks: SqliteLockStore,
  events: SqliteEventStore,
  eventWindows: SqliteEventWindowStore,
  logs: SqliteLogStore,
  idempotency: SqliteIdempotencyStore,
  instances: SqliteInstanceStore,
  settings: SqliteSettingsStore,
  audit: SqliteAuditStore,
  sealed: SqliteSealedStore,
  apiKeys: SqliteApiKeyStore,
  webhookSources: SqliteWebhookSourceStore,
  webhookDeliveries: SqliteWebhookDeliveryStore,
  notifications: SqliteNotificationStore,
  notificationDeliveries: SqliteNotificationDeliveryStore,
  stats: SqliteStatsStore,
  outbox: SqliteOutboxStore,
  health: SqliteStoreHealth,
};

/** The implementations of the ports over one database file. */
export interface OpenStores {
  readonly ports: Stores;
  /** Closes the file; every later operation rejects with a `StoreUnavailableError`. */
  close(): Promise<void>;
}
