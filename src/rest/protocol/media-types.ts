import type { FastifyRequest } from 'fastify';

export const JSON_TYPE = 'application/json';
/** The media type of RFC 7396. */
export const MERGE_PATCH = 'application/merge-patch+json';

const TYPES: Record<string, { header: string; types: readonly string[] }> = {
  PATCH: { header: 'accept-patch', types: [MERGE_PATCH, JSON_TYPE] },
  POST: { header: 'accept-post', types: [JSON_TYPE] },
  PUT: { header: 'accept', types: [JSON_TYPE] },
};

/** Which bodies a method takes, as a header of the answer (RFC 5789, RFC 9110 15.5.16). */
export function mediaTypeHeaders(method: string): Record<string, string> {
  const taken = TYPES[method];
  return taken ? { [taken.header]: taken.types.join(', ') } : {};
}

/** Whether the body is a merge patch where nothing is patched. */
export const isMisplacedPatch = ({ method, headers }: FastifyRequest): boolean =>
  method !== 'PATCH' && mediaTypeOf(headers['content-type']) === MERGE_PATCH;

/** The media type without its parameters; they are no part of it, nor is its case (RFC 9110, 8.3.1). */
const mediaTypeOf = (contentType = ''): string => contentType.split(';', 1)[0]!.trim().toLowerCase();
