import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { ActionOf } from '../../domain/action.js';
import { isExpected } from '../../domain/http-action.js';
import type { JsonObject } from '../../domain/json.js';
import { ActionError, type ActionContext, type ActionResult, type ActionRunner } from '../action.js';
import { AttemptSecrets, type Confidential } from '../attempt-secrets.js';
import { asText } from '../templates/render.js';
import { TemplateScopes } from '../templates/scope.js';
import { CallSpans } from './call-spans.js';
import { filledCredentials } from './credentials.js';
import { networkFailure, statusFailure } from './failures.js';
import { GuardedClient, type Answer, type OutgoingCall } from './guarded-client.js';
import { keptBody } from './limited-body.js';
import { OAuthTokens, type TokenRequest } from './oauth-tokens.js';
import { outgoingCall } from './outgoing-call.js';
import { RequestRoom } from './request-room.js';

/** How much of a failed answer's body goes to the run's log, in characters. */
const EXCERPT_LENGTH = 2000;

/** Headers of an answer that its output always shows. */
const KEPT_HEADERS = ['content-type', 'location', 'etag', 'last-modified', 'x-request-id', 'traceparent'];

/** An attempt at its request. */
interface Sending {
  action: ActionOf<'http'>;
  context: ActionContext;
  confidential: Confidential;
}

/** Makes an HTTP request; an answer that was not expected fails the attempt (`http-<status>`). */
@Injectable()
export class HttpAction implements ActionRunner<'http'> {
  readonly type = 'http';

  constructor(
    private readonly client: GuardedClient,
    private readonly tokens: OAuthTokens,
    private readonly secrets: AttemptSecrets,
    private readonly clock: Clock,
    private readonly room: RequestRoom,
    private readonly scopes: TemplateScopes,
    private readonly spans: CallSpans,
  ) {}

  async execute(action: ActionOf<'http'>, context: ActionContext): Promise<ActionResult> {
    const confidential = this.secrets.open(context);
    const sending = { action, context, confidential };
    const answer = await this.answerTo(sending);
    const output = outputOf(answer, action, confidential);
    const failed = !isExpected(answer.status, action);
    const excerpt: JsonObject = failed ? { body: asText(output['body'] ?? null).slice(0, EXCERPT_LENGTH) } : {};
    const said = `${action.method} ${answer.url.origin} answered ${answer.status}.`;
    confidential.log(failed ? 'warn' : 'info', said, excerpt);
    if (failed) throw statusFailure(answer.status, answer.headers.get('retry-after'), this.clock, output);
    return action.completion === 'callback' ? { waiting: true } : { output };
  }

  private async answerTo(sending: Sending): Promise<Answer> {
    const { action, context, confidential } = sending;
    const scope = this.scopes.of(context, confidential);
    const credentials = filledCredentials(action, context.run.organization, scope, this.room.size());
    confidential.hide(credentials.hidden);
    const { grant } = credentials;
    const token = grant && (await this.tokenFor(grant, sending));
    const { call, leave } = await this.room.enter(context, (size) =>
      outgoingCall(action, context, { scope, credentials, now: this.clock.now() }, size),
    );
    const answer = grant && token !== null ? this.authorized(call, grant, token, sending) : this.call(call, sending);
    return answer.finally(leave);
  }

  /** Sends the call with its token; with a new one if that is not accepted any more. */
  private async authorized(call: OutgoingCall, grant: TokenRequest, token: string, sending: Sending): Promise<Answer> {
    const answer = await this.call(withToken(call, token), sending);
    const isRefused =
      answer.status === 401 && !isExpected(401, sending.action) && answer.url.origin === call.url.origin;
    if (!isRefused) return answer;
    return this.call(withToken(call, await this.tokenFor(grant, sending, token)), sending);
  }

  private async tokenFor(grant: TokenRequest, { context, confidential }: Sending, refused?: string): Promise<string> {
    const token = await this.tokens.of(grant, context.signal, refused);
    confidential.hide([token]);
    return token;
  }

  private async call(call: OutgoingCall, { context, confidential: { redactor } }: Sending): Promise<Answer> {
    try {
      return await this.spans.around(call, (traced) =>
        this.client.call(traced, (text) => redactor.finds(text), context.signal),
      );
    } catch (error) {
      context.signal.throwIfAborted();
      const { code, message, details } = networkFailure(error);
      throw new ActionError(code, redactor.text(message), details);
    }
  }
}

const withToken = (call: OutgoingCall, token: string): OutgoingCall => ({
  ...call,
  headers: { ...call.headers, authorization: `Bearer ${token}` },
});

/** The stored part of an answer: status, listed headers and the start of the body, with every secret masked. */
function outputOf({ status, headers, body }: Answer, action: ActionOf<'http'>, { redactor }: Confidential): JsonObject {
  const names = [...KEPT_HEADERS, ...(action.keepHeaders ?? []).map((name) => name.toLowerCase())];
  const kept = [...new Set(names)].flatMap((name) => {
    const value = headers.get(name);
    return value === undefined ? [] : [[name, redactor.text(value)] as const];
  });
  return {
    status,
    headers: Object.fromEntries(kept),
    body: keptBody(body, headers.get('content-type') ?? '', redactor),
    ...('sha256' in body ? { binary: true } : {}),
    ...(body.truncated ? { truncated: true } : {}),
  };
}
