import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { problemResponse } from './problem-responses.js';

/** Every route behind a token can answer these. */
const ALWAYS = [401, 403, 429, 503];

const documentedProblem = (status: number): MethodDecorator => ApiResponse({ status, ...problemResponse(status) });

/** What the documentation says of a route, and the status of its success. */
export interface OperationOptions {
  summary: string;
  status?: number;
  /** The class of the answer; nothing is answered without one. */
  answer?: Type<unknown>;
  /** What is answered where `Accept` prefers this media type, as a description. */
  streams?: Record<string, string>;
  /** Headers of the answer, by name. */
  headers?: Record<string, string>;
  problems?: readonly number[];
}

/** Documents a route behind a token and sets its status. */
export function Operation(options: OperationOptions) {
  const { summary, status = 200, headers = {}, problems = [] } = options;
  return applyDecorators(
    HttpCode(status),
    ApiBearerAuth(),
    ApiOperation({ summary }),
    ApiResponse({ status, description: summary, ...contentOf(options), headers: headersOf(headers) }),
    ...(options.answer ? [ApiExtraModels(options.answer)] : []),
    ...[...problems, ...ALWAYS].map(documentedProblem),
  );
}

/** What is answered, by its media type. */
function contentOf({ answer, streams = {} }: OperationOptions) {
  const texts = Object.entries(streams).map(([type, description]) => [
    type,
    { schema: { type: 'string', description } },
  ]);
  const json = answer && { 'application/json': { schema: { $ref: getSchemaPath(answer) } } };
  return json || texts.length > 0 ? { content: { ...json, ...Object.fromEntries(texts) } as ContentObject } : {};
}

type ContentObject = Record<string, { schema: { $ref: string } | { type: 'string'; description: string } }>;

type DocumentedHeaders = Record<string, { description: string; schema: { type: 'string' } }>;

function headersOf(described: Record<string, string>): DocumentedHeaders {
  const headers: DocumentedHeaders = {};
  for (const [name, description] of Object.entries(described))
    headers[name] = { description, schema: { type: 'string' } };
  return headers;
}

/** The examples of a body, by name; the first is what "Try it out" begins with. */
export const BodyExamples = (
  schema: string,
  examples: Record<string, unknown>,
  { required = true }: { required?: boolean } = {},
): MethodDecorator =>
  ApiBody({
    required,
    schema: { $ref: `#/components/schemas/${schema}` },
    examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { summary: name, value }])),
  });

/** Documents the header that makes a request repeatable. */
export const IdempotencyKeyHeader = (): MethodDecorator =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'For 24 h the same request under the same key is worked off once and answered alike.',
    schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
  });

/** Documents the header by which nothing is read that is known already. */
export const KnownVersionHeader = (): MethodDecorator =>
  ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: 'Entity tags that the reader has already; with one of them the answer is 304.',
    schema: { type: 'string' },
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
