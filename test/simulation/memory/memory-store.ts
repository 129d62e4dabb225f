import { StoreUnavailableError } from '../../../src/domain/errors.js';
import { StoreHealth } from '../../../src/storage/store-health.js';
import type { Stores } from '../../conformance/fixture.js';
import { MemoryApiKeyStore } from './memory-api-key.store.js';
import { MemoryAuditStore } from './memory-audit.store.js';
import { MemoryData } from './memory-data.js';
import { MemoryEventStore } from './memory-event.store.js';
import { MemoryIdempotencyStore } from './memory-idempotency.store.js';
import { MemoryInstanceStore } from './memory-instance.store.js';
import { MemoryLockStore } from './memory-lock.store.js';
import { MemoryLogStore } from './memory-log.store.js';
import { MemoryRunStore } from './memory-run.store.js';
import { MemorySealedStore } from './memory-sealed.store.js';
import { MemorySettingsStore } from './memory-settings.store.js';
import { MemoryStatsStore } from './memory-stats.store.js';
import { MemoryTaskStore } from './memory-task.store.js';

class MemoryHealth extends StoreHealth {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async ping(): Promise<void> {
    if (this.data.closed) throw new StoreUnavailableError('The store in memory is closed.');
    return Promise.resolve();
  }
}

/** Every port over the same memory: a store whose every operation is done at once and in one piece. */
export const memoryStores = (data: MemoryData): Stores => ({
  tasks: new MemoryTaskStore(data),
  runs: new MemoryRunStore(data),
  locks: new MemoryLockStore(data),
  events: new MemoryEventStore(data),
  logs: new MemoryLogStore(data),
  idempotency: new MemoryIdempotencyStore(data),
  instances: new MemoryInstanceStore(data),
  settings: new MemorySettingsStore(data),
  audit: new MemoryAuditStore(data),
  sealed: new MemorySealedStore(data),
  apiKeys: new MemoryApiKeyStore(data),
  stats: new MemoryStatsStore(data),
  health: new MemoryHealth(data),
});
