import { describe, expect, it, jest } from '@jest/globals';
import { aRun, aTask, T0 } from '../../../test/support/builders.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { AttemptLog } from '../../execution-log/attempt-log.js';
import type { LogChunk } from '../../execution-log/log.store.js';
import { ActionRegistry } from '../../integrations/action-registry.js';
import { ActionError, type ActionContext, type ActionResult } from '../../integrations/action.js';
import { AttemptHooks } from '../../integrations/hooks/attempt-hooks.js';
import { HookCaller } from '../../integrations/hooks/hook-caller.js';
import { HookRegistry } from '../../integrations/hooks/hook-registry.js';
import { ActiveRuns } from '../holding/active-runs.js';
import { Assignment } from '../holding/assignment.js';
import { AttemptAbort, type AttemptEnd } from '../planning/attempt-end.js';
import type { RunReads } from '../ports/run.reads.js';
import { AttemptRunner } from './attempt-runner.js';
import { CallBackWait } from './call-back-wait.js';

type Work = (context: ActionContext) => Promise<ActionResult>;

const hooksOf = (clock: SettableClock, hooks = new HookRegistry()) => new AttemptHooks(hooks, new HookCaller(clock));

function world(work: Work, timeoutMs = 1000, hooks?: HookRegistry) {
  const clock = new SettableClock(T0);
  const registry = new ActionRegistry([{ type: 'noop', execute: (_, context) => work(context) }]);
  const run = aRun({ state: 'running', owner: 'me', attempt: 3 });
  const append = jest.fn<(chunk: LogChunk, bytes: number) => Promise<void>>(() => Promise.resolve());
  const log = new AttemptLog(run, run.attempt, clock, 0, append);
  const assignment = new Assignment(run, aTask({ definition: { timeoutMs } }), log, T0);
  const activeRuns = new ActiveRuns({ onLeft: () => undefined, keepPlaces: () => undefined } as never);
  activeRuns.enter(run);
  return {
    clock,
    assignment,
    append,
    activeRuns,
    runner: new AttemptRunner(registry, clock, activeRuns, hooksOf(clock, hooks), waits(clock)),
  };
}

const waits = (clock: SettableClock) =>
  new CallBackWait(clock, { get: () => Promise.resolve(null) } as unknown as RunReads);

const endOf = (work: Work): Promise<AttemptEnd> => {
  const { runner, assignment } = world(work);
  return runner.execute(assignment);
};
const never = () => new Promise<never>(() => undefined);

