/** An instant: a Date, epoch milliseconds, or text with a zone, as `2026-01-30T18:00:00Z`. */
export type Instant = Date | number | string;

/** A date alone, or a date and a time with Z or an offset. */
const WRITTEN = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** Epoch milliseconds. @throws TypeError with a sentence that names what is wrong by `name` */
export function instantOf(value: Instant, name: string): number {
  if (typeof value === 'string' && !WRITTEN.test(value))
    throw new TypeError(`${name} must be an instant such as 2026-01-30T18:00:00Z, with its zone, not ${value}.`);
  const instant = typeof value === 'number' ? value : new Date(value).getTime();
  if (!Number.isFinite(instant)) throw new TypeError(`${name} must be an instant, not ${String(value)}.`);
  return instant;
}

export const inWords = (instant: number): string => new Date(instant).toISOString();
