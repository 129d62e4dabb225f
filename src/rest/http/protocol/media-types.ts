import type { FastifyRequest } from 'fastify';

export const JSON_TYPE = 'application/json';
/** The media type of RFC 7396. */
export const MERGE_PATCH = 'application/merge-patch+json';

const TYPES: Record<string, { header: string; types: readonly string[] }> = {
  PATCH: { header: 'accept-patch', types: [MERGE_PATCH, JSON_TYPE] },
  POST: { header: 'accept-post', types: [JSON_TYPE] },
  PUT: { header: 'accept', types: [JSON_TYPE] },
};

/** Headers that tell which body types a method accepts (RFC 5789, RFC 9110 15.5.16). */
export function mediaTypeHeaders(method: string): Record<string, string> {
  const taken = TYPES[method];
  return taken ? { [taken.header]: taken.types.join(', ') } : {};
}

/** Whether a merge patch is sent with a method that patches nothing. */
export const isMisplacedPatch = ({ method, headers }: FastifyRequest): boolean =>
  method !== 'PATCH' && mediaTypeOf(headers['content-type']) === MERGE_PATCH;

/** The media type without its parameters, in lower case: it is case-insensitive (RFC 9110, 8.3.1). */
const mediaTypeOf = (contentType = ''): string => contentType.split(';', 1)[0]!.trim().toLowerCase();
