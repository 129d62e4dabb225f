/** Tells whether the store can be used right now. */
export abstract class StoreHealth {
  /** Asks the store for a sign of life; rejects with a `StoreUnavailableError` when there is none. */
  abstract ping(): Promise<void>;
}
