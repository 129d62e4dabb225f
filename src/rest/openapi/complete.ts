import type { OpenAPIObject } from '@nestjs/swagger';
import type { Role } from '../../auth/roles.js';
import { HEADERS, headerReference, headersOf } from './headers.js';
import { problemResponse } from './problem-responses.js';

interface Response {
  description: string;
  headers?: Record<string, object>;
  content?: Record<string, object>;
}

interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  security?: object[];
  requestBody?: { required?: boolean };
  responses: Record<string, Response>;
}

/** Adds what follows from the kind of each operation: statuses, headers and who may ask. */
export function complete(document: OpenAPIObject, roles: ReadonlyMap<string, Role>): OpenAPIObject {
  const paths = Object.entries(document.paths).map(([path, item]): [string, Record<string, Operation>] => {
    const operations = Object.entries(item as Record<string, Operation>);
    const completed = operations.map(([method, operation]): [string, Operation] => [
      method,
      completeOperation(path, method.toUpperCase(), operation, roles.get(operation.operationId)),
    ]);
    return [path, Object.fromEntries(completed)];
  });
  const components = { ...document.components, headers: HEADERS };
  return simplified({ ...document, paths: Object.fromEntries(paths), components }) as OpenAPIObject;
}

function completeOperation(path: string, method: string, operation: Operation, role: Role | undefined): Operation {
  const statuses = statusesOf(path, method, operation).filter((status) => !(status in operation.responses));
  const responses = {
    ...operation.responses,
    ...Object.fromEntries(statuses.map((status) => [status, missing(status)])),
  };
  const isBehindToken = operation.security !== undefined;
  const withHeaders = Object.entries(responses).map(([status, response]): [string, Response] => {
    const names = headersOf(method, Number(status), isBehindToken);
    const headers = Object.fromEntries(names.map((name) => [name, headerReference(name)]));
    return [status, { ...response, headers: { ...headers, ...response.headers } }];
  });
  return {
    ...operation,
    description: `${operation.summary}\n\n${role ? `Requires the role "${role}".` : 'Needs no token.'}`,
    security: operation.security ?? [],
    responses: Object.fromEntries(withHeaders),
  };
}

/** Those that come from no handler: the URL, the path, the body, and conditions may be refused before it. */
function statusesOf(path: string, method: string, { responses }: Operation): number[] {
  const statuses = [400];
  if (path.includes('{')) statuses.push(414);
  if (method !== 'GET') statuses.push(413, 415);
  if (method === 'GET' && 'ETag' in (responses['200']?.headers ?? {})) statuses.push(304, 412);
  return statuses;
}

const missing = (status: number): Response =>
  status === 304 ? { description: 'It is as If-None-Match has it.' } : problemResponse(status);

/** A schema that consists of one other is that other, and "anything" is said by saying nothing. */
function simplified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplified);
  if (typeof value !== 'object' || value === null) return value;
  const { allOf, oneOf, ...rest } = value as { allOf?: unknown[]; oneOf?: unknown[] };
  if (allOf?.length === 1 && Object.keys(rest).length === 0) return simplified(allOf[0]);
  const kept = Array.isArray(oneOf) && oneOf.length === 0 ? rest : value;
  return Object.fromEntries(Object.entries(kept).map(([name, member]) => [name, simplified(member)]));
}
