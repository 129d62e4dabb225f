import type { ActionOf } from '../../domain/action.js';
import { isExpected } from '../../domain/http-action.js';
import type { ActionContext } from '../action.js';
import { renderHeader, renderJson } from '../templates/render.js';
import type { RenderedSize } from '../templates/rendered-size.js';
import { namesConfidential, type TemplateScope } from '../templates/template.js';
import { UrlTemplate } from '../templates/url-template.js';
import { ACCEPTED_ENCODINGS } from './content-decoding.js';
import { demandEncryption, type FilledCredentials } from './credentials.js';
import type { OutgoingCall } from './guarded-client.js';
import { messageId, signatureHeaders } from './request-signature.js';

/** User headers that do not identify the sender: besides ours, only these follow a redirect to another origin. */
const HARMLESS = ['accept', 'accept-language', 'content-language', 'content-type', 'traceparent'];

/** The values with which the templates of a request are filled in. */
export interface Filling {
  scope: TemplateScope;
  credentials: FilledCredentials;
  /** The time of sending (epoch ms). */
  now: number;
}

/** The request of an action. Throws an `ActionError`. */
export function outgoingCall(
  action: ActionOf<'http'>,
  context: ActionContext,
  { scope, credentials, now }: Filling,
  size: RenderedSize,
): OutgoingCall {
  const own = ownHeaders(action);
  const headers = standardHeaders(action, context);
  const open = [...headers.keys(), ...HARMLESS].filter((name) => !own.has(name) || isHarmless(name, own.get(name)!));
  for (const [name, text] of own) headers.set(name, renderHeader(name, text, scope, size));
  const url = new UrlTemplate(action.url).render(scope, size);
  demandEncryption(url, credentials.tls);
  const body = action.body === undefined ? null : size.demand(JSON.stringify(renderJson(action.body, scope, size)));
  const signed =
    credentials.signingSecret === null
      ? []
      : signatureHeaders(credentials.signingSecret, idOf(action, context), now, body ?? '');
  return {
    organization: context.run.organization,
    method: action.method,
    url,
    headers: Object.fromEntries([...headers, ...signed]),
    body,
    open: new Set(open),
    isConfidential: action.body !== undefined && namesConfidential(action.body),
    mayBecomeGet: action.redirectAsGet ?? false,
    isFinal: (status) => isExpected(status, action),
    tls: credentials.tls,
  };
}

/** Each attempt that is ended by a call-back hands out a token of its own, so its request is a message of its own. */
const idOf = ({ completion }: ActionOf<'http'>, { run, attempt }: ActionContext): string =>
  messageId(run.id, completion === 'callback' ? attempt : 1);

const isHarmless = (name: string, text: string): boolean => HARMLESS.includes(name) && !namesConfidential(text);

/** The user's headers by lower-case name; they replace ours. */
const ownHeaders = ({ headers = {} }: ActionOf<'http'>): Map<string, string> =>
  new Map(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]));

const standardHeaders = (action: ActionOf<'http'>, { run, attempt }: ActionContext): Map<string, string> =>
  new Map([
    ['user-agent', 'scheduled-task-runner'],
    ['accept-encoding', ACCEPTED_ENCODINGS],
    ['idempotency-key', run.id],
    ['x-attempt', String(attempt)],
    ['x-scheduled-for', new Date(run.scheduledFor).toISOString()],
    ...(action.body === undefined ? [] : [['content-type', 'application/json'] as const]),
  ]);
