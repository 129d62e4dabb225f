import { PROBLEM_JSON } from '../problems/problem.js';

const PROBLEMS: Record<number, string> = {
  400: 'The input is not acceptable; nothing was stored.',
  401: 'There is no token, or it is not good.',
  403: 'The role does not suffice.',
  404: 'There is no such thing in the organization.',
  409: 'The state does not allow it, a quota is used up, or the same request is still being worked on.',
  412: 'It has not the version that If-Match asks for, or the one that If-None-Match excludes.',
  413: 'The body is larger than 1 MiB, or than the quota of the organization.',
  414: 'A part of the path is too long.',
  415: 'The body is not JSON, or is compressed.',
  422: 'The idempotency key was used for another body.',
  429: 'The organization, or the address, has asked too often: Retry-After says when to come back.',
  503: 'The store cannot be reached, or the instance is stopping.',
};

/** How the documentation tells of a problem with this status. */
export const problemResponse = (status: number) => ({
  description: PROBLEMS[status] ?? 'The request cannot be worked off.',
  content: { [PROBLEM_JSON]: { schema: { $ref: '#/components/schemas/ProblemResponse' } } },
});
