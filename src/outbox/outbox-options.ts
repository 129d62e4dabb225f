/** The injection token of `OutboxOptions`. */
export const OUTBOX_OPTIONS = Symbol('OUTBOX_OPTIONS');

/** How what is told waits, is repeated and is kept. Times in milliseconds. */
export interface OutboxOptions {
  /** How many messages of a consumer wait in memory, and how many characters of them; all others wait in the store. */
  capacity: number;
  capacityChars: number;
  /** The delay before a delivery is repeated for the first time; it doubles up to the longest. */
  baseDelayMs: number;
  maxDelayMs: number;
  /** How long a stopping instance continues to deliver. */
  flushMs: number;
  /** How long it takes at most until the store knows how far the consumers have got. */
  settleMs: number;
  /** How long after the life of a lock a write without an answer has been made or never will be. */
  doubtMs: number;
  /** The wait between two searches for what instances that are gone left behind. */
  recoverEveryMs: number;
  /** The wait between two looks at how much is stored. */
  keepEveryMs: number;
}

export const DEFAULT_OUTBOX_OPTIONS: OutboxOptions = {
  capacity: 10_000,
  capacityChars: 16_777_216,
  baseDelayMs: 500,
  maxDelayMs: 30_000,
  flushMs: 5000,
  settleMs: 200,
  doubtMs: 5000,
  recoverEveryMs: 5000,
  keepEveryMs: 60_000,
};
