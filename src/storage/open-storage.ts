import { SettingsError } from '../domain/errors.js';
import { embeddedStorePath } from '../settings/data-directory.js';
import type { RedisPlace } from '../settings/redis-place.js';
import type { Durability } from '../settings/settings.js';
import type { HostDatabase } from './host-connection.js';
import type { OpenLocks, OpenStorage } from './storage.js';

/**
 * Opens the store of `file:<path>` (SQLite), `mongodb://…` or `mongodb+srv://…`; loads only the technology in use.
 * @throws SettingsError for any other URL
 * @throws StoreUnavailableError when it cannot be opened
 */
export async function openStorage(storeUrl: string, durability: Durability = 'full'): Promise<OpenStorage> {
  const path = embeddedStorePath(storeUrl);
  if (path) return (await import('./sqlite/open-sqlite.js')).openSqlite(path, durability);
  if (/^mongodb(\+srv)?:\/\//.test(storeUrl)) {
    return (await import('./mongo/open-mongo.js')).openMongo(storeUrl, durability);
  }
  throw new SettingsError('STORE_URL must be file:<path>, mongodb://… or mongodb+srv://…');
}

/**
 * Opens a database on a connection of the host.
 * @throws SettingsError when the connection cannot be used
 * @throws StoreUnavailableError when it does not open
 */
export async function openOnHost(host: HostDatabase, durability: Durability): Promise<OpenStorage> {
  return (await import('./mongo/open-on-connection.js')).openOnConnection(host, durability);
}

/** Opens the Redis server for the locks. @throws StoreUnavailableError when it is not found */
export async function openLocks(place: RedisPlace): Promise<OpenLocks> {
  return (await import('./redis/open-redis.js')).openRedis(place);
}
