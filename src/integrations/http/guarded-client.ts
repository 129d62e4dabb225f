import { Agent, request, type Dispatcher } from 'undici';
import { ActionError } from '../action.js';
import { parseHttpUrl } from '../templates/url-template.js';
import type { AddressGuard } from './address-guard.js';
import { readLimited, type LimitedBody } from './limited-body.js';

/** How many redirects a call follows. */
export const MAX_REDIRECTS = 5;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A request; the names of its headers are in lower case. */
export interface OutgoingCall {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string | null;
  /** Headers that another origin may see, too; every other one is for the first receiver only. */
  open: ReadonlySet<string>;
  /** The body holds what is for the first receiver only. */
  isConfidential: boolean;
  /** Whether a redirect may turn the request into a GET without its body. */
  mayBecomeGet: boolean;
}

/** The answer to a call, with the beginning of its body. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: LimitedBody;
}

/** Calls addresses that tenants choose: through one pool of connections, each made only to an address that the guard accepts. */
export class GuardedClient {
  private readonly agent: Agent;

  constructor(private readonly guard: AddressGuard) {
    // How long an attempt may take is the task's to say, so undici's own limits on answers are off.
    this.agent = new Agent({ connect: { lookup: guard.lookup }, headersTimeout: 0, bodyTimeout: 0 });
  }

  /**
   * Makes the call and follows redirects as `fetch` does, but for a request that would become a GET: that is a failure
   * unless the call says otherwise. `isSecret` tells whether a text shows a secret: none goes to another origin than the first.
   */
  async call(first: OutgoingCall, isSecret: (text: string) => boolean, signal: AbortSignal): Promise<Answer> {
    let call = first;
    for (let redirects = 0; ; redirects++) {
      const response = await this.send(call, signal);
      const target = REDIRECTS.has(response.statusCode) ? headerOf(response, 'location') : undefined;
      if (target === undefined) return answerOf(response);
      await response.body.dump({ limit: 16_384, signal });
      if (redirects === MAX_REDIRECTS) throw refused(`There were more than ${MAX_REDIRECTS} redirects.`);
      call = redirected(call, target, response.statusCode, isSecret);
    }
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private async send(
    { method, url, headers, body }: OutgoingCall,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    this.guard.checkUrl(url);
    return await request(url, {
      dispatcher: this.agent,
      method,
      headers,
      body,
      signal,
    });
  }
}

/** The next call of a chain, by the rules of the fetch standard. */
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
  return { ...call, method: toGet ? 'GET' : call.method, url, headers: Object.fromEntries(kept), body };
}

/** What was to be sent would not arrive, so that an answer to what is sent instead would prove nothing. */
const lost = (status: number, method: string): ActionError =>
  refused(
    `The server answered ${status}, which turns the ${method} into a GET without its body; redirectAsGet lets that be followed.`,
    { status },
  );

function targetUrl(target: string, base: URL): URL {
  if (!URL.canParse(target, base.href)) throw refused('The server redirects to something that is no URL.');
  try {
    return parseHttpUrl(new URL(target, base).href);
  } catch {
    throw refused('The server redirects to a URL that is not plain http or https.');
  }
}

const refused = (message: string, details: { status?: number } = {}): ActionError =>
  new ActionError('redirect-refused', message, { retryable: false, ...details });

async function answerOf(response: Dispatcher.ResponseData): Promise<Answer> {
  const headers = ['content-type', 'location', 'retry-after'].flatMap((name) => {
    const value = headerOf(response, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { status: response.statusCode, headers: Object.fromEntries(headers), body: await readLimited(response.body) };
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
