import { mediaTypeHeaders } from '../http/protocol/media-types.js';

type Header = { description: string; schema: { type: 'string' | 'integer' } };

const text = (description: string): Header => ({ description, schema: { type: 'string' } });

/** The answer headers that many routes share, by name. */
export const HEADERS: Readonly<Record<string, Header>> = {
  'X-Request-Id': text(
    "The request's own X-Request-Id if it has at most 64 letters, digits, dots and dashes; otherwise a new one.",
  ),
  'WWW-Authenticate': text('The scheme, and what is wrong with the token (RFC 6750).'),
  'Retry-After': { description: 'After how many seconds to try again.', schema: { type: 'integer' } },
  RateLimit: text(
    'How many requests are left in this minute, and the seconds until it ends (draft-ietf-httpapi-ratelimit-headers).',
  ),
  'RateLimit-Policy': text('How many requests the organization may send in a minute.'),
  ETag: text('The version, for If-Match and If-None-Match.'),
  'Accept-Patch': text('The media types that PATCH accepts.'),
  'Accept-Post': text('The media types that POST accepts.'),
  Accept: text('The accepted media types.'),
};

/** The header that makes a request repeatable, as a parameter. */
export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'For 24 h, the same request of the same caller under the same key is carried out once, and every repetition gets the same answer.',
  schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
};

const WAITING = [409, 429, 503];

/** The names of the headers that an answer with this status may have. */
export function headersOf(method: string, status: number, isBehindToken: boolean): string[] {
  const names = ['X-Request-Id'];
  if (isBehindToken && status !== 401) names.push('RateLimit', 'RateLimit-Policy');
  if (status === 401) names.push('WWW-Authenticate');
  if ((isBehindToken || status === 429) && WAITING.includes(status)) names.push('Retry-After');
  if (status === 304) names.push('ETag');
  if (status === 415)
    names.push(...Object.keys(HEADERS).filter((name) => name.toLowerCase() in mediaTypeHeaders(method)));
  return names;
}

/** A reference to a header in the document's components. */
export const headerReference = (name: string) => ({ $ref: `#/components/headers/${name}` });
