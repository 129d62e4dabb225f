import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { ActionOf } from '../../domain/action.js';
import { parametersOf } from '../../domain/run.js';
import { messageOf } from '../../domain/thrown.js';
import { CallbackTokens } from '../../secrets/callback-tokens.js';
import { Redactor } from '../../secrets/redact.js';
import { ActionError, type ActionContext, type ActionResult, type ActionRunner } from '../action.js';
import { CallbackAddresses } from '../templates/scope.js';
import { TestFlowService, type FlowProgress, type FlowStart } from './test-flow-service.js';

/** How long after its start a flow is first asked for, and the longest time between two questions (ms). */
const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
/** How often the flow of an attempt is started again when its engine has forgotten it. */
const MOST_RESTARTS = 3;
/** How long a cancellation may take (ms). */
const CANCEL_MS = 5000;
/** Why an attempt ends for good, so that its flow is of no use any more: the kinds of abort. */
const IN_VAIN = ['cancel', 'time-out', 'deadline'];

/** A flow that is followed. */
interface Followed {
  flowId: string;
  start: FlowStart;
  context: ActionContext;
}

/**
 * Runs a test flow in the execution engine: starts it, and follows it until its end. The engine may tell the end by
 * call-back; otherwise it is asked. Another instance can go on by executing the same attempt again.
 */
@Injectable()
export class TestFlowAction implements ActionRunner<'test-flow'> {
  readonly type = 'test-flow';
  readonly resumes = true;

  constructor(
    private readonly engine: TestFlowService,
    private readonly tokens: CallbackTokens,
    private readonly addresses: CallbackAddresses,
    private readonly clock: Clock,
  ) {}

  async execute({ flowId }: ActionOf<'test-flow'>, context: ActionContext): Promise<ActionResult> {
    const { run, task, attempt, signal } = context;
    const token = this.tokens.issue(run.id, attempt);
    const redactor = new Redactor([token]);
    const callback = this.addresses.of(run.id, token);
    const start = { runId: run.id, attempt, parameters: parametersOf(run, task), ...(callback && { callback }) };
    const followed = { flowId, start, context };
    try {
      const end = await this.ended(followed);
      const output = end.output === null ? null : redactor.json(end.output);
      if (end.state === 'succeeded') return { output };
      throw failureOf(end.state, redactor.text(end.error ?? `The test flow ${flowId} has ${end.state}.`), output);
    } catch (error) {
      if (signal.aborted) await this.cancelled(followed);
      throw error;
    }
  }

  private async ended(followed: Followed): Promise<Exclude<FlowProgress, { state: 'running' }>> {
    const { flowId, start, context } = followed;
    let progress = await this.engine.start(flowId, start, context.signal);
    context.log('info', `Started the test flow ${flowId}.`);
    for (let [wait, restarts] = [FIRST_MS, 0]; progress.state === 'running'; wait = Math.min(wait * 2, LONGEST_MS)) {
      await this.clock.sleep(wait, context.signal);
      const found = await this.asked(followed);
      if (found === null && restarts++ === MOST_RESTARTS) throw forgotten(flowId);
      progress = found ?? (await this.restarted(followed));
    }
    return progress;
  }

  /** How far it is, as far as the engine answers: one that is away for a while may still be at work. */
  private async asked({ flowId, start, context }: Followed): Promise<FlowProgress | null> {
    try {
      return await this.engine.follow(flowId, start.runId, context.signal);
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof ActionError && error.details.retryable !== undefined) throw error;
      context.log('warn', `The execution engine did not tell how far the test flow is: ${messageOf(error)}`);
      return { state: 'running' };
    }
  }

  private async restarted({ flowId, start, context }: Followed): Promise<FlowProgress> {
    context.log('warn', `The execution engine has no test flow of this run; it is started again.`);
    return this.engine.start(flowId, start, context.signal);
  }

  /** Ends a flow that nobody waits for any more; what became of that goes to the log. */
  private async cancelled({ flowId, start, context }: Followed): Promise<void> {
    const { kind } = (context.signal.reason ?? {}) as { kind?: unknown };
    if (!IN_VAIN.includes(String(kind))) return;
    const limit = new AbortController();
    const timer = this.clock.after(CANCEL_MS, () => limit.abort(new Error(`no answer within ${CANCEL_MS} ms`)));
    try {
      await this.engine.cancel(flowId, start.runId, limit.signal);
      context.log('info', `Cancelled the test flow ${flowId}.`);
    } catch (error) {
      context.log('warn', `The test flow ${flowId} may go on; its cancellation failed: ${messageOf(error)}`);
    } finally {
      timer.cancel();
    }
  }
}

const failureOf = (state: 'failed' | 'cancelled', message: string, output: ActionResultOutput): ActionError =>
  new ActionError(`flow-${state}`, message, {
    ...(output !== null && { output }),
    ...(state === 'cancelled' && { retryable: false }),
  });

const forgotten = (flowId: string): ActionError =>
  new ActionError('flow-lost', `The execution engine has forgotten the test flow ${flowId} again and again.`);

type ActionResultOutput = ReturnType<Redactor['json']> | null;
