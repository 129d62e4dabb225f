/** What a store tells of itself. */
export interface StoreFigures {
  /** What its clock says (epoch ms); null where it goes by the clock of this process. */
  clockAt: number | null;
  /** The bytes of its file, of what is free in it, and of the log of writes beside it; null where it has no such file. */
  file: { bytes: number; freeBytes: number; walBytes: number; diskFreeBytes: number } | null;
}

/** Tells whether the store can be used right now. */
export abstract class StoreHealth {
  /** Checks that the store answers; rejects with a `StoreUnavailableError` when it does not. */
  abstract ping(): Promise<void>;

  /** What can be measured of the store; asked every few seconds. @throws StoreUnavailableError */
  abstract figures(): Promise<StoreFigures>;
}

/** Tells whether whatever keeps the locks can be used right now: the store, or a server next to it. */
export abstract class LockHealth {
  /** Rejects with a `StoreUnavailableError` when nothing answers. */
  abstract ping(): Promise<void>;
}
