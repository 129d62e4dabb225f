import type { SettingsTree } from '../settings/settings-tree.js';

/** What is used of a connection of mongoose. */
export interface HostConnection {
  /** Resolves when it is open. */
  asPromise(): Promise<unknown>;
  /** The driver's client, once the connection is open. */
  getClient(): unknown;
  readonly readyState: number;
  readonly db?: { readonly databaseName: string } | undefined;
}

/** The options that put a connection of the host in the place of `storeUrl`. */
export interface HostConnectionOptions {
  /**
   * A connection of mongoose, in place of `storeUrl`. The runner uses its client with a database of its own, adds no
   * models to it, and never closes it. Needs `encryptionKeys`.
   */
  connection?: HostConnection;
  /** The runner's database with `connection`. Default the name of the connection's database and `-task-runner`. */
  database?: string;
}

/** The database of the runner on a connection of the host. */
export interface HostDatabase {
  readonly connection: HostConnection;
  /** Null for one that is named after the connection's own. */
  readonly database: string | null;
}

/** The connection of the host among the options, if there is one, and what is wrong with it. */
export function hostDatabaseOf(options: SettingsTree): { host: HostDatabase | null; faults: string[] } {
  const { connection, database } = options;
  const isGiven = connection !== undefined;
  const faults = [
    ...(!isGiven || isConnection(connection) ? [] : ['connection must be a connection of mongoose.']),
    ...databaseFaults(isGiven, database),
  ];
  if (faults.length > 0 || !isConnection(connection)) return { host: null, faults };
  return { host: { connection, database: typeof database === 'string' ? database : null }, faults };
}

const isConnection = (value: unknown): value is HostConnection =>
  typeof value === 'object' &&
  value !== null &&
  ['asPromise', 'getClient'].every((name) => typeof Reflect.get(value, name) === 'function');

/** The most bytes that the name of a database of MongoDB has. */
const LONGEST_NAME = 63;

/** Whether MongoDB takes this as the name of a database on every system. */
export const isDatabaseName = (name: unknown): boolean =>
  typeof name === 'string' && /^[^/\\. "$*<>:|?\0]+$/.test(name) && Buffer.byteLength(name) <= LONGEST_NAME;

function databaseFaults(hasConnection: boolean, database: unknown): string[] {
  if (database === undefined) return [];
  if (!hasConnection) return ['database goes with connection: with storeUrl it is part of the URL.'];
  const sentence = `database must be the name of a database, of at most ${LONGEST_NAME} bytes without / \\ . " $ * < > : | ? or spaces.`;
  return isDatabaseName(database) ? [] : [sentence];
}
