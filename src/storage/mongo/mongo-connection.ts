import type { MongooseModuleFactoryOptions } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import type { Durability } from '../../settings/settings.js';
import { reasonOf, unavailable } from './mongo-errors.js';

/** The connection's name, so that a host application's own mongoose connection is another one. */
export const CONNECTION_NAME = 'task-runner';

/** The same of the connection that people's reads take. */
export const READERS_NAME = 'task-runner-readers';

const DEFAULT_DATABASE = 'task-runner';

/** The hosts in a connection string; nothing when they cannot be told from the credentials with certainty. */
export function hostsOf(uri: string): string {
  const hosts = /^mongodb(?:\+srv)?:\/\/(?:[^@/?]*@)?([A-Za-z0-9.,:[\]%_-]+)(?:[/?][^@]*)?$/.exec(uri)?.[1];
  return hosts === undefined ? 'MongoDB' : `MongoDB at ${hosts}`;
}

const hasDatabase = (uri: string): boolean => /^mongodb(?:\+srv)?:\/\/[^/?]+\/[^?]+/.test(uri);

/**
 * What a connection string may set otherwise. There is no limit to one answer, because an index may take its time; a
 * server that has gone silent is found out by the heartbeat, which ends what still waits for it.
 */
const DEFAULTS = {
  serverSelectionTimeoutMS: 5000,
  connectTimeoutMS: 5000,
  heartbeatFrequencyMS: 5000,
  retryWrites: true,
  // Statements carry many documents, so few connections carry all there is to do.
  maxPoolSize: 32,
  appName: 'scheduled-task-runner',
};

/** When the server counts a write as kept: in the journals of most members, or of the primary alone. */
const WRITE_CONCERNS = {
  full: { w: 'majority', journal: true },
  relaxed: { w: 1, journal: true },
} as const satisfies Record<Durability, object>;

/** What the connection is opened with. A write concern in the URI goes before the durability. */
export function connectionOptions(uri: string, durability: Durability): MongooseModuleFactoryOptions {
  const chosen = new URLSearchParams(uri.split('?')[1] ?? '');
  return {
    uri,
    ...Object.fromEntries(Object.entries(DEFAULTS).filter(([name]) => !chosen.has(name))),
    ...(hasDatabase(uri) ? {} : { dbName: DEFAULT_DATABASE }),
    ...(chosen.has('w') ? {} : { writeConcern: WRITE_CONCERNS[durability] }),
    readPreference: 'primary',
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    // The module waits for the connection itself, to fail with one sentence and without a stack trace in the log.
    lazyConnection: true,
    connectionFactory: (connection: Connection) => {
      connection.asPromise().catch(() => undefined);
      return connection;
    },
  };
}

/** Few readers at once: what they ask of the server is no more than this, whoever asks for how much. */
const READERS_POOL = 6;

/** What the connection of readers is opened with: a pool of their own, so that the engine waits for none of theirs. */
export const readersOptions = (uri: string, durability: Durability): MongooseModuleFactoryOptions => ({
  ...connectionOptions(uri, durability),
  maxPoolSize: READERS_POOL,
  appName: 'scheduled-task-runner readers',
});

/** Waits until the connection is open; closes it and rejects with a `StoreUnavailableError` when it does not open. */
export async function opened(connection: Connection, hosts: string): Promise<void> {
  try {
    await connection.asPromise();
  } catch (error) {
    await connection.close().catch(() => undefined);
    // Without a cause: what the driver says of an unreadable connection string may quote it.
    throw unavailable(hosts, reasonOf(error));
  }
}
