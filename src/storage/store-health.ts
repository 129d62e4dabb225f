/** Tells whether the store can be used right now. */
export abstract class StoreHealth {
  /** Checks that the store answers; rejects with a `StoreUnavailableError` when it does not. */
  abstract ping(): Promise<void>;
}

/** Tells whether whatever keeps the locks can be used right now: the store, or a server next to it. */
export abstract class LockHealth {
  /** Rejects with a `StoreUnavailableError` when nothing answers. */
  abstract ping(): Promise<void>;
}
