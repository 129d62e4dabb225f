import { Module, type DynamicModule } from '@nestjs/common';
import { SettingsError } from '../domain/errors.js';
import { embeddedStorePath } from '../settings/data-directory.js';
import type { Durability } from '../settings/settings.js';

/** Provides every storage port from the store that a URL names. */
@Module({})
export class StorageModule {
  /**
   * The module for `file:<path>` (SQLite), `mongodb://…` or `mongodb+srv://…`; only the technology that is used is
   * loaded. Rejects with a `SettingsError` for any other URL.
   */
  static async forRoot(storeUrl: string, durability: Durability = 'full'): Promise<DynamicModule> {
    const path = embeddedStorePath(storeUrl);
    if (path) {
      const { SqliteStorageModule } = await import('./sqlite/sqlite-storage.module.js');
      return SqliteStorageModule.forRoot(path, durability);
    }
    if (/^mongodb(\+srv)?:\/\//.test(storeUrl)) {
      const { MongoStorageModule } = await import('./mongo/mongo-storage.module.js');
      return MongoStorageModule.forRoot(storeUrl, durability);
    }
    throw new SettingsError('STORE_URL must be file:<path>, mongodb://… or mongodb+srv://…');
  }

  /** The module that keeps the locks in the Redis server at `redisUrl`, beside the store. */
  static async forLocks(redisUrl: string): Promise<DynamicModule> {
    const { RedisLockModule } = await import('./redis/redis-lock.module.js');
    return RedisLockModule.forRoot(redisUrl);
  }
}
