import { ForbiddenError, RateLimitedError, UnauthenticatedError } from '../../auth/auth-errors.js';
import {
  IdempotencyKeyReusedError,
  InvalidInputError,
  NotFoundError,
  OverloadedError,
  QuotaExceededError,
  RequestInProgressError,
  StateConflictError,
  StoreUnavailableError,
  TooBroadError,
  VersionMismatchError,
} from '../../domain/errors.js';
import { domainProblem } from '../http/problems/domain-problems.js';
import { httpProblem } from '../http/problems/http-problems.js';
import { problem, type Problem } from '../http/problems/problem.js';

const ID = '01a06a9c-7a00-7000-8000-00000000000a';
const ofStatus = (statusCode: number, message = '') => Object.assign(new Error(message), { statusCode });

/** Errors by the words that name them; the problems are what the service makes of them. */
const ERRORS: Record<string, Error> = {
  'a fault in the body': new InvalidInputError([
    { pointer: '/triggers/0/expression', detail: 'has the minute 61; minutes are 0 to 59' },
  ]),
  'a fault in a parameter': new InvalidInputError([{ parameter: 'limit', detail: 'must be a number from 1 to 200' }]),
  'no token': new UnauthenticatedError('A bearer token is required.', false),
  'a token that has expired': new UnauthenticatedError('The token has expired.', true),
  'a role that is too low': new ForbiddenError('editor'),
  'nothing with this id': new NotFoundError('task', ID),
  'another state': new StateConflictError('The run has finished.'),
  'a quota': new QuotaExceededError('The organization has its quota of 1000 tasks.'),
  'the same request under way': new RequestInProgressError('nightly-1'),
  'another version': new VersionMismatchError(ID, '3', '4'),
  'a large body': ofStatus(413),
  'a long path': ofStatus(414, 'A part of the path is too long.'),
  'another media type': ofStatus(415),
  'a key for another body': new IdempotencyKeyReusedError('nightly-1'),
  'too many requests': new RateLimitedError('The organization has sent too many requests.', 12),
  'the store away': new StoreUnavailableError('The store cannot be used at the moment.'),
  'a service under load': new OverloadedError(),
  'a query that is too broad': new TooBroadError(),
};

const PROBLEMS = new Map<string, Problem>([
  ...Object.entries(ERRORS).map(([name, error]): [string, Problem] => [
    name,
    domainProblem(error)?.problem ?? httpProblem(error)!,
  ]),
  ['large headers', problem(431, 'headers-too-large', 'The headers are larger than 16 KiB.')],
]);

const keyOf = (name: string): string => `error-${name.replaceAll(' ', '-')}`;

/** Each problem once, for `components.examples`. */
export const ERROR_EXAMPLES = Object.fromEntries(
  [...PROBLEMS].map(([name, value]) => [keyOf(name), { summary: name, value }]),
);

/** The examples of answers with this status, by name. */
export const errorExamplesOf = (status: number): Record<string, { $ref: string }> =>
  Object.fromEntries(
    [...PROBLEMS]
      .filter(([, value]) => value.status === status)
      .map(([name]) => [keyOf(name), { $ref: `#/components/examples/${keyOf(name)}` }]),
  );
