import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const AGO = /^(\d{1,6})([smhd])$/;
/** Date.parse takes far more, and much of it for local time. */
const INSTANT = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/i;

/** Reads a whole number within these bounds. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };

/** Reads JSON of an object. */
export function jsonObject(text: string): Record<string, unknown> {
  const value = json(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InvalidArgumentError('It must be an object in JSON.');
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It must be JSON.');
  }
}

/** Reads an instant in ISO 8601. */
export function instant(text: string): string {
  const at = instantIn(text);
  if (at !== null) return at;
  throw new InvalidArgumentError('It must be an instant such as 2027-01-31T12:00:00Z.');
}

/** Reads an instant in ISO 8601, or how long ago it was, such as `90m` or `2d`. */
export const instantOrAgo =
  (now: () => number) =>
  (text: string): string => {
    const [, count, unit] = AGO.exec(text) ?? [];
    const at = count === undefined ? instantIn(text) : new Date(now() - Number(count) * UNITS[unit!]!).toISOString();
    if (at !== null) return at;
    throw new InvalidArgumentError('It must be an instant such as 2027-01-31T12:00:00Z, or how long ago, such as 2h.');
  };

function instantIn(text: string): string | null {
  const [, day] = INSTANT.exec(text) ?? [];
  // A day that a month does not have would be taken for one of the next month.
  if (day === undefined || !new Date(Date.parse(day)).toJSON()?.startsWith(day)) return null;
  return new Date(Date.parse(text)).toJSON();
}

/** Gathers an option that may be given several times. */
export const several = (value: string, before: string[] = []): string[] => [...before, value];
