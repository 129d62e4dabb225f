import { NoLockKeeper } from '../../locking/lock-keeper.js';
import { KeeperThread } from '../keeper-thread.js';
import type { RedisPlace } from '../../settings/redis-place.js';
import type { OpenLocks } from '../storage.js';
import { RedisConnection } from './redis-connection.js';
import { RedisLockStore } from './redis-lock.store.js';

/** Opens the locks in the server at `redis://…` or `rediss://…`. @throws StoreUnavailableError when it is not found */
export async function openRedis(place: RedisPlace): Promise<OpenLocks> {
  const redis = await RedisConnection.open(place);
  const thread = KeeperThread.isPossible() ? new KeeperThread({ kind: 'redis', ...place }) : null;
  return {
    kind: redis.server,
    locks: new RedisLockStore(redis),
    health: redis,
    keeper: thread ?? new NoLockKeeper(),
    close: async () => {
      await thread?.close();
      redis.close();
    },
  };
}
