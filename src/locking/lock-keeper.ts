/**
 * Renews an instance's locks where no computation of the process can delay it: a handler that computes for a minute
 * does not make its instance look dead. It keeps the locks while the process lives, and nothing more.
 */
export abstract class LockKeeper {
  /** Resolves once it can renew; null when there is nothing to wait for. */
  abstract readonly ready: Promise<void> | null;

  /**
   * Renews the owner's locks for `lifeMs` every `everyMs`, instead of any former owner's; `key` must be one of them.
   */
  abstract keep(owner: string, key: string, lifeMs: number, everyMs: number): void;

  /** Stops renewing. */
  abstract drop(): void;

  /** Signals that the event loop of the process still runs. */
  abstract sign(): void;

  /** How long ago the latest granted renewal for the present owner was sent, in ms; infinite if there was none. */
  abstract get renewedMsAgo(): number;
}

/** Keeps nothing: the holder of the locks renews them alone. */
export class NoLockKeeper extends LockKeeper {
  readonly ready = null;
  readonly renewedMsAgo = Number.POSITIVE_INFINITY;

  keep(): void {
    // Nothing to do.
  }

  drop(): void {
    // Nothing was kept.
  }

  sign(): void {
    // Nobody looks.
  }
}
