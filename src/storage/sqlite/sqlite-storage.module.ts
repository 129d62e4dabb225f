import { Inject, Module, type DynamicModule, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import type { Durability } from '../../settings/settings.js';
import { PORTS, SqliteStores, type OpenStores } from './sqlite-stores.js';
import { StoreThread } from './store-thread.js';

const STORES = Symbol('the open stores of a file');

/** Provides every storage port from one SQLite file. */
@Module({})
export class SqliteStorageModule implements OnApplicationShutdown {
  constructor(@Inject(STORES) private readonly stores: OpenStores) {}

  /** The module for the database file `path`, which is made when it is missing; a `StoreUnavailableError` otherwise. */
  static forRoot(path: string, durability: Durability = 'full'): DynamicModule {
    const home = StoreThread.isPossible() ? StoreThread : SqliteStores;
    const ports = PORTS.map(({ port }, place): Provider => ({
      provide: port,
      inject: [STORES],
      useFactory: ({ adapters }: OpenStores) => adapters[place],
    }));
    return {
      module: SqliteStorageModule,
      global: true,
      providers: [{ provide: STORES, useFactory: () => home.open(path, durability) }, ...ports],
      exports: PORTS.map(({ port }) => port),
    };
  }

  /** Comes after every `beforeApplicationShutdown`, in which the engine gives back what it holds. */
  async onApplicationShutdown(): Promise<void> {
    await this.stores.close();
  }
}
