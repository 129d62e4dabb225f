import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { PROBLEM_JSON } from '../problems/problem.js';

const PROBLEMS: Record<number, string> = {
  400: 'The input is not acceptable; nothing was stored.',
  401: 'There is no token, or it is not good.',
  403: 'The role does not suffice.',
  404: 'There is no such thing in the organization.',
  409: 'The state does not allow it, or the same request is still being worked on.',
  412: 'It was changed since: If-Match does not match.',
  413: 'The body is larger than 1 MiB.',
  415: 'The body is not JSON.',
  422: 'The idempotency key was used for another body.',
  429: 'The organization, or the address, has asked too often: Retry-After says when to come back.',
  503: 'The store cannot be reached, or the instance is stopping.',
};

/** Every route behind a token can answer these. */
const ALWAYS = [401, 403, 429, 503];

const problemResponse = (status: number): MethodDecorator =>
  ApiResponse({
    status,
    description: PROBLEMS[status] ?? '',
    content: { [PROBLEM_JSON]: { schema: { $ref: '#/components/schemas/ProblemResponse' } } },
  });

/** What the documentation says of a route, and the status of its success. */
export interface OperationOptions {
  summary: string;
  status?: number;
  /** The class of the answer; nothing is answered without one. */
  answer?: Type<unknown>;
  /** Headers of the answer, by name. */
  headers?: Record<string, string>;
  problems?: readonly number[];
}

/** Documents a route behind a token and sets its status. */
export function Operation({ summary, status = 200, answer, headers = {}, problems = [] }: OperationOptions) {
  return applyDecorators(
    HttpCode(status),
    ApiBearerAuth(),
    ApiOperation({ summary }),
    ApiResponse({ status, description: summary, ...(answer && { type: answer }), headers: headersOf(headers) }),
    ...[...problems, ...ALWAYS].map(problemResponse),
  );
}

type DocumentedHeaders = Record<string, { description: string; schema: { type: 'string' } }>;

function headersOf(described: Record<string, string>): DocumentedHeaders {
  const headers: DocumentedHeaders = {};
  for (const [name, description] of Object.entries(described))
    headers[name] = { description, schema: { type: 'string' } };
  return headers;
}

/** The examples of a body, by name; the first is what "Try it out" begins with. */
export const BodyExamples = (schema: string, examples: Record<string, unknown>): MethodDecorator =>
  ApiBody({
    schema: { $ref: `#/components/schemas/${schema}` },
    examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { summary: name, value }])),
  });

/** Documents the header that makes a request repeatable. */
export const IdempotencyKeyHeader = (): MethodDecorator =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'For 24 h the same request under the same key is worked off once and answered alike.',
    schema: { type: 'string', maxLength: 255 },
  });

/** Documents the headers that make a change conditional. */
export const ConditionalHeaders = () =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'The ETag as it was read, or several; the change is refused when it is another one by now.',
      schema: { type: 'string' },
    }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'Entity tags that the thing must not have.',
      schema: { type: 'string' },
    }),
  );
