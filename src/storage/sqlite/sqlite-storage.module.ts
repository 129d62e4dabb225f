import { Inject, Module, type DynamicModule, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import type { Durability } from '../../settings/settings.js';
import { LockKeeper, NoLockKeeper } from '../../locking/lock-keeper.js';
import { READS } from '../reads.js';
import { PORTS, serving, type OpenStores } from './sqlite-ports.js';
import { StoreThread } from './store-thread.js';

const STORES = Symbol('the open stores of a file');
const READERS = Symbol('the same for readers');

/** Provides every storage port from one SQLite file. */
@Module({})
export class SqliteStorageModule implements OnApplicationShutdown {
  constructor(
    @Inject(STORES) private readonly stores: OpenStores,
    @Inject(READERS) private readonly readers: OpenStores,
  ) {}

  /** The module for the database file `path`, which is made when it is missing; a `StoreUnavailableError` otherwise. */
  static forRoot(path: string, durability: Durability = 'full'): DynamicModule {
    const ports = PORTS.map(({ port }): Provider => ({
      provide: port,
      inject: [STORES],
      useFactory: (stores: OpenStores) => serving(stores, port),
    }));
    const reads = READS.map(([provide, port]): Provider => ({
      provide,
      inject: [READERS],
      useFactory: (readers: OpenStores) => serving(readers, port),
    }));
    return {
      module: SqliteStorageModule,
      global: true,
      providers: [
        { provide: STORES, useFactory: () => open(path, durability) },
        // The file has to be there, with the schema of this program.
        { provide: READERS, inject: [STORES], useFactory: () => openForReading(path) },
        { provide: LockKeeper, inject: [STORES], useFactory: keeperOf },
        ...ports,
        ...reads,
      ],
      exports: [LockKeeper, ...PORTS.map(({ port }) => port), ...READS.map(([port]) => port)],
    };
  }

  /** Comes after every `beforeApplicationShutdown`, in which the engine gives back what it holds. */
  async onApplicationShutdown(): Promise<void> {
    // The last connection tidies the file up, which those of readers cannot.
    await this.readers.close();
    await this.stores.close();
  }
}

const keeperOf = (stores: OpenStores): LockKeeper =>
  stores instanceof StoreThread ? stores.lockKeeper : new NoLockKeeper();

/** The driver is loaded on the thread that works with it. */
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