describe('AttemptRunner', () => {
  it('hands the action its run, attempt number and signal, and keeps its output', async () => {
    const { runner, assignment } = world(({ run, attempt, signal }) =>
      Promise.resolve({ output: { run: run.id, attempt, aborted: signal.aborted } }),
    );
    await expect(runner.execute(assignment)).resolves.toEqual({
      kind: 'succeeded',
      output: { run: assignment.run.id, attempt: 3, aborted: false },
    });
  });

  it('does not call the action when a hook does not let it, or when the attempt ends before the hook does', async () => {
    const calls: string[] = [];
    const hooks = new HookRegistry();
    hooks.register('before', () => ({ skip: 'nothing to do' }), 'Guard.check');
    const skipped = world(() => (calls.push('skipped'), Promise.resolve({})), 1000, hooks);
    await expect(skipped.runner.execute(skipped.assignment)).resolves.toEqual({
      kind: 'skipped',
      reason: 'hook Guard.check: nothing to do',
    });

    const slow = new HookRegistry();
    slow.register('before', never, 'Guard.wait');
    const cancelled = world(() => (calls.push('cancelled'), Promise.resolve({})), 1000, slow);
    const end = cancelled.runner.execute(cancelled.assignment);
    cancelled.assignment.aborter.abort(new AttemptAbort('cancel', 'asked for'));
    await expect(end).resolves.toMatchObject({ kind: 'aborted', abort: { kind: 'cancel' } });

    const late = world(() => (calls.push('late'), Promise.resolve({})), 1000, slow);
    const lateEnd = late.runner.execute(late.assignment);
    await late.clock.advance(1000);
    await expect(lateEnd).resolves.toMatchObject({ kind: 'aborted', abort: { kind: 'time-out' } });
    await late.clock.advance(10_000);
    expect(calls).toEqual([]);
  });

  it('takes no output for null', async () => {
    await expect(endOf(() => Promise.resolve({}))).resolves.toEqual({ kind: 'succeeded', output: null });
  });

  it('ends at the deadline of its run where that comes before the time-out', async () => {
    const { runner, assignment, clock } = world(never);
    assignment.task.definition.deadlineMs = 1400;
    assignment.run.startedAt = T0 - 1000;
    const end = runner.execute(assignment);
    await clock.advance(399);
    expect(assignment.aborter.signal.aborted).toBe(false);
    await clock.advance(1);
    await expect(end).resolves.toMatchObject({ kind: 'aborted', abort: { kind: 'deadline' } });
  });

  it('ends at the time-out even when the action does not care, and fires its signal', async () => {
    let signal: AbortSignal | undefined;
    const { runner, assignment, clock } = world((context) => ((signal = context.signal), never()));
    const end = runner.execute(assignment);
    await clock.advance(999);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(signal?.reason).toBeInstanceOf(AttemptAbort);
    await expect(end).resolves.toMatchObject({
      kind: 'aborted',
      abort: { kind: 'time-out', message: 'The attempt took longer than 1000 ms.' },
    });
  });

  it('fires no time-out after the end', async () => {
    const { runner, assignment, clock } = world(() => Promise.resolve({}));
    await runner.execute(assignment);
    await clock.advance(5000);
    expect(assignment.aborter.signal.aborted).toBe(false);
  });

  it('takes what an action throws because it was aborted for the abort itself', async () => {
    const { runner, assignment } = world(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('socket closed')))),
    );
    const end = runner.execute(assignment);
    assignment.aborter.abort(new AttemptAbort('cancel', 'asked for'));
    await expect(end).resolves.toMatchObject({ kind: 'aborted', abort: { kind: 'cancel', message: 'asked for' } });
  });

  it('ends at once when it was aborted before it began', async () => {
    const { runner, assignment } = world(never);
    assignment.aborter.abort(new AttemptAbort('shutdown', 'stopping'));
    await expect(runner.execute(assignment)).resolves.toMatchObject({ kind: 'aborted', abort: { kind: 'shutdown' } });
    await expect(runner.goOn(assignment, 1000)).resolves.toMatchObject({ kind: 'aborted' });
  });

  it('passes on what the retry policy should know', async () => {
    const error = new ActionError('http-429', 'Too Many Requests', { status: 429, retryAfterMs: 7000 });
    await expect(endOf(() => Promise.reject(error))).resolves.toEqual({
      kind: 'failed',
      failure: {
        error: { code: 'http-429', message: 'Too Many Requests', status: 429 },
        retryAfterMs: 7000,
        retryable: undefined,
      },
    });
  });

  it.each<[string, unknown, string]>([
    ['an error', new TypeError('x is undefined'), 'x is undefined'],
    ['a text', 'broken', 'broken'],
    ['nothing', undefined, 'undefined'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an object without a text', Object.create(null), 'an object was thrown: {}'],
    ['null', null, 'null'],
  ])('fails with a message when the action throws %s', async (_, thrown, message) => {
    await expect(endOf(() => Promise.reject(thrown as Error))).resolves.toEqual({
      kind: 'failed',
      failure: { error: { code: 'error', message } },
    });
  });

  it('fails when the action throws before it returns a promise, and when nobody knows its type', async () => {
    const thrown = endOf(() => {
      throw new Error('at once');
    });
    await expect(thrown).resolves.toMatchObject({ kind: 'failed', failure: { error: { message: 'at once' } } });
    const { assignment, activeRuns, clock } = world(never);
    const empty = new AttemptRunner(new ActionRegistry(), clock, activeRuns, hooksOf(clock), waits(clock));
    await expect(empty.execute(assignment)).resolves.toMatchObject({ failure: { error: { code: 'unknown-action' } } });
  });

  it('keeps the run in the way while its action goes on after its time', async () => {
    let finish: (result: ActionResult) => void;
    const { runner, clock, assignment, activeRuns } = world(() => new Promise((resolve) => (finish = resolve)), 50);
    const { run } = assignment;
    const over = new Promise((resolve) => activeRuns.onActionEnd(resolve));
    const end = runner.execute(assignment);
    await clock.advance(50);
    expect(await end).toMatchObject({ kind: 'aborted' });
    activeRuns.leave(run);
    expect([activeRuns.goesOn(run.id), activeRuns.begunOf(run.taskId, '')]).toEqual([true, [run]]);
    activeRuns.clear();
    expect(activeRuns.begunOf(run.taskId, '')).toEqual([run]);
    finish!({});
    await over;
    expect([activeRuns.goesOn(run.id), activeRuns.begunOf(run.taskId, '')]).toEqual([false, []]);
  });

  it('keeps the run in the way while an action that has failed goes on', async () => {
    let finish: () => void;
    const goesOn = new Promise<void>((resolve) => (finish = resolve));
    const { runner, assignment, activeRuns } = world(() =>
      Promise.reject(new ActionError('silent', 'no sign of life', { goesOn })),
    );
    const { run } = assignment;
    const over = new Promise((resolve) => activeRuns.onActionEnd(resolve));
    expect(await runner.execute(assignment)).toEqual({
      kind: 'failed',
      failure: { error: { code: 'silent', message: 'no sign of life' } },
    });
    assignment.aborter.abort(new AttemptAbort('lock-lost', 'The lock is lost before the end is written.'));
    activeRuns.clear();
    await new Promise((resolve) => setImmediate(resolve));
    expect([activeRuns.goesOn(run.id), activeRuns.begunOf(run.taskId, '')]).toEqual([true, [run]]);
    finish!();
    await over;
    expect([activeRuns.goesOn(run.id), activeRuns.begunOf(run.taskId, '')]).toEqual([false, []]);
  });

  it('does not try again for an output that is too large', async () => {
    await expect(endOf(() => Promise.resolve({ output: 'x'.repeat(256 * 1024) }))).resolves.toMatchObject({
      kind: 'failed',
      failure: { error: { code: 'output-too-large' }, retryable: false },
    });
  });

  it('waits for the call-back, within the same time-out', async () => {
    const waiting = world(() => Promise.resolve({ waiting: true }));
    const end = waiting.runner.execute(waiting.assignment);
    await waiting.clock.advance(500);
    waiting.assignment.callback.resolve({ kind: 'succeeded', output: 'called back' });
    await expect(end).resolves.toEqual({ kind: 'succeeded', output: 'called back' });
    expect(waiting.append).toHaveBeenCalledTimes(1);

    const late = world(() => Promise.resolve({ waiting: true }));
    const timedOut = late.runner.execute(late.assignment);
    await late.clock.advance(1000);
    await expect(timedOut).resolves.toMatchObject({ kind: 'aborted', abort: { kind: 'time-out' } });
  });

  it('goes on waiting only for what remains of the time-out', async () => {
    const { runner, assignment, clock } = world(never);
    const end = runner.goOn(assignment, 200);
    await clock.advance(200);
    await expect(end).resolves.toMatchObject({ kind: 'aborted', abort: { kind: 'time-out' } });
  });

  it('makes what the action logs readable while it is under way', async () => {
    const { runner, assignment, clock, append } = world(({ log }) => (log('info', 'half way', { step: 1 }), never()));
    void runner.execute(assignment);
    await clock.advance(100);
    expect(append).toHaveBeenCalledWith(
      expect.objectContaining({ entries: [expect.objectContaining({ message: 'half way', attempt: 3 })] }),
      expect.any(Number),
    );
  });
});
