/**
 * Renews an instance's locks from where nothing that the process computes can hold it up: a handler that computes for a
 * minute is no reason to take its instance for dead. It keeps them for as long as the process lives and says nothing else.
 */
export abstract class LockKeeper {
  /** Resolves once it can renew; null where nothing has to be waited for. */
  abstract readonly ready: Promise<void> | null;

  /** Renews the locks of the owner for `lifeMs` each `everyMs`, in place of those of any other; `key` is the one that must be among them. */
  abstract keep(owner: string, key: string, lifeMs: number, everyMs: number): void;

  /** Renews nothing more. */
  abstract drop(): void;

  /** Tells that the event loop of the process goes on. */
  abstract sign(): void;

  /** How long ago the latest renewal for the present owner that was granted was sent, in ms; infinite when none was. */
  abstract get renewedMsAgo(): number;
}

/** Keeps nothing: whoever has the locks renews them alone. */
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
