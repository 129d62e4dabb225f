import { Injectable, Logger } from '@nestjs/common';
import { Clock, type Timer } from '../../clock/clock.js';
import type { Json } from '../../domain/json.js';
import type { Run } from '../../domain/run.js';
import { codeOf, messageOf } from '../../domain/thrown.js';
import { ActionRegistry } from '../../integrations/action-registry.js';
import { ActionError, type ActionResult } from '../../integrations/action.js';
import { AttemptHooks, type AttemptVeto } from '../../integrations/hooks/attempt-hooks.js';
import { ActiveRuns } from '../holding/active-runs.js';
import type { Assignment } from '../holding/assignment.js';
import { AttemptContext } from './attempt-context.js';
import { CallBackWait } from './call-back-wait.js';
import { AttemptAbort, type AttemptEnd } from '../planning/attempt-end.js';
import { hasCallback } from '../planning/obstacle.js';
import { deadlineOf } from '../planning/deadlines.js';

/** The largest output that is kept with a run, in characters of JSON. */
const LARGEST_OUTPUT = 256 * 1024;

/** How long an action may take to end after it was told to, before that is logged (ms). */
const OBEDIENT_MS = 1000;

/**
 * Makes one attempt: calls the hooks before it, invokes the action, and ends the attempt at its time-out or when it is aborted, whatever the
 * action does. An action that goes on after that stays in the way of the next attempts of its task here.
 */
@Injectable()
export class AttemptRunner {
  private readonly logger = new Logger(AttemptRunner.name);

  constructor(
    private readonly actions: ActionRegistry,
    private readonly clock: Clock,
    private readonly activeRuns: ActiveRuns,
    private readonly hooks: AttemptHooks,
    private readonly callBacks: CallBackWait,
  ) {}

  execute(assignment: Assignment): Promise<AttemptEnd> {
    const { timeoutMs } = assignment.task.definition;
    const veto = () => (this.hooks.anyBefore ? this.hooks.before(new AttemptContext(assignment)) : null);
    return this.attempt(assignment, timeoutMs, veto);
  }

  /** Goes on, for at most `remainingMs`, with an attempt that another instance began and that a call-back may end. */
  goOn(assignment: Assignment, remainingMs: number): Promise<AttemptEnd> {
    if (this.resumes(assignment)) return this.attempt(assignment, remainingMs, () => null);
    return this.within(assignment, remainingMs, () => this.callBacks.of(assignment));
  }

  private attempt(
    assignment: Assignment,
    timeoutMs: number,
    vetoOf: () => Promise<AttemptVeto | null> | null,
  ): Promise<AttemptEnd> {
    let action: Promise<ActionResult> | null = null;
    const aborted = () => action && this.outlast(assignment.run, action);
    const work = async (): Promise<AttemptEnd> => {
      const asked = vetoOf();
      const veto = asked && (await asked);
      if (veto) return vetoed(assignment, veto);
      assignment.isWaiting = this.resumes(assignment);
      action = this.invoke(assignment);
      const result = await action.catch((error: unknown) => {
        action = null;
        const goesOn = error instanceof ActionError ? error.details.goesOn : undefined;
        if (goesOn) this.outlast(assignment.run, goesOn);
        throw error;
      });
      action = null;
      if (result.waiting) {
        assignment.log.tell('info', 'Waiting for the call-back that completes the attempt');
        assignment.log.flushSoon();
        return this.callBacks.of(assignment);
      }
      return { kind: 'succeeded', output: checkedOutput(result.output) };
    };
    if (!hasCallback(assignment.task)) return this.within(assignment, timeoutMs, work, aborted);
    const orCalledBack = () => Promise.race([work(), assignment.callback.promise]);
    const ended = this.within(assignment, timeoutMs, orCalledBack, aborted);
    // The call-back may come before the response, which nobody needs then.
    const early = new AttemptAbort('ended-elsewhere', 'The call-back came before the response.');
    void ended.then(() => action && assignment.aborter.abort(early));
    return ended;
  }

