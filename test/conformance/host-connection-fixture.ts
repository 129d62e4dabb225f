import { type Connection, createConnection } from 'mongoose';
import { openOnConnection } from '../../src/storage/mongo/open-on-connection.js';
import type { StoreFixture } from './fixture.js';
import { lendDatabase } from './mongo-databases.js';

/** What a host may have set for its own operations, and must not become that of the stores. */
const HOSTS_OWN = {
  writeConcern: { w: 0 },
  readPreference: 'secondaryPreferred',
  ignoreUndefined: true,
  useBigInt64: true,
  promoteBuffers: true,
  maxPoolSize: 12,
} as const;

/** A connection of a host application to the server at `url`. */
export const hostConnection = (url: string, options: object = {}): Promise<Connection> =>
  createConnection(url, { ...HOSTS_OWN, ...options }).asPromise();

/** Opens an empty database on the server at `uri`, over connections that belong to somebody else. */
export async function openOnHostConnection(uri: string): Promise<StoreFixture> {
  const { url, giveBack } = await lendDatabase(uri);
  const database = new URL(url).pathname.slice(1);
  const closers: (() => Promise<unknown>)[] = [];
  const open = async () => {
    const connection = await hostConnection(url);
    const store = await openOnConnection({ connection, database }, 'full');
    closers.push(() => store.close().then(() => connection.close()));
    return store;
  };
  const first = await open();
  return {
    ...{ ...first.ports, readers: first.readers, url },
    reopen: async () => {
      const { ports, close } = await open();
      return { ...ports, close };
    },
    close: async () => {
      await Promise.all(closers.splice(0).map((close) => close()));
      giveBack();
    },
  };
}
