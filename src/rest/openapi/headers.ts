import { mediaTypeHeaders } from '../protocol/media-types.js';

type Header = { description: string; schema: { type: 'string' | 'integer' } };

const text = (description: string): Header => ({ description, schema: { type: 'string' } });

/** The headers of answers that many routes have in common, by name. */
export const HEADERS: Readonly<Record<string, Header>> = {
  'X-Request-Id': text(
    "The request's own X-Request-Id where it is up to 64 letters, digits, dots and dashes, or a new one.",
  ),
  'WWW-Authenticate': text('The scheme, and what is wrong with the token (RFC 6750).'),
  'Retry-After': { description: 'After how many seconds to come back.', schema: { type: 'integer' } },
  RateLimit: text(
    'What is left of the minute, and the seconds until it is over (draft-ietf-httpapi-ratelimit-headers).',
  ),
  'RateLimit-Policy': text('How many requests the organization may make in a minute.'),
  ETag: text('The version, for If-Match and If-None-Match.'),
  'Accept-Patch': text('The media types that PATCH takes.'),
  'Accept-Post': text('The media types that POST takes.'),
  Accept: text('The media types that are taken.'),
};

const WAITING = [409, 429, 503];

/** The names of those that an answer of this status may have. */
export function headersOf(method: string, status: number, isBehindToken: boolean): string[] {
  const names = ['X-Request-Id'];
  if (isBehindToken && status !== 401) names.push('RateLimit', 'RateLimit-Policy');
  if (status === 401) names.push('WWW-Authenticate');
  if (isBehindToken && WAITING.includes(status)) names.push('Retry-After');
  if (status === 304) names.push('ETag');
  if (status === 415)
    names.push(...Object.keys(HEADERS).filter((name) => name.toLowerCase() in mediaTypeHeaders(method)));
  return names;
}

/** A header in the components of the document. */
export const headerReference = (name: string) => ({ $ref: `#/components/headers/${name}` });
