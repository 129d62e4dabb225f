import type { LockKeeper } from '../locking/lock-keeper.js';
import type { LockStore } from '../locking/lock.store.js';
import type { Readers, Stores } from './ports.js';
import type { LockHealth } from './store-health.js';

/** A store that is open. */
export interface OpenStorage {
  /** What and where it is, without credentials, such as "MongoDB at db:27017". */
  readonly kind: string;
  readonly ports: Stores;
  /** The ports for people's reads, over connections of their own. */
  readonly readers: Readers;
  readonly keeper: LockKeeper;
  /** Closes its connections; every later operation rejects with a `StoreUnavailableError`. It may be called again. */
  close(): Promise<void>;
}

/** A server that is open and keeps the locks, next to a store that keeps everything else. */
export interface OpenLocks {
  readonly kind: string;
  readonly locks: LockStore;
  readonly health: LockHealth;
  readonly keeper: LockKeeper;
  close(): Promise<void>;
}
