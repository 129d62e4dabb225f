import { NoLockKeeper } from '../locking/lock-keeper.js';
import type { OpenStorage } from '../storage/storage.js';
import { readersOf } from '../storage/ports.js';
import type { MemoryData } from './memory/memory-data.js';
import { memoryStores } from './memory/memory-store.js';

/** A store in memory, open. */
export function memoryStorage(data: MemoryData): OpenStorage {
  const ports = memoryStores(data);
  return {
    kind: 'memory',
    ports,
    readers: readersOf((name) => ports[name]),
    keeper: new NoLockKeeper(),
    close() {
      data.closed = true;
      return Promise.resolve();
    },
  };
}
