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

/** The documentation of a route, and the status of its success. */
export interface OperationOptions {
  summary: string;
  status?: number;
  /** The class of the answer; without one the answer is empty. */
  answer?: Type<unknown>;
  /** Descriptions of the answer as text, by the media types that a caller can ask for instead of JSON. */
  texts?: Record<string, string>;
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

/** Documents a route without a token and sets its status. */
export function PublicOperation(options: OperationOptions) {
  const { summary, status = 200, problems = [] } = options;
  return applyDecorators(
    HttpCode(status),
    ApiOperation({ summary }),
    ApiResponse({ status, description: summary, ...contentOf(options) }),
    ...(options.answer ? [ApiExtraModels(options.answer)] : []),
    ...problems.map(documentedProblem),
  );
}

/** The content of the answer, by media type. */
function contentOf({ answer, texts = {} }: OperationOptions) {
  const described = Object.entries(texts).map(([type, description]) => [
    type,
    { schema: { type: 'string', description } },
  ]);
  const json = answer && { 'application/json': { schema: { $ref: getSchemaPath(answer) } } };
  return json || described.length > 0
    ? { content: { ...json, ...Object.fromEntries(described) } as ContentObject }
    : {};
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

/** Documents the header that spares the reader a version it already has. */
export const KnownVersionHeader = (): MethodDecorator =>
  ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: 'Entity tags that the caller already has; if the current one is among them, the answer is 304.',
    schema: { type: 'string' },
  });

/** Documents the headers that make a change conditional. */
export const ConditionalHeaders = () =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description:
        'The ETag that the caller has read, or several; the change is refused if the current one is none of them.',
      schema: { type: 'string' },
    }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'Entity tags; the change is refused if the current one is among them.',
      schema: { type: 'string' },
    }),
  );
