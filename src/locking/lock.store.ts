/**
 * Keeps locks: rights of one owner for a limited time. The server's own time counts, so that no instance's clock
 * decides. An expired lock counts as free even while it is still stored; it can only be acquired again, never renewed.
 */
export abstract class LockStore {
  /**
   * Takes each of these locks that is free, expired or already the owner's, for `lifeMs` from now. Resolves to the keys
   * that the owner now holds. If several owners ask at the same time, one gets the key.
   */
  abstract acquire(keys: readonly string[], owner: string, lifeMs: number): Promise<Set<string>>;

  /** Extends every unexpired lock of the owner to `lifeMs` from now, in one write; resolves to the keys still held. */
  abstract renew(owner: string, lifeMs: number): Promise<Set<string>>;

  /** Releases those of these locks that the owner holds. */
  abstract release(keys: readonly string[], owner: string): Promise<void>;

  /** The present holder of each of these locks; free or expired locks are missing. */
  abstract holders(keys: readonly string[]): Promise<Map<string, string>>;

  /** How long each of these locks is still held unless renewed, in ms; free or expired locks are missing. */
  abstract remaining(keys: readonly string[]): Promise<Map<string, number>>;
}
