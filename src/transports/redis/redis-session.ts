import { createClient } from '@redis/client';
import { SettingsError } from '../../domain/errors.js';
import { socketOf, type RedisPlace } from '../../settings/redis-place.js';

/** How long a connection may take to open, and the server may be silent (ms); longer than a read waits for messages. */
const PATIENCE_MS = 5000;

/** Without a connection, commands fail at once; whoever uses it opens another. */
const clientOf = ({ url, tls }: RedisPlace) =>
  createClient({
    url,
    name: 'scheduled-task-runner',
    disableOfflineQueue: true,
    socket: {
      ...socketOf({ url, tls }),
      connectTimeout: PATIENCE_MS,
      socketTimeout: PATIENCE_MS,
      reconnectStrategy: false,
    },
  });

export type RedisClient = ReturnType<typeof clientOf>;

/** Opens one connection, which ends with its first failure. Rejects when the server is not found. */
export async function openSession(place: RedisPlace): Promise<RedisClient> {
  const client = checked(place);
  let failure: unknown = null;
  client.on('error', (error: unknown) => (failure ??= error));
  try {
    await client.connect();
    return client;
  } catch (error) {
    closeSession(client);
    throw failure ?? error;
  }
}

export function closeSession(client: RedisClient | null): void {
  if (client?.isOpen) client.destroy();
}

/** Without a cause: the client's message about an unreadable address may quote it. @throws SettingsError */
function checked(place: RedisPlace): RedisClient {
  try {
    return clientOf(place);
  } catch {
    throw new SettingsError('REDIS_URL must be a URL such as redis://host:6379/0 or rediss://…');
  }
}

/** The server's address, without the credentials. */
export function serverIn(url: string): string {
  const { hostname, port } = new URL(url);
  return `Redis at ${hostname}:${port || '6379'}`;
}
