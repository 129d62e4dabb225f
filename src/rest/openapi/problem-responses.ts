import { errorExamplesOf } from './error-examples.js';
import { PROBLEM_JSON } from '../http/problems/problem.js';

const PROBLEMS: Record<number, string> = {
  400: 'The request has faults; nothing was stored.',
  401: 'The token is missing or invalid.',
  403: 'The caller lacks the required role or claim.',
  404: 'The organization has no such object.',
  409: 'The state of the object does not allow the request, a quota is used up, or the same request is still under way.',
  412: 'The version is none of those in If-Match, or one of those in If-None-Match.',
  413: "The body is larger than 1 MiB, or larger than the organization's quota.",
  414: 'A part of the path is too long.',
  415: 'The body is not JSON in UTF-8, or it is compressed.',
  422: 'The idempotency key was used for another body, or under an encryption key that is gone.',
  429: 'The organization has sent too many requests, or the address has failed to authenticate too often; Retry-After says when to try again.',
  431: 'The URL and the headers together are larger than 16 KiB.',
  503: 'The service cannot answer now: it is overloaded or stopping, the query takes too long, or the store or the keys of the identity provider are unavailable.',
};

/** How the documentation describes a problem with this status. */
export const problemResponse = (status: number) => ({
  description: PROBLEMS[status] ?? 'The request cannot be processed.',
  content: {
    [PROBLEM_JSON]: { schema: { $ref: '#/components/schemas/ProblemResponse' }, examples: errorExamplesOf(status) },
  },
});
