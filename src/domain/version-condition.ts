import { VersionMismatchError } from './errors.js';

/** Which versions of an object somebody means to change. */
export interface VersionCondition {
  /** The version must be one of these; null where any will do. */
  oneOf: readonly string[] | null;
  /** The version must be none of these; `any` where there must be no object at all. */
  noneOf: readonly string[] | 'any';
}

/** Throws a `VersionMismatchError` where the object does not have a version that is meant. */
export function demandVersion(id: string, actual: string, { oneOf, noneOf }: VersionCondition): void {
  if (oneOf !== null && !oneOf.includes(actual)) throw new VersionMismatchError(id, oneOf.join(' or '), actual);
  if (noneOf === 'any' || noneOf.includes(actual)) throw new VersionMismatchError(id, null, actual);
}
