import { StoreUnavailableError } from '../../domain/errors.js';
import { StoreHealth, type StoreFigures } from '../../storage/store-health.js';
import { adapted, type Adapters, type Stores } from '../../storage/ports.js';
import { MemoryApiKeyStore } from './memory-api-key.store.js';
import { MemoryAuditStore } from './memory-audit.store.js';
import { MemoryData } from './memory-data.js';
import { MemoryEventStore } from './memory-event.store.js';
import { MemoryEventWindowStore } from './memory-event-window.store.js';
import { MemoryIdempotencyStore } from './memory-idempotency.store.js';
import { MemoryInstanceStore } from './memory-instance.store.js';
import { MemoryLockStore } from './memory-lock.store.js';
import { MemoryLogStore } from './memory-log.store.js';
import { MemoryNotificationDeliveryStore } from './memory-notification-delivery.store.js';
import { MemoryNotificationStore } from './memory-notification.store.js';
import { MemoryOutboxStore } from './memory-outbox.store.js';
import { MemoryRunStore } from './memory-run.store.js';
import { MemorySealedStore } from './memory-sealed.store.js';
import { MemorySettingsStore } from './memory-settings.store.js';
import { MemoryStatsStore } from './memory-stats.store.js';
import { MemoryTaskStore } from './memory-task.store.js';
import { MemoryWebhookDeliveryStore } from './memory-webhook-delivery.store.js';
import { MemoryWebhookSourceStore } from './memory-webhook-source.store.js';

class MemoryHealth extends StoreHealth {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async ping(): Promise<void> {
    if (this.data.closed) throw new StoreUnavailableError('The store in memory is closed.');
    return Promise.resolve();
  }

  async figures(): Promise<StoreFigures> {
    await this.ping();
    return { clockAt: null, file: null };
  }
}

const MEMORY_ADAPTERS: Adapters<MemoryData> = {
  tasks: MemoryTaskStore,
  runs: MemoryRunStore,
  locks: MemoryLockStore,
  events: MemoryEventStore,
  eventWindows: MemoryEventWindowStore,
  logs: MemoryLogStore,
  idempotency: MemoryIdempotencyStore,
  instances: MemoryInstanceStore,
  settings: MemorySettingsStore,
  audit: MemoryAuditStore,
  sealed: MemorySealedStore,
  apiKeys: MemoryApiKeyStore,
  webhookSources: MemoryWebhookSourceStore,
  webhookDeliveries: MemoryWebhookDeliveryStore,
  notifications: MemoryNotificationStore,
  notificationDeliveries: MemoryNotificationDeliveryStore,
  stats: MemoryStatsStore,
  outbox: MemoryOutboxStore,
  health: MemoryHealth,
};

/** Every port over the same memory. Each operation of this store is instantaneous and atomic. */
export const memoryStores = (data: MemoryData): Stores => adapted(MEMORY_ADAPTERS, data);
