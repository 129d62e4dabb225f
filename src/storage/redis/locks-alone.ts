import type { RedisPlace } from '../../settings/redis-place.js';
import { RedisConnection } from './redis-connection.js';
import { RedisLockStore } from './redis-lock.store.js';

/** The lock store over a connection of its own. @throws StoreUnavailableError */
export const openLocks = async (place: RedisPlace): Promise<RedisLockStore> =>
  new RedisLockStore(await RedisConnection.open(place));
