import { InvalidInputError, type Fault } from '../domain/errors.js';
import { jsonFault } from '../domain/json-value.js';

/** In TypeScript an absent member is often present with the value undefined. */
const LENIENT = { undefinedIsAbsent: true };

/** What keeps a value of the host application from being JSON; the parser has already checked JSON from HTTP. */
export const faultOfJson = (value: unknown): Fault | null => jsonFault(value, LENIENT);

/** @throws InvalidInputError */
export function demandJson(value: unknown): void {
  const fault = faultOfJson(value);
  if (fault) throw new InvalidInputError([fault]);
}
