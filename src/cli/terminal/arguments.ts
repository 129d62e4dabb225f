import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a whole number within these bounds. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };

/** Reads JSON. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It must be JSON.');
  }
}

/** Reads JSON of an object. */
export function jsonObject(text: string): Record<string, unknown> {
  const value = json(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InvalidArgumentError('It must be an object in JSON.');
}

/** Reads an instant in ISO 8601, or how long ago it was, such as `90m` or `2d`. */
export const instant =
  (now: () => number) =>
  (text: string): string => {
    const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    const at = count === undefined ? Date.parse(text) : now() - Number(count) * UNITS[unit!]!;
    if (Number.isFinite(at)) return new Date(at).toISOString();
    throw new InvalidArgumentError('It must be an instant such as 2027-01-31T12:00:00Z, or how long ago, such as 2h.');
  };

/** Gathers an option that may be given several times. */
export const several = (value: string, before: string[] = []): string[] => [...before, value];
