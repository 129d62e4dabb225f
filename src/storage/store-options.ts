import type { SettingsTree } from '../settings/settings-tree.js';
import type { OpenCustomStore } from './custom-store.js';
import { hostDatabaseOf, type HostConnectionOptions, type HostDatabase } from './host-connection.js';

/** The options that put another store in the place of the one at `storeUrl`. */
export interface StoreOptions extends HostConnectionOptions {
  /**
   * Opens a store of the application's own, in place of `storeUrl`: an implementation of the ports of
   * `scheduled-task-runner/store`. It is called once, when the runner starts; the runner closes the store. Needs
   * `encryptionKeys`.
   */
  store?: OpenCustomStore;
}

/** What stands in the place of `storeUrl`; at most one of them does. */
export interface ChosenStore {
  /** A database on a connection of the host. */
  readonly host: HostDatabase | null;
  /** A store of the application's own. */
  readonly store: OpenCustomStore | null;
}

/** The options of which one names the store. */
const PLACES = ['storeUrl', 'connection', 'store'];

/** Which store the options choose, and what is wrong with that. */
export function chosenStoreOf(options: SettingsTree): { chosen: ChosenStore; faults: string[] } {
  const { store } = options;
  const places = PLACES.filter((name) => name in options);
  const { host, faults } = hostDatabaseOf(options);
  return {
    chosen: { host, store: isOpener(store) ? store : null },
    faults: [
      ...(places.length > 1 ? [`Only one of ${places.join(' and ')} can be given.`] : []),
      ...faults,
      ...(store === undefined ? [] : storeFaults(options)),
    ],
  };
}

const isOpener = (store: unknown): store is OpenCustomStore => typeof store === 'function';

const storeFaults = ({ store, durability }: SettingsTree): string[] => [
  ...(isOpener(store) ? [] : ['store must be a function that opens a store.']),
  ...(durability === undefined
    ? []
    : ['durability cannot be given with store: the store decides when a write counts.']),
];
