import { request, type Dispatcher } from 'undici';
import { ActionError } from '../action.js';
import { parseHttpUrl } from '../templates/url-template.js';
import type { AddressGuard } from './address-guard.js';
import { Connections, type TlsIdentity } from './connections.js';
import { readAnswered, type AnsweredBody } from './limited-body.js';

/** How many redirects a call follows. */
export const MAX_REDIRECTS = 5;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A request; header names are in lower case. */
export interface OutgoingCall {
  organization: string;
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string | null;
  /** Headers that other origins may see, too; all other headers are for the first receiver only. */
  open: ReadonlySet<string>;
  /** The body holds values that are for the first receiver only. */
  isConfidential: boolean;
  /** Whether a redirect may turn the request into a GET without its body. */
  mayBecomeGet: boolean;
  /** Whether an answer with this status is wanted as it is, although it may be a redirect. */
  isFinal: (status: number) => boolean;
  /** What it shows and trusts in the handshake, at the first receiver only. */
  tls?: TlsIdentity | null;
}

/** The answer to a call, with the start of its body. */
export interface Answer {
  /** What was called last, after all redirects. */
  url: URL;
  status: number;
  /** All headers by lower-case name; of several with one name, the first. */
  headers: ReadonlyMap<string, string>;
  body: AnsweredBody;
}

/** Calls addresses that tenants choose, if the guard accepts them, through the operator's proxy if there is one. */
export class GuardedClient {
  private readonly connections: Connections;

  constructor(guard: AddressGuard, proxyUrl: string | null = null) {
    this.connections = new Connections(guard, proxyUrl);
  }

  /**
   * Makes the call and follows redirects as `fetch` does. A redirect that would turn the request into a GET is a
   * failure unless the call allows it. `isSecret` tells whether a text contains a secret: no secret goes to another
   * origin than the first.
   */
  async call(first: OutgoingCall, isSecret: (text: string) => boolean, signal: AbortSignal): Promise<Answer> {
    let call = first;
    for (let redirects = 0; ; redirects++) {
      const response = await this.send(call, signal);
      const isRedirect = REDIRECTS.has(response.statusCode) && !call.isFinal(response.statusCode);
      const target = isRedirect ? headersOf(response).get('location') : undefined;
      if (target === undefined) return answerOf(call, response);
      await response.body.dump({ limit: 16_384, signal });
      if (redirects === MAX_REDIRECTS) throw refused(`There were more than ${MAX_REDIRECTS} redirects.`);
      call = redirected(call, target, response.statusCode, isSecret);
    }
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    await this.connections.close();
  }

  private async send(
    { organization, method, url, headers, body, tls = null }: OutgoingCall,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    await this.connections.check(url);
    return await request(url, {
      dispatcher: this.connections.of(organization, tls),
      method,
      headers,
      body,
      signal,
    });
  }
}

/** The next call of a redirect chain, by the rules of the fetch standard. */
function redirected(
  call: OutgoingCall,
  target: string,
  status: number,
  isSecret: (text: string) => boolean,
): OutgoingCall {
  const url = targetUrl(target, call.url);
  const toGet = status === 303 ? !['GET', 'HEAD'].includes(call.method) : status < 303 && call.method === 'POST';
  if (toGet && !call.mayBecomeGet) throw lost(status, call.method);
  const body = toGet ? null : call.body;
  const elsewhere = url.origin !== call.url.origin;
  if (elsewhere && (isSecret(url.href) || (body !== null && (call.isConfidential || isSecret(body)))))
    throw refused('A redirect would send a secret to another host.');
  const kept = Object.entries(call.headers).filter(
    ([name, value]) =>
      !(toGet && name.startsWith('content-')) && (!elsewhere || (call.open.has(name) && !isSecret(value))),
  );
  const method = toGet ? 'GET' : call.method;
  return { ...call, method, url, headers: Object.fromEntries(kept), body, ...(elsewhere && { tls: null }) };
}

/** The content would not arrive, so the answer to the GET would prove nothing. */
const lost = (status: number, method: string): ActionError =>
  refused(
    `The server answered ${status}, which turns the ${method} into a GET without its body; redirectAsGet lets that be followed.`,
    { status },
  );

function targetUrl(target: string, base: URL): URL {
  if (!URL.canParse(target, base.href)) throw refused('The server redirects to something that is not a URL.');
  try {
    return parseHttpUrl(new URL(target, base).href);
  } catch {
    throw refused('The server redirects to a URL that is not plain http or https.');
  }
}

const refused = (message: string, details: { status?: number } = {}): ActionError =>
  new ActionError('redirect-refused', message, { retryable: false, ...details });

async function answerOf({ method, url }: OutgoingCall, response: Dispatcher.ResponseData): Promise<Answer> {
  const { statusCode: status, body } = response;
  const headers = headersOf(response);
  const isBodiless = method === 'HEAD' || status === 204 || status === 304;
  const encoding = isBodiless ? '' : (headers.get('content-encoding') ?? '');
  return { url, status, headers, body: await readAnswered(body, headers.get('content-type') ?? '', encoding) };
}

function headersOf({ headers }: Dispatcher.ResponseData): Map<string, string> {
  const first = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]);
  return new Map(first.filter((header): header is [string, string] => typeof header[1] === 'string'));
}
