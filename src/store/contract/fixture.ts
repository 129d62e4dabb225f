import type { LockStore } from '../../locking/lock.store.js';
import { openCustom, type OpenCustomStore } from '../../storage/custom-store.js';
import type { Readers, Stores } from '../../storage/ports.js';
import type { OpenStorage } from '../../storage/storage.js';

/** A store under test, with data of its own. */
export interface StoreUnderTest {
  /** Opens the store. It is called several times in some tests: all see the same data, which is empty at the start. */
  open: OpenCustomStore;
  /** Removes the data, after all that was opened is closed. Default nothing. */
  remove?: () => void | Promise<void>;
}

/** The ports of a store under test: a connection to its own data, which is empty at the start. */
export interface StoreFixture extends Stores {
  readers: Readers;
  /** Opens another, independent connection to the same data; `close` closes it, too. */
  reopen(): Promise<Stores>;
  /** Closes every connection and removes the data; it may be called again. */
  close(): Promise<void>;
}

/** Makes a fixture; called once for each test. */
export type OpenFixture = () => Promise<StoreFixture>;

/** The port of the locks alone. */
export interface LockFixture {
  locks: LockStore;
  reopen(): Promise<{ locks: LockStore }>;
  close(): Promise<void>;
}

/** Opens the store, as the module does. */
export async function fixtureOf({ open, remove }: StoreUnderTest): Promise<StoreFixture> {
  const opened: OpenStorage[] = [];
  const connect = async (): Promise<OpenStorage> => {
    const store = await openCustom(open);
    opened.push(store);
    return store;
  };
  const { ports, readers } = await connect();
  return {
    ...{ ...ports, readers },
    reopen: async () => (await connect()).ports,
    close: async () => {
      const still = opened.splice(0);
      await Promise.all(still.map((store) => store.close()));
      if (still.length > 0) await remove?.();
    },
  };
}
