import { HttpException } from '@nestjs/common';
import { problem, type Problem } from './problem.js';

interface HttpError extends Error {
  statusCode: number;
}

const isHttpError = (error: unknown): error is HttpError =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';

/** The problem behind an error of the framework; null when the client did not cause it. */
export function httpProblem(error: unknown): Problem | null {
  const status = error instanceof HttpException ? error.getStatus() : isHttpError(error) ? error.statusCode : 500;
  if (status < 400 || status >= 500) return null;
  return problem(status, CODES[status] ?? 'bad-request', SENTENCES[status] ?? (error as Error).message);
}

const CODES: Record<number, string> = {
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'body-too-large',
  414: 'path-too-long',
  415: 'unsupported-media-type',
};

const SENTENCES: Record<number, string> = {
  404: 'There is nothing at this path.',
  413: 'The body is larger than 1 MiB.',
  415: 'The body must be JSON in UTF-8, sent as application/json.',
};
