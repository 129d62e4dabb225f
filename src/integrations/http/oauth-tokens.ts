import { Injectable } from '@nestjs/common';
import { createHmac, randomBytes } from 'node:crypto';
import { SharedWork } from '../../batching/shared-work.js';
import { Clock } from '../../clock/clock.js';
import { whenAborted } from '../../clock/when-aborted.js';
import { ActionError } from '../action.js';
import { networkFailure } from './failures.js';
import { GuardedClient, type Answer } from './guarded-client.js';
import { errorIn, grantIn, type GrantedToken } from './oauth-answer.js';
import { PerOrganization } from './per-organization.js';
import { retryAfterMs } from './retry-after.js';

/** How many tokens of one organization are kept. */
const MOST_TOKENS = 64;
/** How long a token endpoint may take (ms). */
const LONGEST_CALL_MS = 15_000;

/** Where and for what a token is asked: the client credentials grant (RFC 6749, 4.4). */
export interface TokenRequest {
  organization: string;
  tokenUrl: URL;
  clientId: string;
  clientSecret: string;
  scope: string | undefined;
  audience: string | undefined;
  /** Whether the client names itself in a header (`basic`) or in the body (`post`). */
  authentication: 'basic' | 'post';
}

interface KeptToken {
  token: string;
  /** By the monotonic clock (ms). */
  until: number;
}

/**
 * Gets access tokens for calls, and keeps them in memory only, each for one organization and one set of credentials. Of
 * many calls that need the same token at once, one asks for it.
 */
@Injectable()
export class OAuthTokens {
  private readonly kept = new PerOrganization<KeptToken>(MOST_TOKENS);
  private readonly asked = new SharedWork<string>();
  /** Names secrets without holding them. */
  private readonly pepper = randomBytes(32);

  constructor(
    private readonly client: GuardedClient,
    private readonly clock: Clock,
  ) {}

  /**
   * The token for a request; a new one in place of `refused`, which a receiver did not accept. Rejects with an
   * `ActionError` (`oauth-token`), or with the reason of the signal.
   */
  async of(request: TokenRequest, signal: AbortSignal, refused?: string): Promise<string> {
    signal.throwIfAborted();
    const { organization } = request;
    const key = this.keyOf(request);
    const known = this.kept.get(organization, key);
    if (known && known.token !== refused && this.clock.monotonic() < known.until) return known.token;
    if (known) this.kept.delete(organization, key);
    return Promise.race([this.asked.of(`${organization}\n${key}`, () => this.ask(request, key)), whenAborted(signal)]);
  }

  /** What makes a token another one; nobody can tell the secret from it. */
  private keyOf({ tokenUrl, clientId, clientSecret, scope, audience, authentication }: TokenRequest): string {
    const parts = [tokenUrl.href, clientId, clientSecret, scope ?? null, audience ?? null, authentication];
    return createHmac('sha256', this.pepper).update(JSON.stringify(parts)).digest('base64url');
  }

  /** Whoever asks for the token together gets the same answer, so no signal of a single attempt ends the call. */
  private async ask(request: TokenRequest, key: string): Promise<string> {
    const askedAt = this.clock.monotonic();
    const { token, usableMs } = await this.granted(request);
    if (usableMs > 0) this.kept.set(request.organization, key, { token, until: askedAt + usableMs });
    return token;
  }

  private async granted(request: TokenRequest): Promise<GrantedToken> {
    const limit = new AbortController();
    const timer = this.clock.after(LONGEST_CALL_MS, () =>
      limit.abort(new Error(`it took longer than ${LONGEST_CALL_MS} ms`)),
    );
    try {
      return this.grantOf(await this.client.call(callOf(request), () => false, limit.signal));
    } catch (error) {
      throw error instanceof ActionError && error.code === FAILED ? error : failure(networkFailure(error), request);
    } finally {
      timer.cancel();
    }
  }

  private grantOf({ status, headers, body }: Answer): GrantedToken {
    const text = 'text' in body && !body.truncated ? body.text : '';
    const grant = status === 200 ? grantIn(text) : null;
    if (grant) return grant;
    const error = errorIn(text);
    const wait = retryAfterMs(headers.get('retry-after'), this.clock.now());
    const said = status === 200 ? 'an answer without a usable access token' : `${status}${error ? ` (${error})` : ''}`;
    throw new ActionError(FAILED, `The token endpoint answered ${said}.`, {
      // Credentials that are refused stay so; an endpoint that fails or is busy may recover.
      ...(status < 500 && ![408, 425, 429].includes(status) && { retryable: 'when-listed' as const }),
      ...(wait !== undefined && { retryAfterMs: wait }),
    });
  }
}

/** The code of every failure to get a token. */
const FAILED = 'oauth-token';

function failure(cause: ActionError, { tokenUrl, clientSecret }: TokenRequest): ActionError {
  const message = `No token could be got from ${tokenUrl.origin} (${cause.code}): ${cause.message}`;
  const { retryable } = cause.details;
  return new ActionError(FAILED, message.replaceAll(clientSecret, '***'), retryable === undefined ? {} : { retryable });
}

function callOf(request: TokenRequest) {
  const { organization, tokenUrl, clientId, clientSecret, scope, audience, authentication } = request;
  const isBasic = authentication === 'basic';
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
    ...(!isBasic && { client_id: clientId, client_secret: clientSecret }),
  });
  return {
    organization,
    method: 'POST',
    url: tokenUrl,
    headers: {
      accept: 'application/json',
      'user-agent': 'scheduled-task-runner',
      'content-type': 'application/x-www-form-urlencoded',
      ...(isBasic && { authorization: basicOf(clientId, clientSecret) }),
    },
    body: form.toString(),
    open: new Set<string>(),
    isConfidential: true,
    mayBecomeGet: false,
    // Credentials follow no redirect.
    isFinal: () => true,
  };
}

/** Both parts are encoded as forms are (RFC 6749, 2.3.1). */
const basicOf = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`, 'utf8').toString('base64')}`;

const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
