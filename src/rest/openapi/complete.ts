import type { OpenAPIObject } from '@nestjs/swagger';
import { HEADERS, headerReference, headersOf, IDEMPOTENCY_KEY } from './headers.js';
import { problemResponse } from './problem-responses.js';
import type { RouteFacts } from './route-facts.js';

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
  parameters?: { in?: string; schema?: { type?: string; maxLength?: number } }[];
  requestBody?: { required?: boolean };
  responses: Record<string, Response>;
}

/** Adds what follows from the kind of each operation: statuses, headers, the required role, and the idempotency key. */
export function complete(document: OpenAPIObject, facts: ReadonlyMap<string, RouteFacts>): OpenAPIObject {
  const paths = Object.entries(document.paths).map(([path, item]): [string, Record<string, Operation>] => {
    const operations = Object.entries(item as Record<string, Operation>);
    const completed = operations.map(([method, operation]): [string, Operation] => [
      method,
      completeOperation(path, method.toUpperCase(), operation, facts.get(operation.operationId)),
    ]);
    return [path, Object.fromEntries(completed)];
  });
  const components = { ...document.components, headers: HEADERS };
  return simplified({ ...document, paths: Object.fromEntries(paths), components }) as OpenAPIObject;
}

function completeOperation(path: string, method: string, operation: Operation, facts?: RouteFacts): Operation {
  const isBehindToken = operation.security !== undefined;
  const takesKey = isBehindToken && method !== 'GET' && !facts?.changesNothing;
  const known = [...statusesOf(path, method, operation), ...(takesKey ? [409, 422] : [])];
  const statuses = known.filter((status) => !(status in operation.responses));
  const responses = {
    ...operation.responses,
    ...Object.fromEntries(statuses.map((status) => [status, missing(status)])),
  };
  const withHeaders = Object.entries(responses).map(([status, response]): [string, Response] => {
    const names = headersOf(method, Number(status), isBehindToken);
    const headers = Object.fromEntries(names.map((name) => [name, headerReference(name)]));
    return [status, { ...response, headers: { ...headers, ...response.headers } }];
  });
  return {
    ...operation,
    description: `${operation.summary}\n\n${admission(facts)}`,
    security: operation.security ?? [],
    ...(takesKey && { parameters: [...(operation.parameters ?? []), IDEMPOTENCY_KEY] }),
    responses: Object.fromEntries(withHeaders),
  };
}

/** Who may call the operation. */
function admission({ role, installation }: Partial<RouteFacts> = {}): string {
  if (installation === true) return 'Requires the claim "installation" with the value "admin", whatever the roles.';
  return role ? `Requires the role "${role}".` : 'Needs no token.';
}

/** Statuses that come from no handler: the URL, the path, the body or a condition may be refused before it. */
function statusesOf(path: string, method: string, { responses, parameters = [] }: Operation): number[] {
  const statuses = [400];
  if (path.includes('{')) statuses.push(414);
  if (parameters.some((parameter) => parameter.in === 'query' && mayOverflow(parameter.schema))) statuses.push(431);
  if (method !== 'GET') statuses.push(413, 415);
  if (method === 'GET' && 'ETag' in (responses['200']?.headers ?? {})) statuses.push(304, 412);
  return statuses;
}

/** Whether the longest value, whose characters take up to 12 bytes each in a URL, is larger than all headers may be. */
const mayOverflow = ({ maxLength = 0 }: { maxLength?: number } = {}): boolean => maxLength * 12 > 16_384;

const missing = (status: number): Response =>
  status === 304 ? { description: 'The caller has the current version already.' } : problemResponse(status);

/** A schema that only wraps another is replaced by it; "anything" is written as an empty schema. */
function simplified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplified);
  if (typeof value !== 'object' || value === null) return value;
  const { allOf, oneOf, ...rest } = value as { allOf?: unknown[]; oneOf?: unknown[] };
  if (allOf?.length === 1 && Object.keys(rest).length === 0) return simplified(allOf[0]);
  const kept = Array.isArray(oneOf) && oneOf.length === 0 ? rest : value;
  return Object.fromEntries(Object.entries(kept).map(([name, member]) => [name, simplified(member)]));
}
