import { z } from 'zod';
import { jsonSchema } from './json.js';

const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a header name');

/** Headers of answers that hold credentials, which no output shows. */
const NEVER_KEPT = new Set([
  'set-cookie',
  'set-cookie2',
  'authorization',
  'proxy-authorization',
  'authentication-info',
]);

/** A status, or a class of them such as `2xx`. */
const statusSchema = z.union([
  z.int().min(200).max(599),
  z.string().regex(/^[2-5]xx$/, 'must be a status from 200 to 599, or one of 2xx, 3xx, 4xx and 5xx'),
]);

const expectSchema = z
  .strictObject({
    statuses: z
      .array(statusSchema)
      .min(1)
      .max(50)
      .describe('Statuses that count as success, as numbers or classes such as "2xx".'),
  })
  .meta({ id: 'HttpExpectation', description: 'What the answer must be like; 2xx unless given.' });

/** A value that may be a template, such as a secret of the task. */
const filledIn = z.string().min(1).max(20_000);

const authSchema = z
  .strictObject({
    type: z.literal('oauth2'),
    tokenUrl: z.string().min(1).max(4096).describe('Where tokens are asked for, by the client credentials grant.'),
    clientId: filledIn,
    clientSecret: filledIn.describe('Such as "{{secrets.clientSecret}}".'),
    scope: filledIn.optional(),
    audience: filledIn.optional(),
    authentication: z
      .enum(['basic', 'post'])
      .optional()
      .describe('Whether the client names itself in a header (basic, unless given) or in the body (post).'),
  })
  .meta({ id: 'HttpAuth', description: 'Sends "Authorization: Bearer" with an access token.' });

const tlsSchema = z
  .strictObject({
    cert: filledIn.optional().describe('The certificate that the request shows, in PEM.'),
    key: filledIn.optional().describe('The key of the certificate, in PEM, such as "{{secrets.key}}".'),
    ca: filledIn
      .optional()
      .describe('The certificates, in PEM, that must have signed that of the server, in place of the usual ones.'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), 'must have cert and key together')
  .refine((tls) => Object.keys(tls).length > 0, 'must have cert and key, or ca')
  .meta({ id: 'HttpTls', description: 'What the request shows and trusts in the TLS handshake.' });

const signSchema = z
  .strictObject({
    secret: filledIn.describe('"whsec_" and 24 to 64 bytes in base64, such as "{{secrets.signing}}".'),
  })
  .meta({ id: 'HttpSignature', description: 'Signs the request by the headers of Standard Webhooks.' });

export const httpActionSchema = z
  .strictObject({
    type: z.literal('http'),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('POST'),
    url: z.string().min(1).max(4096).describe('May contain templates, such as "{{parameters.suite}}".'),
    headers: z.record(headerName, z.string()).optional(),
    body: jsonSchema.optional().describe('Sent as JSON; the templates in its strings are filled in.'),
    auth: authSchema.optional(),
    tls: tlsSchema.optional(),
    sign: signSchema.optional(),
    expect: expectSchema.optional(),
    keepHeaders: z
      .array(headerName)
      .max(20)
      .refine(
        (names) => !names.some((name) => NEVER_KEPT.has(name.toLowerCase())),
        'must not name headers that hold credentials',
      )
      .optional()
      .describe("Headers of the answer that go into the run's output beside the usual ones."),
    redirectAsGet: z
      .boolean()
      .optional()
      .describe(
        'Follows a redirect that turns the request into a GET without its body (303; 301 and 302 of a POST). ' +
          'Otherwise such an answer is a failure, because the body would not arrive.',
      ),
    completion: z
      .enum(['response', 'callback'])
      .optional()
      .describe(
        'What ends the attempt: the response, unless given, or a call to POST /v1/runs/{id}/complete after it.',
      ),
    heartbeatTimeoutMs: z
      .int()
      .min(100)
      .max(604_800_000)
      .optional()
      .describe(
        'With the completion "callback": the longest time, in milliseconds, between two heartbeats. Without one for longer, the attempt times out. The time of the whole attempt is limited by timeoutMs.',
      ),
  })
  .meta({ id: 'HttpAction' });

type HttpAction = z.infer<typeof httpActionSchema>;

/** Whether an answer with this status counts as success: a listed one, or 2xx where none are listed. */
export const isExpected = (status: number, { expect }: Pick<HttpAction, 'expect'>): boolean =>
  (expect?.statuses ?? ['2xx']).some((each) => each === status || each === `${Math.floor(status / 100)}xx`);

/** How stored actions of older programs say whether the attempt waits for its call-back. */
interface FormerAction {
  waitForCallback?: boolean;
}

/** The action as it is written today. */
export function presentAction<Stored extends { type: string }>(stored: Stored): Stored {
  if (stored.type !== 'http' || !('waitForCallback' in stored)) return stored;
  const { waitForCallback, ...rest } = stored as Stored & FormerAction;
  return Object.assign(rest, { completion: waitForCallback === true ? 'callback' : 'response' }) as unknown as Stored;
}

/** The action as older programs wrote it, where they could; the secrets of a task are sealed for that form. */
export function formerAction(action: { type: string }): object {
  if (action.type !== 'http' || !('completion' in action)) return action;
  const { completion, ...rest } = action;
  return { ...rest, waitForCallback: completion === 'callback' };
}