  /** Resolves when the work is done or the attempt is aborted, whichever comes first. */
  private within(
    assignment: Assignment,
    timeoutMs: number,
    work: () => Promise<AttemptEnd>,
    aborted: () => void = () => undefined,
  ): Promise<AttemptEnd> {
    const { aborter } = assignment;
    return new Promise((resolve) => {
      const timer = this.limit(assignment, timeoutMs);
      const end = (how: AttemptEnd) => {
        timer.cancel();
        resolve(how);
      };
      aborter.onAbort((abort) => {
        aborted();
        end({ kind: 'aborted', abort });
      });
      work().then(end, (error: unknown) =>
        end(aborter.reason ? { kind: 'aborted', abort: aborter.reason } : failed(error)),
      );
    });
  }

  /** Ends the attempt at its time-out or at the deadline of its run, whichever comes first. */
  private limit({ run, task, aborter }: Assignment, timeoutMs: number): Timer {
    const { timeoutMs: allowed, deadlineMs } = task.definition;
    const remaining = deadlineOf(run, task) - this.clock.now();
    const abort = () =>
      remaining <= timeoutMs
        ? new AttemptAbort('deadline', `deadlineMs: the run took longer than ${deadlineMs} ms in all.`)
        : new AttemptAbort('time-out', `The attempt took longer than ${allowed} ms.`);
    return this.clock.after(Math.max(0, Math.min(remaining, timeoutMs)), () => aborter.abort(abort()));
  }

  private outlast(run: Run, action: Promise<unknown>): void {
    this.activeRuns.keepUntil(action, run);
    const warn = this.clock.after(OBEDIENT_MS, () =>
      this.logger.warn(
        `Run ${run.id}: its action goes on although it was told to end. The next start of its task here waits for that.`,
      ),
    );
    const over = () => warn.cancel();
    action.then(over, over);
  }

  /** Whether another instance could go on with the action as it is. */
  private resumes({ task }: Assignment): boolean {
    return this.actions.resumes(task.definition.action.type);
  }

  private invoke(assignment: Assignment): Promise<ActionResult> {
    const { action } = assignment.task.definition;
    return this.actions.get(action.type).execute(action, new AttemptContext(assignment));
  }
}

function vetoed({ log }: Assignment, { kind, reason, retryable }: AttemptVeto): AttemptEnd {
  log.tell('info', `The attempt is not made: ${reason}`);
  if (kind === 'skip') return { kind: 'skipped', reason };
  return { kind: 'failed', failure: { error: { code: 'hook-failed', message: reason }, retryable } };
}

function failed(error: unknown): AttemptEnd {
  const described = { code: codeOf(error) ?? 'error', message: messageOf(error) };
  if (!(error instanceof ActionError)) return { kind: 'failed', failure: { error: described } };
  const { status, retryAfterMs, retryable, output } = error.details;
  const isStatus = Number.isSafeInteger(status);
  return {
    kind: 'failed',
    ...outputIn(output),
    failure: {
      error: { ...described, ...(isStatus && { status: status! }) },
      // The author of the action supplies this value, and it decides when the next attempt is due.
      retryAfterMs: Number.isFinite(retryAfterMs) ? Math.max(0, Math.ceil(retryAfterMs!)) : undefined,
      retryable: typeof retryable === 'boolean' || retryable === 'when-listed' ? retryable : undefined,
    },
  };
}

/** The output beside a failure; none where it cannot be kept, which must not hide the failure. */
function outputIn(output: unknown): { output?: Json | null } {
  try {
    return output === undefined ? {} : { output: checkedOutput(output) };
  } catch {
    return {};
  }
}

/** An output as it is stored: JSON, and no larger than a run may hold. */
function checkedOutput(output: unknown): Json | null {
  if (output === undefined) return null;
  const text = JSON.stringify(output) as string | undefined;
  if (text === undefined) return null;
  if (text.length > LARGEST_OUTPUT) {
    throw new ActionError('output-too-large', `The output has more than ${LARGEST_OUTPUT} characters.`, {
      retryable: false,
    });
  }
  return JSON.parse(text) as Json;
}
