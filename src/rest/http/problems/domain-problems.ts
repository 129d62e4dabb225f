import {
  ForbiddenError,
  KeysUnavailableError,
  RateLimitedError,
  UnauthenticatedError,
} from '../../../auth/auth-errors.js';
import {
  IdempotencyKeyReusedError,
  InvalidInputError,
  NotFoundError,
  OverloadedError,
  PayloadTooLargeError,
  QuotaExceededError,
  RequestInProgressError,
  StateConflictError,
  StoreUnavailableError,
  TaskRunnerError,
  TooBroadError,
  VersionMismatchError,
} from '../../../domain/errors.js';
import { BadSignatureError, UnmappedPayloadError } from '../../../webhooks/webhook-errors.js';
import { problem, type ProblemAnswer } from './problem.js';

/** How many seconds a client should wait when the service or its store is unavailable. */
const RETRY_AFTER = { 'retry-after': '2' };

type ErrorClass = abstract new (...parameters: never[]) => TaskRunnerError;

/** The one place that maps our errors to statuses. */
const STATUSES: readonly (readonly [ErrorClass, number, Record<string, string>?])[] = [
  [InvalidInputError, 400],
  [UnauthenticatedError, 401],
  [BadSignatureError, 401, { 'www-authenticate': 'Signature realm="scheduled-task-runner"' }],
  [ForbiddenError, 403],
  [NotFoundError, 404],
  [StateConflictError, 409],
  [QuotaExceededError, 409],
  [PayloadTooLargeError, 413],
  [RequestInProgressError, 409, { 'retry-after': '1' }],
  [VersionMismatchError, 412],
  [IdempotencyKeyReusedError, 422],
  [UnmappedPayloadError, 422],
  [RateLimitedError, 429],
  [OverloadedError, 503, RETRY_AFTER],
  [StoreUnavailableError, 503, RETRY_AFTER],
  [TooBroadError, 503, RETRY_AFTER],
  [KeysUnavailableError, 503, { 'retry-after': '30' }],
];

/** The answer to an error of ours; null when the client cannot do anything about it. */
export function domainProblem(error: unknown): ProblemAnswer | null {
  const entry = STATUSES.find(([type]) => error instanceof type);
  if (!entry || !(error instanceof TaskRunnerError)) return null;
  const [, status, headers = {}] = entry;
  return { problem: problemOf(error, status), headers: { ...headers, ...challengeOf(error), ...patienceOf(error) } };
}

function problemOf(error: TaskRunnerError, status: number) {
  if (!(error instanceof InvalidInputError)) return problem(status, error.code, error.message);
  const detail = `The input has ${error.faults.length === 1 ? 'a fault' : `${error.faults.length} faults`}; nothing was stored.`;
  return problem(status, error.code, detail, error.faults);
}

/** The challenge of RFC 6750: what is missing, or what is wrong with the token that was sent. */
function challengeOf(error: TaskRunnerError): Record<string, string> {
  if (!(error instanceof UnauthenticatedError)) return {};
  const realm = 'Bearer realm="scheduled-task-runner"';
  const fault = `, error="invalid_token", error_description="${error.message.replaceAll('"', "'")}"`;
  return { 'www-authenticate': error.hadToken ? realm + fault : realm };
}

const patienceOf = (error: TaskRunnerError): Record<string, string> =>
  error instanceof RateLimitedError ? { 'retry-after': String(error.retryAfterS) } : {};
