import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { aRun, aTask, T0 } from '../../../test/support/builders.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { SettingsError } from '../../domain/errors.js';
import type { ActionContext } from '../action.js';
import { AttemptHooks } from './attempt-hooks.js';
import { HookCaller } from './hook-caller.js';
import type { ToldEnd } from './hook-contexts.js';
import { HookRegistry } from './hook-registry.js';
import type { AfterAttemptContext, HookContext } from './run-hook.js';

const never = () => new Promise<never>(() => undefined);
const SUCCEEDED: ToldEnd = { outcome: 'succeeded', output: { rows: [1] }, error: null };

let logged: string[];
beforeEach(() => {
  logged = [];
  jest.spyOn(Logger.prototype, 'error').mockImplementation((line: unknown) => void logged.push(String(line)));
});
afterEach(() => void jest.restoreAllMocks());

function world() {
  const clock = new SettableClock(T0);
  const hooks = new HookRegistry();
  const aborter = new AbortController();
  const log: string[] = [];
  const attempt: ActionContext = {
    run: aRun({ id: 'run-1', attempt: 2, trigger: 'manual' }),
    task: aTask({ definition: { name: 'report', tags: ['nightly'], parameters: { of: { month: 3 } } } }),
    attempt: 2,
    signal: aborter.signal,
    log: (_, message) => void log.push(message),
  };
  return { clock, hooks, aborter, log, attempt, around: new AttemptHooks(hooks, new HookCaller(clock)) };
}

