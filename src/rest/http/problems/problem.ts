import { STATUS_CODES } from 'node:http';
import type { Fault } from '../../../domain/errors.js';

/** The media type of RFC 9457. */
export const PROBLEM_JSON = 'application/problem+json';

/** The answer to a failed request (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors: Fault[];
}

/** A problem with its headers. */
export interface ProblemAnswer {
  problem: Problem;
  headers: Record<string, string>;
}

/** A problem with a stable code of ours. */
export function problem(status: number, code: string, detail: string, errors: Fault[] = []): Problem {
  return { type: `urn:task-runner:problem:${code}`, title: STATUS_CODES[status] ?? 'Error', status, detail, errors };
}
