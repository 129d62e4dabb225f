import type { OpenStorage } from '../storage.js';
import { PORT_NAMES, readersOf, type Adapters, type Stores } from '../ports.js';
import { inLine, ReadersLine } from '../readers-line.js';
import { MongoAuditStore } from './mongo-audit.store.js';
import { MongoApiKeyStore } from './mongo-api-key.store.js';
import type { MongoCollections } from './mongo-collections.js';
import { guarded } from './mongo-errors.js';
import { MongoEventStore } from './mongo-event.store.js';
import { MongoEventWindowStore } from './mongo-event-window.store.js';
import { MongoIdempotencyStore } from './mongo-idempotency.store.js';
import { createIndexes } from './mongo-indexes.js';
import { MongoInstanceStore } from './mongo-instance.store.js';
import { MongoLockStore } from './mongo-lock.store.js';
import { MongoLogStore } from './mongo-log.store.js';
import { migrate } from './mongo-migrations.js';
import { MongoNotificationDeliveryStore } from './mongo-notification-delivery.store.js';
import { MongoNotificationStore } from './mongo-notification.store.js';
import { MongoOutboxStore } from './mongo-outbox.store.js';
import { MongoRunStore } from './mongo-run.store.js';
import { MongoSealedStore } from './mongo-sealed.store.js';
import { MongoSettingsStore } from './mongo-settings.store.js';
import { MongoStatsStore } from './mongo-stats.store.js';
import { MongoStoreHealth } from './mongo-store-health.js';
import { MongoTaskStore } from './mongo-task.store.js';
import { MongoWebhookDeliveryStore } from './mongo-webhook-delivery.store.js';
import { MongoWebhookSourceStore } from './mongo-webhook-source.store.js';
import { demandSupported, indexingOn, serverOf } from './server-check.js';
import type { ReadingCollections } from './reading-collections.js';

const MONGO_ADAPTERS: Adapters<MongoCollections> = {
  tasks: MongoTaskStore,
  runs: MongoRunStore,
  locks: MongoLockStore,
  events: MongoEventStore,
  eventWindows: MongoEventWindowStore,
  logs: MongoLogStore,
  idempotency: MongoIdempotencyStore,
  instances: MongoInstanceStore,
  settings: MongoSettingsStore,
  audit: MongoAuditStore,
  sealed: MongoSealedStore,
  apiKeys: MongoApiKeyStore,
  webhookSources: MongoWebhookSourceStore,
  webhookDeliveries: MongoWebhookDeliveryStore,
  notifications: MongoNotificationStore,
  notificationDeliveries: MongoNotificationDeliveryStore,
  stats: MongoStatsStore,
  outbox: MongoOutboxStore,
  health: MongoStoreHealth,
};

/** Migrates the database to this program's layout. @throws SettingsError when the server is too old */
export async function prepare(collections: MongoCollections, hosts: string): Promise<void> {
  const steps = guarded(
    {
      server: () => serverOf(collections.database),
      migrate: () => migrate(collections),
      index: () => createIndexes(collections),
    },
    hosts,
  );
  const server = await steps.server();
  demandSupported(server, hosts);
  collections.indexing = indexingOn(server);
  await steps.migrate();
  await steps.index();
}

/** How the collections are served. */
export interface Service {
  hosts: string;
  /** How many reads of people there are at a time. */
  readersPlaces: number;
  /** Throws when the store is closed; asked before each operation. */
  demandOpen?: () => void;
}

/** The ports over the collections. */
export function served(
  collections: MongoCollections,
  reading: ReadingCollections,
  { hosts, readersPlaces, demandOpen }: Service,
): Pick<OpenStorage, 'ports' | 'readers'> {
  const line = new ReadersLine(readersPlaces);
  const safe = (store: object) => guarded(store, hosts, demandOpen);
  const ports = PORT_NAMES.map((name) => [name, safe(new MONGO_ADAPTERS[name](collections))]);
  return {
    ports: Object.fromEntries(ports) as Stores,
    readers: readersOf((name) => inLine(safe(new MONGO_ADAPTERS[name](reading)), line)),
  };
}