describe('AttemptHooks', () => {
  it('calls those before an attempt in ascending order, those after it in descending order, ties as they were found', async () => {
    const { hooks, around, attempt } = world();
    const called: string[] = [];
    for (const kind of ['before', 'after'] as const) {
      for (const [name, order] of [
        ['b', 2],
        ['a', 1],
        ['c', 2],
        ['first', -1],
        ['plain', undefined],
      ] as const) {
        hooks.register(kind, () => void called.push(`${kind} ${name}`), name, order === undefined ? {} : { order });
      }
    }
    await around.before(attempt);
    await around.after(attempt, SUCCEEDED);
    expect(called).toEqual([
      ...['before first', 'before plain', 'before a', 'before b', 'before c'],
      ...['after b', 'after c', 'after a', 'after plain', 'after first'],
    ]);
  });

  it('gives each its own copy of what it is told', async () => {
    const { hooks, around, attempt } = world();
    const told: object[] = [];
    const spoil = ({ signal: _, ...context }: AfterAttemptContext) => {
      told.push(structuredClone(context));
      context.run.scheduledFor.setTime(0);
      (context.parameters['of'] as { month: number }).month = 12;
      (context.task.tags as string[]).push('spoilt');
      if (context.output) (context.output as { rows: number[] }).rows.push(2);
    };
    for (const name of ['one', 'two'])
      hooks.register('after', (context) => spoil(context as AfterAttemptContext), name);
    await around.after(attempt, SUCCEEDED);
    const expected = {
      organization: attempt.run.organization,
      task: { id: attempt.run.taskId, name: 'report', tags: ['nightly'] },
      run: {
        id: 'run-1',
        taskId: attempt.run.taskId,
        scheduledFor: new Date(attempt.run.scheduledFor),
        trigger: 'manual',
      },
      attempt: 2,
      outcome: 'succeeded',
      error: null,
    };
    expect(told[1]).toMatchObject({ ...expected, parameters: { of: { month: 3 } }, output: { rows: [1] } });
    expect(attempt.task.definition.parameters).toEqual({ of: { month: 3 } });
    expect(SUCCEEDED.output).toEqual({ rows: [1] });
  });

  it.each([
    [{ skip: 'a holiday' }, { kind: 'skip', reason: 'hook Guard: a holiday' }],
    [{ fail: 'no licence' }, { kind: 'fail', reason: 'hook Guard: no licence' }],
    [
      { fail: 'no licence', retryable: false },
      { kind: 'fail', reason: 'hook Guard: no licence', retryable: false },
    ],
    [undefined, null],
    [null, null],
  ])('takes %j for an answer, and asks no further hook after a veto', async (answer, veto) => {
    const { hooks, around, attempt } = world();
    const next = jest.fn();
    hooks.register('before', () => Promise.resolve(answer), 'Guard');
    hooks.register('before', next, 'Next');
    await expect(around.before(attempt)).resolves.toEqual(veto);
    expect(next).toHaveBeenCalledTimes(veto ? 0 : 1);
  });

  it.each<[string, () => unknown, string]>([
    ['throws', () => { throw new Error('broken'); }, 'failed: broken'], // prettier-ignore
    ['rejects', () => Promise.reject(new Error('no answer')), 'failed: no answer'],
    ['takes too long', never, 'failed: it took longer than 50 ms'],
    ['returns something else', () => true, 'returned something else than { skip: reason } or { fail: reason }'],
    ['returns two answers', () => ({ skip: 'a', fail: 'b' }), 'returned something else than { skip: reason } or { fail: reason }'], // prettier-ignore
  ])('lets the attempt be made when a hook %s, unless it says that the attempt fails', async (_, call, fault) => {
    const { hooks, around, attempt, clock, log } = world();
    const next = jest.fn();
    hooks.register('before', call, 'Lenient', { timeoutMs: 50 });
    hooks.register('before', next, 'Next', { order: 1 });
    const lenient = around.before(attempt);
    await clock.advance(50);
    await expect(lenient).resolves.toBeNull();
    expect(next).toHaveBeenCalledTimes(1);
    expect(log).toEqual([`The hook Lenient ${fault}`]);

    hooks.register('before', call, 'Strict', { timeoutMs: 50, order: -1, onError: 'fail' });
    const strict = around.before(attempt);
    await clock.advance(50);
    await expect(strict).resolves.toEqual({ kind: 'fail', reason: `hook Strict ${fault}` });
  });

  it('tells a hook by its signal that its time is up, and counts what goes wrong', async () => {
    const { hooks, around, attempt, clock } = world();
    let signal: AbortSignal | undefined;
    hooks.register('after', (context) => ((signal = (context as HookContext).signal), never()), 'Slow', {
      timeoutMs: 10,
    });
    const done = around.after(attempt, SUCCEEDED);
    await clock.advance(9);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    await done;
    expect(signal?.reason).toEqual(new Error('it took longer than 10 ms'));
    expect(hooks.all()).toMatchObject([{ source: 'Slow', failures: 1, underWay: 1 }]);
    expect(logged).toEqual(['The hook Slow failed: it took longer than 10 ms (after attempt 2 of run run-1)']);
  });

  it('ends with its attempt, whatever the hook does, and calls no further one', async () => {
    const { hooks, around, attempt, aborter } = world();
    const next = jest.fn();
    hooks.register('before', never, 'Slow');
    hooks.register('before', next, 'Next');
    const asked = around.before(attempt);
    aborter.abort(new Error('cancelled'));
    await expect(asked).rejects.toThrow('cancelled');
    expect([next.mock.calls.length, logged, hooks.all()[0]!.failures]).toEqual([0, [], 0]);
  });

  it('leaves out a hook whose calls never end, until one of them does', async () => {
    const { hooks, around, attempt, clock } = world();
    const ends: (() => void)[] = [];
    hooks.register('after', () => new Promise<void>((resolve) => ends.push(resolve)), 'Stuck', { timeoutMs: 1 });
    const calls = Array.from({ length: 150 }, () => around.after(attempt, SUCCEEDED));
    await clock.advance(1);
    await Promise.all(calls);
    expect([ends.length, hooks.all()[0]!.failures]).toEqual([100, 150]);
    ends[0]!();
    await clock.advance(0);
    void around.after(attempt, SUCCEEDED);
    expect(ends).toHaveLength(101);
    // A crowd of faults does not flood the log.
    expect(logged).toHaveLength(20);
  });

  it('refuses options that mean nothing', () => {
    const { hooks } = world();
    const register = (kind: 'before' | 'after', options: object) => () => hooks.register(kind, never, 'Guard', options);
    for (const timeoutMs of [0, -1, 1.5, 60_001, Number.NaN, '5'])
      expect(register('before', { timeoutMs })).toThrow(
        'timeoutMs of the hook Guard must be a whole number from 1 to 60000.',
      );
    expect(register('before', { order: 'first' })).toThrow('order of the hook Guard must be a number.');
    expect(register('before', { onError: 'retry' })).toThrow('onError of the hook Guard must be "ignore" or "fail".');
    expect(register('after', { onError: 'fail' })).toThrow(SettingsError);
    expect(hooks.all()).toEqual([]);
  });
});
