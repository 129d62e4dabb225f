import { HttpException } from '@nestjs/common';
import { problem, type Problem } from './problem.js';

/** Errors that arise before a route's handler, by Fastify's code: the sentence for the client. */
const SENTENCES: Record<string, string> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than 1 MiB.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be JSON, sent as application/json.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as its Content-Length says.',
  FST_ERR_BAD_URL: 'The path is not a valid URL path.',
};

interface HttpError extends Error {
  statusCode: number;
  code?: string;
}

const isHttpError = (error: unknown): error is HttpError =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';

/** The problem behind an error of the framework; null for one that is not the client's. */
export function httpProblem(error: unknown): Problem | null {
  const status = error instanceof HttpException ? error.getStatus() : isHttpError(error) ? error.statusCode : 500;
  if (status < 400 || status >= 500) return null;
  return problem(status, CODES[status] ?? 'bad-request', sentenceOf(error as Error, status));
}

const CODES: Record<number, string> = {
  404: 'not-found',
  413: 'body-too-large',
  414: 'path-too-long',
  415: 'unsupported-media-type',
};

function sentenceOf(error: Error, status: number): string {
  if (status === 404) return 'There is nothing at this path.';
  return SENTENCES[isHttpError(error) ? (error.code ?? '') : ''] ?? error.message;
}
