import type { z } from 'zod';
import type { Fault } from './errors.js';

/** A path as a JSON pointer (RFC 6901). */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** One fault per thing that a schema found wrong; each unknown member is a fault of its own. */
export function faultsOf(error: z.ZodError): Fault[] {
  return error.issues.flatMap((issue): Fault[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), detail: 'is not a known member' }));
    }
    return [{ pointer: pointerOf(issue.path), detail: sentence(issue) }];
  });
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.discriminator) {
    return `must be one of the known values of ${JSON.stringify(issue.discriminator)}`;
  }
  if (issue.message === 'Invalid input') return 'is not an accepted value';
  return issue.message.replace(/^Invalid input: /, '').replace(/^Too (small|big): /, '');
}
