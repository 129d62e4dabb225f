/** An instant (epoch ms) as ISO 8601 in UTC with milliseconds. */
export const toIso = (instant: number): string => new Date(instant).toISOString();

/** Like `toIso`; null stays null. */
export const toIsoOrNull = (instant: number | null): string | null => (instant === null ? null : toIso(instant));

/** The first and the last instant that a date can hold (epoch ms). */
export const EARLIEST = -8_640_000_000_000_000;
export const LATEST = 8_640_000_000_000_000;
