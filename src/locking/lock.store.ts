/**
 * Keeps locks: rights of one owner for a limited time. Time is the server's own, so that no instance's clock decides;
 * an expired lock counts as free even while it is still stored, and can only be acquired anew, never renewed.
 */
export abstract class LockStore {
  /**
   * Takes each of these locks that is free, expired or already the owner's, for `lifeMs` from now.
   * Resolves to the keys that the owner now holds. Of several owners that ask at once, one gets a key.
   */
  abstract acquire(keys: readonly string[], owner: string, lifeMs: number): Promise<Set<string>>;

  /** Extends every unexpired lock of the owner to `lifeMs` from now, in one write; resolves to the keys still held. */
  abstract renew(owner: string, lifeMs: number): Promise<Set<string>>;

  /** Gives up those of these locks that the owner holds. */
  abstract release(keys: readonly string[], owner: string): Promise<void>;

  /** Who holds each of these locks now; a free or expired one is left out. */
  abstract holders(keys: readonly string[]): Promise<Map<string, string>>;

  /** How long each of these locks is still held unless it is renewed, in ms; a free or expired one is left out. */
  abstract remaining(keys: readonly string[]): Promise<Map<string, number>>;
}
