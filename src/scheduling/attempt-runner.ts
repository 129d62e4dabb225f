import { Injectable } from '@nestjs/common';
import { Clock, type Timer } from '../clock/clock.js';
import type { Json } from '../domain/json.js';
import { codeOf, messageOf } from '../domain/thrown.js';
import { ActionRegistry } from '../integrations/action-registry.js';
import { ActionError, type ActionResult } from '../integrations/action.js';
import type { Assignment } from './assignment.js';
import { AttemptContext } from './attempt-context.js';
import { AttemptAbort, type AttemptEnd } from './attempt-end.js';
import { deadlineOf } from './deadlines.js';

/** The largest output that is kept with a run, in characters of JSON. */
const LARGEST_OUTPUT = 256 * 1024;

/** Makes one attempt: invokes the action and ends it at the time-out or when it is aborted, whatever the action does. */
@Injectable()
export class AttemptRunner {
  constructor(
    private readonly actions: ActionRegistry,
    private readonly clock: Clock,
  ) {}

  execute(assignment: Assignment): Promise<AttemptEnd> {
    return this.within(assignment, assignment.task.definition.timeoutMs, async () => {
      const result = await this.invoke(assignment);
      if (result.waiting) {
        assignment.log.add('info', 'Waiting for the call-back that completes the attempt');
        assignment.log.flushSoon();
        return assignment.callback.promise;
      }
      return { kind: 'succeeded', output: checkedOutput(result.output) };
    });
  }

  /** Goes on waiting, for at most `remainingMs`, for the call-back of an attempt that another instance began. */
  awaitCallback(assignment: Assignment, remainingMs: number): Promise<AttemptEnd> {
    return this.within(assignment, remainingMs, () => assignment.callback.promise);
  }

  /** Resolves when the work is done or the attempt is aborted, whichever comes first. */
  private within(assignment: Assignment, timeoutMs: number, work: () => Promise<AttemptEnd>): Promise<AttemptEnd> {
    const { aborter } = assignment;
    return new Promise((resolve) => {
      const timer = this.limit(assignment, timeoutMs);
      const end = (how: AttemptEnd) => {
        timer.cancel();
        resolve(how);
      };
      aborter.onAbort((abort) => end({ kind: 'aborted', abort }));
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

  private invoke(assignment: Assignment): Promise<ActionResult> {
    const { action } = assignment.task.definition;
    return this.actions.get(action.type).execute(action, new AttemptContext(assignment));
  }
}

function failed(error: unknown): AttemptEnd {
  const described = { code: codeOf(error) ?? 'error', message: messageOf(error) };
  if (!(error instanceof ActionError)) return { kind: 'failed', failure: { error: described } };
  const { status, retryAfterMs, retryable } = error.details;
  const isStatus = Number.isSafeInteger(status);
  return {
    kind: 'failed',
    failure: {
      error: { ...described, ...(isStatus && { status: status! }) },
      // Told by whoever wrote the action, and the next attempt is due by it.
      retryAfterMs: Number.isFinite(retryAfterMs) ? Math.max(0, Math.ceil(retryAfterMs!)) : undefined,
      retryable: typeof retryable === 'boolean' ? retryable : undefined,
    },
  };
}

/** An output as it is stored: JSON, and not larger than what a run may hold. */
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
