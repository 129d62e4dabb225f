import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { LockKeeper, NoLockKeeper } from '../../locking/lock-keeper.js';
import { LockStore } from '../../locking/lock.store.js';
import { KeeperThread } from '../keeper-thread.js';
import { LockHealth } from '../store-health.js';
import { RedisConnection } from './redis-connection.js';
import { RedisLockStore } from './redis-lock.store.js';

/** Provides the locks from a Redis server, beside a store that keeps everything else. */
@Module({})
export class RedisLockModule implements OnApplicationShutdown {
  constructor(private readonly redis: RedisConnection) {}

  /** The module for `redis://…` or `rediss://…`; starting rejects with a `StoreUnavailableError` without a server. */
  static forRoot(url: string): DynamicModule {
    const inject = [RedisConnection];
    return {
      module: RedisLockModule,
      providers: [
        { provide: RedisConnection, useFactory: () => RedisConnection.open(url) },
        { provide: LockStore, inject, useFactory: (redis: RedisConnection) => new RedisLockStore(redis) },
        {
          provide: LockKeeper,
          inject,
          useFactory: () => (KeeperThread.isPossible() ? new KeeperThread({ kind: 'redis', url }) : new NoLockKeeper()),
        },
        { provide: LockHealth, inject, useFactory: (redis: RedisConnection) => redis },
      ],
      exports: [LockStore, LockKeeper, LockHealth],
    };
  }

  /** Comes after the engine has given up its lock. */
  onApplicationShutdown(): void {
    this.redis.close();
  }
}
