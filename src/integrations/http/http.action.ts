import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { ActionOf } from '../../domain/action.js';
import type { JsonObject } from '../../domain/json.js';
import { ActionError, type ActionContext, type ActionResult, type ActionRunner } from '../action.js';
import { AttemptSecrets, type Confidential } from '../attempt-secrets.js';
import { asText, renderHeader, renderJson } from '../templates/render.js';
import { templateScope } from '../templates/scope.js';
import type { RenderedSize } from '../templates/rendered-size.js';
import { namesConfidential, type TemplateScope } from '../templates/template.js';
import { UrlTemplate } from '../templates/url-template.js';
import { networkFailure, statusFailure } from './failures.js';
import { GuardedClient, type Answer, type OutgoingCall } from './guarded-client.js';
import { keptBody } from './limited-body.js';
import { RequestRoom } from './request-room.js';

/** How much of a failed answer's body goes into the run's log, in characters. */
const EXCERPT_LENGTH = 2000;

/** Makes an HTTP request; anything but 2xx is a failed attempt (`http-<status>`). */
@Injectable()
export class HttpAction implements ActionRunner<'http'> {
  readonly type = 'http';

  constructor(
    private readonly client: GuardedClient,
    private readonly secrets: AttemptSecrets,
    private readonly clock: Clock,
    private readonly room: RequestRoom,
  ) {}

  async execute(action: ActionOf<'http'>, context: ActionContext): Promise<ActionResult> {
    const confidential = this.secrets.open(context);
    const { call, leave } = await this.room.enter(context, (size) =>
      outgoingCall(action, context, templateScope(context, confidential), size),
    );
    const answer = await this.call(call, context, confidential).finally(leave);
    const output = outputOf(answer, confidential);
    const failed = answer.status < 200 || answer.status > 299;
    const excerpt: JsonObject = failed ? { body: asText(output['body'] ?? null).slice(0, EXCERPT_LENGTH) } : {};
    confidential.log(failed ? 'warn' : 'info', `${call.method} ${call.url.origin} answered ${answer.status}.`, excerpt);
    if (failed) throw statusFailure(answer.status, answer.headers['retry-after'], this.clock);
    return action.waitForCallback ? { waiting: true } : { output };
  }

  private async call(call: OutgoingCall, context: ActionContext, { redactor }: Confidential): Promise<Answer> {
    try {
      return await this.client.call(call, (text) => redactor.finds(text), context.signal);
    } catch (error) {
      context.signal.throwIfAborted();
      const { code, message, details } = networkFailure(error);
      throw new ActionError(code, redactor.text(message), details);
    }
  }
}

/** Headers of a user that say nothing of who sends: those alone follow a redirect to another origin, beside ours. */
const HARMLESS = ['accept', 'accept-language', 'content-language', 'content-type', 'traceparent'];

function outgoingCall(
  action: ActionOf<'http'>,
  context: ActionContext,
  scope: TemplateScope,
  size: RenderedSize,
): OutgoingCall {
  const own = ownHeaders(action);
  const headers = standardHeaders(action, context);
  const open = [...headers.keys(), ...HARMLESS].filter((name) => !own.has(name) || isHarmless(name, own.get(name)!));
  for (const [name, text] of own) headers.set(name, renderHeader(name, text, scope, size));
  return {
    method: action.method,
    url: new UrlTemplate(action.url).render(scope, size),
    headers: Object.fromEntries(headers),
    body: action.body === undefined ? null : size.demand(JSON.stringify(renderJson(action.body, scope, size))),
    open: new Set(open),
    isConfidential: action.body !== undefined && namesConfidential(action.body),
    mayBecomeGet: action.redirectAsGet ?? false,
  };
}

const isHarmless = (name: string, text: string): boolean => HARMLESS.includes(name) && !namesConfidential(text);

/** The user's headers by their names in lower case; they replace ours. */
const ownHeaders = ({ headers = {} }: ActionOf<'http'>): Map<string, string> =>
  new Map(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]));

const standardHeaders = (action: ActionOf<'http'>, { run, attempt }: ActionContext): Map<string, string> =>
  new Map([
    ['user-agent', 'scheduled-task-runner'],
    ['idempotency-key', run.id],
    ['x-attempt', String(attempt)],
    ['x-scheduled-for', new Date(run.scheduledFor).toISOString()],
    ...(action.body === undefined ? [] : [['content-type', 'application/json'] as const]),
  ]);

/** What is kept of an answer: status, a few headers and the beginning of the body, with every secret masked. */
function outputOf({ status, headers, body }: Answer, { redactor }: Confidential): JsonObject {
  const kept = Object.entries(headers).filter(([name]) => name !== 'retry-after');
  return {
    status,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, redactor.text(value)])),
    body: keptBody(body, headers['content-type'] ?? '', redactor),
    ...(body.truncated ? { truncated: true } : {}),
  };
}
