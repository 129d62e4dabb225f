import { Injectable } from '@nestjs/common';
import type { ActionOf } from '../../domain/action.js';
import type { Json, JsonObject } from '../../domain/json.js';
import { codeOf, LONGEST_REASON, messageOf } from '../../domain/thrown.js';
import { ActionError, type ActionContext, type ActionResult, type ActionRunner } from '../action.js';
import { AttemptSecrets, type Confidential } from '../attempt-secrets.js';
import { isTooDeep } from '../../domain/json-depth.js';
import { HandlerRegistry, type HandlerContext } from './handler-registry.js';

/** The longest output that is kept, in characters of JSON. */
const LONGEST_OUTPUT = 65_536;

/** Calls a function of the host application. */
@Injectable()
export class HandlerAction implements ActionRunner<'handler'> {
  readonly type = 'handler';

  constructor(
    private readonly handlers: HandlerRegistry,
    private readonly secrets: AttemptSecrets,
  ) {}

  /** A missing handler is worth another attempt: while versions change, another instance may have it. */
  async execute({ name }: ActionOf<'handler'>, context: ActionContext): Promise<ActionResult> {
    const handler = this.handlers.get(name);
    if (!handler) throw new ActionError('handler-not-found', `This instance has no handler ${JSON.stringify(name)}.`);
    const confidential = this.secrets.open(context);
    try {
      return keptOutput(await handler(new HandlerCall(context, confidential)), confidential);
    } catch (error) {
      context.signal.throwIfAborted();
      throw handlerFailure(error, confidential);
    }
  }
}

/**
 * One call of a handler. What it is given are copies, so that it cannot change what the next attempt finds; and all of it are
 * members of its own, so that a copy such as `{...context}` has them too.
 */
class HandlerCall implements HandlerContext {
  readonly run: HandlerContext['run'];
  readonly event: HandlerContext['event'];
  readonly secrets: HandlerContext['secrets'];
  readonly log: HandlerContext['log'];
  declare readonly parameters: JsonObject;
  declare readonly signal: AbortSignal;

  constructor(context: ActionContext, { secrets, log }: Confidential) {
    const { id, taskId, trigger, event, scheduledFor } = context.run;
    const { attempt } = context;
    this.run = { id, taskId, scheduledFor: new Date(scheduledFor), attempt, trigger, idempotencyKey: id };
    this.event = event && structuredClone(event);
    this.secrets = secrets;
    this.log = log;
    let parameters: JsonObject | undefined;
    // Made only for handlers that look at them.
    Object.defineProperties(this, {
      parameters: {
        enumerable: true,
        get: () => (parameters ??= structuredClone(context.task.definition.parameters)),
      },
      signal: { enumerable: true, get: () => context.signal },
    });
  }
}

/** The work is done, so an output that cannot be kept is a warning and no reason to do it again. */
function keptOutput(value: unknown, confidential: Confidential): ActionResult {
  const text = toJson(value);
  if (text === undefined) return {};
  const parsed = text !== null && text.length <= LONGEST_OUTPUT ? (JSON.parse(text) as Json) : undefined;
  if (parsed !== undefined && !isTooDeep(parsed)) return { output: confidential.redactor.json(parsed) };
  confidential.log(
    'warn',
    `The handler's output is not kept: it is no JSON, longer than ${LONGEST_OUTPUT} characters or too deep.`,
  );
  return {};
}

/** The value as JSON; undefined when there is none, null when JSON cannot carry it. */
function toJson(value: unknown): string | null | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

/** What a handler threw, bounded, and with everything confidential masked. */
function handlerFailure(error: unknown, { redactor }: Confidential): ActionError {
  const mask = (text: string, isCut: boolean) => (isCut ? redactor.cutText(text) : redactor.text(text));
  const message = messageOf(error, LONGEST_REASON, mask);
  const code = redactor.text(codeOf(error) ?? 'handler-error');
  return new ActionError(code, message, error instanceof ActionError ? error.details : {});
}
