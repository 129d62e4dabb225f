import { randomUUID } from 'node:crypto';
import { RedisConnection } from '../../src/storage/redis/redis-connection.js';
import { RedisLockStore } from '../../src/storage/redis/redis-lock.store.js';
import type { LockFixture } from './fixture.js';

/** Locks under keys of their own on the server at `url`; remaining locks expire. */
export async function openRedis(url: string): Promise<LockFixture> {
  const namespace = `test-${randomUUID()}`;
  const connections: RedisConnection[] = [];
  const connect = async () => {
    const connection = await RedisConnection.open({ url });
    connections.push(connection);
    return { locks: new RedisLockStore(connection, namespace) };
  };
  const first = await connect();
  return {
    ...first,
    reopen: connect,
    close: () => {
      for (const connection of connections) connection.close();
      return Promise.resolve();
    },
  };
}
