/** Tells whether the store can be used right now. */
export abstract class StoreHealth {
  /** Asks the store for a sign of life; rejects with a `StoreUnavailableError` when there is none. */
  abstract ping(): Promise<void>;
}

/** Tells the same of whatever keeps the locks, which may be the store or a server beside it. */
export abstract class LockHealth {
  /** Rejects with a `StoreUnavailableError` when there is no sign of life. */
  abstract ping(): Promise<void>;
}
