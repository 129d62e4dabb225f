import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { ActionOf } from '../../domain/action.js';
import type { Json, JsonObject } from '../../domain/json.js';
import { codeOf, LONGEST_REASON, messageOf, stackOf } from '../../domain/thrown.js';
import { parametersOf } from '../../domain/run.js';
import { ActionError, type ActionContext, type ActionResult, type ActionRunner } from '../action.js';
import { AttemptSecrets, type Confidential } from '../attempt-secrets.js';
import { isTooDeep } from '../../domain/json-depth.js';
import { HandlerRegistry, type HandlerContext } from './handler-registry.js';
import { jsonOutput, NOT_KEPT } from './output.js';
import { checkedParameters, type ParameterSchema } from './parameter-schema.js';
import { Pulse } from './pulse.js';

/** The code of an attempt whose parameters do not fit. */
const UNFIT = 'invalid-parameters';
/** The longest stack that is kept, in bytes. */
const LONGEST_STACK = 8192;

/** Calls a function of the host application. */
@Injectable()
export class HandlerAction implements ActionRunner<'handler'> {
  readonly type = 'handler';

  private readonly logger = new Logger('TaskHandler');

  constructor(
    private readonly handlers: HandlerRegistry,
    private readonly secrets: AttemptSecrets,
    private readonly clock: Clock,
  ) {}

  /** A missing handler is worth another attempt: during a change of versions, another instance may have it. */
  async execute({ name }: ActionOf<'handler'>, context: ActionContext): Promise<ActionResult> {
    const handler = this.handlers.get(name);
    if (!handler) throw new ActionError('handler-not-found', `This instance has no handler ${JSON.stringify(name)}.`);
    const confidential = this.secrets.open(context);
    const { parameters: schema, heartbeatTimeoutMs } = this.handlers.traitsOf(name)!;
    const pulse = heartbeatTimeoutMs === undefined ? null : new Pulse(this.clock, heartbeatTimeoutMs, context.signal);
    try {
      const checked = schema && demandParameters(schema, parametersOf(context.run, context.task));
      const call = new HandlerCall(context, confidential, checked, pulse);
      const work = Promise.resolve(handler(call));
      return keptOutput(await (pulse ? pulse.orSilence(work) : work), confidential);
    } catch (error) {
      context.signal.throwIfAborted();
      this.tell(name, error, context, confidential);
      throw handlerFailure(error, confidential);
    } finally {
      pulse?.stop();
    }
  }

  /**
   * Writes the stack of what a handler threw to the application's log and to that of the run. Of what the runner itself
   * finds wrong, a sentence tells enough.
   */
  private tell(name: string, error: unknown, { run, attempt }: ActionContext, { redactor, log }: Confidential): void {
    const handler = `The task handler ${JSON.stringify(name)}`;
    const where = `in attempt ${attempt} of run ${run.id}`;
    if (error instanceof ActionError) {
      const what = error.code === UNFIT ? 'was not called' : 'was given up';
      return this.logger.error(`${handler} ${what} ${where}: ${messageOf(error, LONGEST_REASON, redactor.mask)}`);
    }
    const stack = stackOf(error, LONGEST_STACK, redactor.mask);
    if (stack === undefined) return;
    this.logger.error(`${handler} failed ${where}.`, stack);
    log('debug', 'The stack of the error', { stack });
  }
}

/** The parameters as the handler's schema gives them. @throws ActionError */
function demandParameters(schema: ParameterSchema, parameters: JsonObject): unknown {
  const checked = checkedParameters(schema, structuredClone(parameters));
  if ('value' in checked) return checked.value;
  const faults = checked.faults.map(({ pointer, detail }) => `${pointer ? `${pointer} ` : ''}${detail}`);
  throw new ActionError(UNFIT, `The parameters do not fit the handler: ${faults.join('; ')}`, {
    retryable: false,
  });
}

/**
 * One call of a handler. Its members are copies, so that a handler cannot change what the next attempt gets; and they
 * are own properties, so that a copy such as `{...context}` has them, too.
 */
class HandlerCall implements HandlerContext {
  readonly run: HandlerContext['run'];
  readonly event: HandlerContext['event'];
  readonly secrets: HandlerContext['secrets'];
  readonly log: HandlerContext['log'];
  readonly attempt: number;
  readonly scheduledFor: Date;
  readonly latenessMs: number;
  readonly fencingToken: string;
  declare readonly parameters: JsonObject;
  declare readonly signal: AbortSignal;
  #told = '';
  readonly #context: ActionContext;
  readonly #pulse: Pulse | null;
  #parameters: JsonObject | undefined;

  /** Own properties whose values are created only for handlers that read them; all calls share their getters. */
  static readonly #lazy: PropertyDescriptorMap & ThisType<HandlerCall> = {
    parameters: {
      enumerable: true,
      get() {
        return (this.#parameters ??= structuredClone(parametersOf(this.#context.run, this.#context.task)));
      },
    },
    signal: {
      enumerable: true,
      get() {
        return this.#pulse?.signal ?? this.#context.signal;
      },
    },
  };

  /** `checked` are the parameters by the handler's schema, if it has one. */
  constructor(context: ActionContext, { secrets, log }: Confidential, checked: unknown, pulse: Pulse | null) {
    const { id, taskId, trigger, event, scheduledFor, latenessMs } = context.run;
    const { attempt } = context;
    this.#context = context;
    this.#pulse = pulse;
    this.#parameters = checked as JsonObject | undefined;
    this.run = { id, taskId, scheduledFor: new Date(scheduledFor), attempt, trigger, idempotencyKey: id };
    this.attempt = attempt;
    this.scheduledFor = new Date(scheduledFor);
    this.latenessMs = latenessMs ?? 0;
    this.fencingToken = `${id}-${String(attempt).padStart(10, '0')}`;
    this.event = event && structuredClone(event);
    this.secrets = secrets;
    this.log = log;
    Object.defineProperties(this, HandlerCall.#lazy);
  }

  readonly heartbeat = (): void => {
    this.#pulse?.beat();
    this.signal.throwIfAborted();
  };

  readonly progress = (percent: number, message?: string): void => {
    this.#pulse?.beat();
    const share = Number.isFinite(percent) ? Math.min(100, Math.max(0, Math.floor(percent))) : 0;
    const text = message === undefined ? `${share} %` : `${share} %: ${message}`;
    if (text === this.#told) return;
    this.#told = text;
    this.log('info', text, { percent: share });
  };
}

/** The work is done: an output that cannot be kept causes a warning, not a repetition. */
function keptOutput(value: unknown, confidential: Confidential): ActionResult {
  const text = jsonOutput(value);
  if (text === undefined) return {};
  const parsed = text === null ? undefined : (JSON.parse(text) as Json);
  if (parsed !== undefined && !isTooDeep(parsed)) return { output: confidential.redactor.json(parsed) };
  confidential.log('warn', NOT_KEPT);
  return {};
}

/** What a handler threw, shortened, and with everything confidential masked. */
function handlerFailure(error: unknown, { redactor }: Confidential): ActionError {
  const message = messageOf(error, LONGEST_REASON, redactor.mask);
  const code = redactor.text(codeOf(error) ?? 'handler-error');
  return new ActionError(code, message, error instanceof ActionError ? error.details : {});
}
