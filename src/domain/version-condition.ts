import { VersionMismatchError } from './errors.js';

/** Which versions of an object a caller wants to change. */
export interface VersionCondition {
  /** The version must be one of these; null when any version is acceptable. */
  oneOf: readonly string[] | null;
  /** The version must be none of these; `any` when the object must not exist. */
  noneOf: readonly string[] | 'any';
}

/** Throws a `VersionMismatchError` when the object's version does not meet the condition. */
export function demandVersion(id: string, actual: string, { oneOf, noneOf }: VersionCondition): void {
  if (oneOf !== null && !oneOf.includes(actual)) throw new VersionMismatchError(id, oneOf.join(' or '), actual);
  if (noneOf === 'any' || noneOf.includes(actual)) throw new VersionMismatchError(id, null, actual);
}
