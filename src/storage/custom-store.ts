import { SettingsError } from '../domain/errors.js';
import { NoLockKeeper, type LockKeeper } from '../locking/lock-keeper.js';
import { PORT_METHODS, READ_METHODS } from './port-methods.js';
import { readersOf, type Readers, type Stores } from './ports.js';
import type { OpenStorage } from './storage.js';

/** A store of the application's own, open. */
export interface CustomStore {
  /** What and where it is, for the log and without credentials, such as "PostgreSQL at db:5432". */
  readonly kind: string;
  readonly ports: Stores;
  /** The ports for people's reads, best over connections of their own, so that the engine waits for nobody. Default `ports`. */
  readonly readers?: Readers;
  /** Renews the locks apart from the event loop. Default nothing does. */
  readonly keeper?: LockKeeper;
  /** Closes its connections; every later operation rejects with a `StoreUnavailableError`. It may be called again. */
  close(): Promise<void>;
}

/** Opens a store; the runner that asked for it closes it. */
export type OpenCustomStore = () => CustomStore | Promise<CustomStore>;

const KEEPER_METHODS = { keep: true, drop: true, sign: true } as const;

/**
 * Opens a store of the application's own. One that lacks something is closed again.
 * @throws SettingsError that names all that is missing
 */
export async function openCustom(open: OpenCustomStore): Promise<OpenStorage> {
  const store: unknown = await open();
  const missing = missingIn(store);
  if (missing.length > 0) {
    if (lacking(store, '', { close: true }).length === 0) await (store as CustomStore).close();
    throw new SettingsError(`The store of the option store lacks ${missing.join(', ')}.`);
  }
  return completed(store as CustomStore);
}

/** The store with what it may leave out. */
function completed(store: CustomStore): OpenStorage {
  const { kind, ports, readers = readersOf((name) => ports[name]), keeper = new NoLockKeeper() } = store;
  return { kind, ports, readers, keeper, close: () => store.close() };
}

/** What a store lacks, as paths: a program need not have been compiled, or was compiled for an earlier version. */
function missingIn(store: unknown): string[] {
  const { kind, ports, readers, keeper } = membersOf(store);
  return [
    ...(typeof kind === 'string' && kind !== '' ? [] : ['kind']),
    ...lackingPorts(ports, 'ports.', PORT_METHODS),
    ...(readers === undefined ? [] : lackingPorts(readers, 'readers.', READ_METHODS)),
    ...(keeper === undefined ? [] : lacking(keeper, 'keeper.', KEEPER_METHODS)),
    ...lacking(store, '', { close: true }),
  ];
}

/** The ports that are missing, and the methods that are missing of the others. */
function lackingPorts(value: unknown, path: string, ports: Readonly<Record<string, object>>): string[] {
  const members = membersOf(value);
  return Object.entries(ports).flatMap(([name, methods]) =>
    typeof members[name] === 'object' && members[name] !== null
      ? lacking(members[name], `${path}${name}.`, methods)
      : [`${path}${name}`],
  );
}

const lacking = (value: unknown, path: string, methods: object): string[] =>
  Object.keys(methods)
    .filter((name) => typeof membersOf(value)[name] !== 'function')
    .map((name) => `${path}${name}`);

/** The members of a value, inherited ones as well; none of what is no object. */
const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
