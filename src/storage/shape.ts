import { isInstant } from '../domain/instants.js';

/** Whether a value that was read from a store is what it should be. */
export type Check = (value: unknown) => boolean;
/** What the value of each field of a record has to be. */
export type Shape = Readonly<Record<string, Check>>;

export { isInstant };
export const isText: Check = (value) => typeof value === 'string';
export const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
export const isTruth: Check = (value) => typeof value === 'boolean';
export const isThere: Check = (value) => value !== undefined;
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Older programs left some members out that newer ones write as null. */
export const orNone =
  (check: Check): Check =>
  (value) =>
    value === null || value === undefined || check(value);

export const oneOf =
  (values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);

export const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

export const shaped =
  (shape: Shape): Check =>
  (value) =>
    isObject(value) && misshapen(value, shape) === undefined;

/** The record; what stands for it where reading it fails, or where a field has an invalid value. */
export function readable<Stored extends object>(
  read: () => Stored,
  shape: Shape,
  standIn: (error: unknown) => Stored,
): Stored {
  try {
    const stored = read();
    demandShape(stored, shape);
    return stored;
  } catch (error) {
    return standIn(error);
  }
}

/** @throws TypeError that names the first field with an invalid value, without the value */
function demandShape(record: object, shape: Shape): void {
  const name = misshapen(record as Record<string, unknown>, shape);
  if (name !== undefined) throw new TypeError(`its field ${name} has an invalid value`);
}

function misshapen(record: Record<string, unknown>, shape: Shape): string | undefined {
  for (const name in shape) if (!shape[name]!(record[name])) return name;
  return undefined;
}

export const textOr = (value: unknown, otherwise: string): string => (isText(value) ? (value as string) : otherwise);
export const instantOr = <Otherwise>(value: unknown, otherwise: Otherwise): number | Otherwise =>
  isInstant(value) ? value : otherwise;

/** The texts that a text holds as a list in JSON; none where it holds anything else. */
export function textsIn(text: unknown): string[] {
  try {
    const value: unknown = JSON.parse(text as string);
    return listOf(isText)(value) ? (value as string[]) : [];
  } catch {
    return [];
  }
}

/** The object that a text holds as JSON. @throws TypeError, SyntaxError */
export function objectIn(text: unknown): Record<string, unknown> {
  const value: unknown = JSON.parse(text as string);
  if (!isObject(value)) throw new TypeError('it does not hold an object');
  return value;
}
