import type { Connection, ConnectOptions } from 'mongoose';
import type { Durability } from '../../settings/settings.js';
import { reasonOf, unavailable } from './mongo-errors.js';

const DEFAULT_DATABASE = 'task-runner';

/**
 * The server by its hosts, as in "MongoDB at db:27017"; only "MongoDB" when the hosts cannot be told reliably from
 * credentials.
 */
export function hostsOf(uri: string): string {
  const hosts = /^mongodb(?:\+srv)?:\/\/(?:[^@/?]*@)?([A-Za-z0-9.,:[\]%_-]+)(?:[/?][^@]*)?$/.exec(uri)?.[1];
  return hosts === undefined ? 'MongoDB' : `MongoDB at ${hosts}`;
}

const hasDatabase = (uri: string): boolean => /^mongodb(?:\+srv)?:\/\/[^/?]+\/[^?]+/.test(uri);

/**
 * Defaults that a connection string may override. Single answers have no time limit, since building an index may take
 * long; the heartbeat detects a silent server, and ends the commands that wait for it.
 */
const DEFAULTS = {
  serverSelectionTimeoutMS: 5000,
  connectTimeoutMS: 5000,
  heartbeatFrequencyMS: 5000,
  retryWrites: true,
  // Statements carry many documents, so few connections suffice.
  maxPoolSize: 32,
  appName: 'scheduled-task-runner',
};

/** When the server counts a write as durable: in the journals of most members, or of the primary only. */
export const WRITE_CONCERNS = {
  full: { w: 'majority', journal: true },
  relaxed: { w: 1, journal: true },
} as const satisfies Record<Durability, object>;

/** After which time a write fails that too few members have confirmed: it is made, and the next try finds it. */
export const CONFIRMED_MS = 10_000;

/** The options of the connection. A write concern in the URI overrides the durability. */
export function connectionOptions(uri: string, durability: Durability): ConnectOptions {
  // The names of options are compared without case, as the driver does.
  const chosen = new Set([...new URLSearchParams(uri.split('?')[1] ?? '').keys()].map((name) => name.toLowerCase()));
  const isChosen = (name: string): boolean => chosen.has(name.toLowerCase());
  return {
    ...Object.fromEntries(Object.entries(DEFAULTS).filter(([name]) => !isChosen(name))),
    ...(hasDatabase(uri) ? {} : { dbName: DEFAULT_DATABASE }),
    writeConcern: {
      ...(isChosen('w') ? {} : WRITE_CONCERNS[durability]),
      ...(isChosen('wtimeoutMS') || isChosen('wtimeout') ? {} : { wtimeoutMS: CONFIRMED_MS }),
    },
    readPreference: 'primary',
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
  };
}

/** A small pool for readers limits the load that they put on the server, however many of them there are. */
export const READERS_POOL = 6;

/** The options of the readers' connection: it has a pool of its own, so that the engine never waits for readers. */
export const readersOptions = (uri: string, durability: Durability): ConnectOptions => ({
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
    // Without a cause: the driver's message about an unreadable connection string may quote it.
    throw unavailable(hosts, reasonOf(error));
  }
}
