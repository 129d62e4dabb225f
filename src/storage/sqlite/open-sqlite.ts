import { type LockKeeper, NoLockKeeper } from '../../locking/lock-keeper.js';
import type { Durability } from '../../settings/settings.js';
import type { OpenStorage } from '../storage.js';
import { inLine, ReadersLine } from '../readers-line.js';
import { readersOf } from '../ports.js';
import type { OpenStores } from './sqlite-adapters.js';
import { StoreThread } from './store-thread.js';

/** How many reads are handed to the one connection at once: one is at work, and those behind it are ready to be. */
const AT_ONCE = 3;

/** Opens the database file `path`, which is created if missing. @throws StoreUnavailableError */
export async function openSqlite(path: string, durability: Durability = 'full'): Promise<OpenStorage> {
  const stores = await open(path, durability);
  // The file must exist, with the schema of this program.
  const readers = await openForReading(path).catch(async (error: unknown) => {
    await stores.close();
    throw error;
  });
  const line = new ReadersLine(AT_ONCE);
  return {
    kind: `SQLite in ${path}`,
    ports: stores.ports,
    readers: readersOf((name) => inLine(readers.ports[name], line)),
    keeper: keeperOf(stores),
    close: async () => {
      // The last connection cleans up the file; the readers' connections cannot.
      await readers.close();
      await stores.close();
    },
  };
}

const keeperOf = (stores: OpenStores): LockKeeper =>
  stores instanceof StoreThread ? stores.lockKeeper : new NoLockKeeper();

/** The driver is loaded only on the thread that uses it. */
async function open(path: string, durability: Durability): Promise<OpenStores> {
  if (StoreThread.isPossible()) return StoreThread.open(path, durability);
  const { SqliteStores } = await import('./sqlite-stores.js');
  return SqliteStores.open(path, durability);
}

async function openForReading(path: string): Promise<OpenStores> {
  if (StoreThread.isPossible()) return StoreThread.forReading(path);
  const { SqliteStores } = await import('./sqlite-stores.js');
  return SqliteStores.openForReading(path);
}
