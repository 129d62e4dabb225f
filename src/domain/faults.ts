import type { z } from 'zod';
import { InvalidInputError, MOST_FOUND, type Fault } from './errors.js';

/** A path as a JSON pointer (RFC 6901). */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** One fault per issue of the schema, the first hundred; each unknown member is a fault of its own. */
export function faultsOf(error: z.ZodError): Fault[] {
  const faults: Fault[] = [];
  for (const issue of error.issues) {
    if (faults.length >= MOST_FOUND) break;
    faults.push(...faultsOfIssue(issue, MOST_FOUND - faults.length));
  }
  return faults;
}

/** The value as a schema reads it. @throws InvalidInputError */
export function checked<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new InvalidInputError(faultsOf(parsed.error));
  return parsed.data;
}

/** Turns faults of a part of an input into faults of the input. */
export const within = (pointer: string, faults: readonly Fault[]): Fault[] =>
  faults.map((fault) => ({ ...fault, pointer: `${pointer}${fault.pointer ?? ''}` }));

function faultsOfIssue(issue: z.core.$ZodIssue, most: number): Fault[] {
  const meant = issue.code === 'invalid_union' ? meantBranch(issue) : undefined;
  if (meant) {
    const found = meant.flatMap((each) => faultsOfIssue({ ...each, path: [...issue.path, ...each.path] }, most));
    return found.slice(0, most);
  }
  if (issue.code !== 'unrecognized_keys') return [{ pointer: pointerOf(issue.path), detail: sentence(issue) }];
  const keys = issue.keys.slice(0, most);
  return keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), detail: 'is not a known member' }));
}

/** The faults of the one alternative that takes values of such a type; undefined when none does, or several do. */
function meantBranch({ errors }: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  const isOfOtherType = (issues: readonly z.core.$ZodIssue[]) =>
    issues.some(({ code, path }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value'));
  const possible = errors.filter((issues) => issues.length > 0 && !isOfOtherType(issues));
  return possible.length === 1 ? possible[0] : undefined;
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.discriminator) {
    return `must be one of the known values of ${JSON.stringify(issue.discriminator)}`;
  }
  if (issue.message === 'Invalid input') return 'is not an accepted value';
  return issue.message.replace(/^Invalid input: /, '').replace(/^Too (small|big): /, '');
}
