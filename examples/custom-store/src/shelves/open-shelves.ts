import {
  StoreHealth,
  StoreUnavailableError,
  type CustomStore,
  type StoreFigures,
  type StorePorts,
} from 'scheduled-task-runner/store';
import { ShelfApiKeyStore } from './api-key.store.js';
import { ShelfAuditStore } from './audit.store.js';
import type { ShelfData } from './data.js';
import { ShelfEventStore } from './event.store.js';
import { ShelfEventWindowStore } from './event-window.store.js';
import { ShelfIdempotencyStore } from './idempotency.store.js';
import { ShelfInstanceStore } from './instance.store.js';
import { ShelfLockStore } from './lock.store.js';
import { ShelfLogStore } from './log.store.js';
import { ShelfNotificationDeliveryStore } from './notification-delivery.store.js';
import { ShelfNotificationStore } from './notification.store.js';
import { ShelfOutboxStore } from './outbox.store.js';
import { ShelfRunStore } from './run.store.js';
import { ShelfSealedStore } from './sealed.store.js';
import { ShelfSettingsStore } from './settings.store.js';
import { ShelfStatsStore } from './stats.store.js';
import { ShelfTaskStore } from './task.store.js';
import { ShelfWebhookDeliveryStore } from './webhook-delivery.store.js';
import { ShelfWebhookSourceStore } from './webhook-source.store.js';

class ShelfHealth extends StoreHealth {
  async ping(): Promise<void> {}

  async figures(): Promise<StoreFigures> {
    return { clockAt: null, file: null };
  }
}

const portsOver = (data: ShelfData): StorePorts => ({
  tasks: new ShelfTaskStore(data),
  runs: new ShelfRunStore(data),
  locks: new ShelfLockStore(data),
  events: new ShelfEventStore(data),
  eventWindows: new ShelfEventWindowStore(data),
  logs: new ShelfLogStore(data),
  idempotency: new ShelfIdempotencyStore(data),
  instances: new ShelfInstanceStore(data),
  settings: new ShelfSettingsStore(data),
  audit: new ShelfAuditStore(data),
  sealed: new ShelfSealedStore(data),
  apiKeys: new ShelfApiKeyStore(data),
  stats: new ShelfStatsStore(data),
  outbox: new ShelfOutboxStore(data),
  webhookSources: new ShelfWebhookSourceStore(data),
  webhookDeliveries: new ShelfWebhookDeliveryStore(data),
  notifications: new ShelfNotificationStore(data),
  notificationDeliveries: new ShelfNotificationDeliveryStore(data),
  health: new ShelfHealth(),
});

/** Opens a store over the data. Several may be open at a time, and each is closed for itself. */
export function openShelves(data: ShelfData): CustomStore {
  let isOpen = true;
  const whileOpen = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          if (!isOpen) throw new StoreUnavailableError('The shelves are closed.');
          return method.apply(target, args) as unknown;
        };
      },
    });
  const ports = Object.entries(portsOver(data)).map(([name, port]) => [name, whileOpen(port)]);
  return {
    kind: 'shelves',
    ports: Object.fromEntries(ports) as unknown as StorePorts,
    close: async () => {
      isOpen = false;
    },
  };
}
