import { createHmac } from 'node:crypto';
import { ActionError } from '../action.js';

const PREFIX = 'whsec_';
/** How many bytes a secret may have (Standard Webhooks 1.0.0); shorter ones can be guessed. */
const SHORTEST = 24;
const LONGEST = 64;

/** The headers that a signed request has. */
export const SIGNATURE_HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/**
 * The headers by which a receiver knows that a request is ours and has not been changed (Standard Webhooks 1.0.0, v1).
 * `id` stays the same when the same content is sent again; `at` is the time of sending (epoch ms). Throws an
 * `ActionError` (`signing-secret`) when the secret is none.
 */
export function signatureHeaders(secret: string, id: string, at: number, body: string): [string, string][] {
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64');
  return [
    ['webhook-id', id],
    ['webhook-timestamp', timestamp],
    ['webhook-signature', `v1,${signature}`],
  ];
}

/**
 * The id of a request: the same for all attempts of a run, so that receivers can tell a repetition; where each attempt
 * hands out a token of its own, each is a message of its own.
 */
export const messageId = (runId: string, attemptGroup: number): string =>
  `msg_${runId.replaceAll('.', '-')}_${attemptGroup}`;

function keyOf(secret: string): Buffer {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  const key = Buffer.from(encoded, 'base64');
  const isCanonical = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) && key.length >= SHORTEST && key.length <= LONGEST;
  if (isCanonical) return key;
  const expected = `${PREFIX} and ${SHORTEST} to ${LONGEST} bytes in base64`;
  throw new ActionError('signing-secret', `The secret that signs the request must be ${expected}.`, {
    retryable: false,
  });
}
