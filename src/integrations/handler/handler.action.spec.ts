import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { z } from 'zod';
import { aRun, T0 } from '../../../test/support/builders.js';
import type { JsonObject } from '../../domain/json.js';
import { anAttempt, attemptSecrets, failureOf, type AttemptParts } from '../../../test/support/action-world.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { ActionError } from '../action.js';
import { HandlerAction } from './handler.action.js';
import {
  HandlerRegistry,
  type HandlerContext,
  type HandlerTraits,
  type TaskHandlerFunction,
} from './handler-registry.js';

function world(handler: TaskHandlerFunction, parts: AttemptParts = {}, traits: HandlerTraits = {}) {
  const registry = new HandlerRegistry();
  registry.register('report', handler, traits);
  const attempt = anAttempt(parts);
  const clock = new SettableClock(T0);
  const action = new HandlerAction(registry, attemptSecrets, clock);
  return { attempt, clock, execute: (name = 'report') => action.execute({ type: 'handler', name }, attempt) };
}

const stacks = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
beforeEach(() => void stacks.mockClear());
afterAll(() => stacks.mockRestore());

/** A handler that throws the given value, even if that is not an error. */
const throwing = (thrown: unknown) => (): never => {
  // oxlint-disable-next-line no-throw-literal, only-throw-error
  throw thrown;
};

describe('HandlerAction', () => {
  it('calls the handler with its run, parameters, secrets and event', async () => {
    const event = { id: 'e1', type: 't', data: { a: 1 }, receivedAt: T0 };
    let seen: HandlerContext | undefined;
    const { attempt, execute } = world((context) => void (seen = context), {
      parameters: { depth: 2 },
      secrets: { token: 's3cret-token' },
      attempt: 2,
      run: { event, trigger: 'event' },
    });
    expect(await execute()).toEqual({});
    const { id, taskId } = attempt.run;
    expect(seen).toMatchObject({
      run: { id, taskId, scheduledFor: new Date(T0), attempt: 2, trigger: 'event', idempotencyKey: id },
      parameters: { depth: 2 },
      secrets: { token: 's3cret-token' },
      event,
    });
    expect(seen!.signal).toBe(attempt.signal);
  });

  it('keeps what the handler changes away from the task', async () => {
    const { attempt, execute } = world(({ parameters }) => void (parameters['depth'] = 99), {
      parameters: { depth: 2 },
    });
    await execute();
    expect(attempt.task.definition.parameters).toEqual({ depth: 2 });
  });

  it('keeps the output and masks secrets in it and in the log', async () => {
    const { attempt, execute } = world(
      async ({ secrets, log }) => {
        log('info', `using ${secrets['token']}`, { url: `https://a.example/?t=${secrets['token']}` });
        return Promise.resolve({ at: new Date(T0), token: secrets['token'], nothing: undefined });
      },
      { secrets: { token: 's3cret-token' } },
    );
    expect(await execute()).toEqual({ output: { at: '2027-01-04T09:00:00.000Z', token: '***' } });
    expect(attempt.logged).toEqual([
      { level: 'info', message: 'using ***', data: { url: 'https://a.example/?t=***' } },
    ]);
  });

  const circular: { self?: object } = {};
  circular.self = circular;
  it.each([
    ['circular', circular],
    ['a bigint', 1n],
    ['too long', 'x'.repeat(70_000)],
    ['too deep', JSON.parse('['.repeat(70) + ']'.repeat(70))],
  ])('warns of an output that is %s instead of doing the work again', async (_, output) => {
    const { attempt, execute } = world(() => output);
    expect(await execute()).toEqual({});
    expect(attempt.logged).toMatchObject([{ level: 'warn', message: expect.stringContaining('not kept') }]);
  });

  it.each([
    ['an error', new Error('bad s3cret-token'), { code: 'handler-error', message: 'bad ***', details: {} }],
    ['an error with a code', Object.assign(new Error('gone'), { code: 'ENOENT' }), { code: 'ENOENT', message: 'gone' }],
    ['a text', 'just s3cret-token', { code: 'handler-error', message: 'just ***' }],
    ['nothing', undefined, { code: 'handler-error' }],
    [
      'an ActionError',
      new ActionError('quota', 'no quota for s3cret-token', { retryable: false, retryAfterMs: 5 }),
      { code: 'quota', message: 'no quota for ***', details: { retryable: false, retryAfterMs: 5 } },
    ],
  ])('fails with what the handler throws: %s', async (_, thrown, expected) => {
    const { execute } = world(throwing(thrown), { secrets: { token: 's3cret-token' } });
    expect(await failureOf(execute())).toMatchObject(expected);
  });

  it('leaves a missing handler to another attempt, which another instance may make', async () => {
    const error = await failureOf(world(() => 1).execute('other'));
    expect(error.code).toBe('handler-not-found');
    expect(error.details.retryable).not.toBe(false);
  });

  it('ends with the reason of the signal', async () => {
    const abort = new AbortController();
    const waits = ({ signal }: HandlerContext) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('handler gave up'))));
    const running = world(waits, { signal: abort.signal }).execute();
    const reason = new Error('time is up');
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
  });
});

describe('the context of a handler', () => {
  it('tells which attempt of which occurrence it is, and a token that grows with each attempt', async () => {
    const seen: HandlerContext[] = [];
    const keep = (context: HandlerContext) => void seen.push({ ...context });
    const run = aRun({ latenessMs: 7 });
    for (const attempt of [2, 10]) await world(keep, { attempt, run }).execute();
    expect(seen[0]).toMatchObject({ attempt: 2, scheduledFor: new Date(run.scheduledFor), latenessMs: 7 });
    expect(seen[0]!.fencingToken < seen[1]!.fencingToken).toBe(true);
  });

  it('writes progress to the log, once for each step', async () => {
    const { attempt, execute } = world(({ progress }) => {
      for (const percent of [0, 0.4, 12.9, 12.9, Number.NaN, 300]) progress(percent);
      progress(50, 'half of it');
    });
    await execute();
    expect(attempt.logged.map(({ message, data }) => [message, data?.['percent']])).toEqual([
      ...[0, 12, 0, 100].map((percent) => [`${percent} %`, percent]),
      ['50 %: half of it', 50],
    ]);
  });

  it('ends a handler that gives no sign of life, but not one that does', async () => {
    const silent = world(() => new Promise(() => undefined), {}, { heartbeatTimeoutMs: 100 });
    const failure = failureOf(silent.execute());
    await silent.clock.advance(100);
    const { code, details } = await failure;
    expect([code, details.goesOn]).toEqual(['heartbeat-timeout', expect.any(Promise)]);
    expect(stacks.mock.calls).toEqual([
      [expect.stringMatching(/"report" was given up in attempt 1 of run \S+: .* no sign of life for 100 ms\.$/)],
    ]);
    let context: HandlerContext;
    let finish: () => void;
    const alive = world(
      (given) => {
        context = given;
        return new Promise<void>((resolve) => (finish = resolve));
      },
      {},
      { heartbeatTimeoutMs: 100 },
    );
    const done = alive.execute();
    for (const beat of [() => context.heartbeat(), () => context.progress(1), () => context.heartbeat()]) {
      await alive.clock.advance(90);
      beat();
    }
    finish!();
    expect(await done).toEqual({});
    await alive.clock.advance(1000);
    expect(context!.signal.aborted).toBe(false);
  });

  it('has a heartbeat that throws when the attempt must end', async () => {
    const abort = new AbortController();
    const { execute } = world(({ heartbeat }) => heartbeat(), { signal: abort.signal });
    const reason = new Error('cancelled');
    abort.abort(reason);
    await expect(execute()).rejects.toBe(reason);
  });

  it('gives the parameters as the schema makes them, and calls nothing with others', async () => {
    let calls = 0;
    const parameters = z.strictObject({ day: z.iso.date().transform((text) => new Date(text)) });
    const given = (day: unknown) =>
      world(
        ({ parameters: { day: date } }) => {
          calls++;
          return (date as unknown as Date).getUTCDay();
        },
        { parameters: { day } as JsonObject },
        { parameters },
      ).execute();
    expect(await given('2026-11-29')).toEqual({ output: 0 });
    const error = await failureOf(given('yesterday'));
    expect([error.code, error.details.retryable, calls]).toEqual(['invalid-parameters', false, 1]);
    expect(error.message).toContain('/day');
    expect(stacks.mock.calls).toEqual([
      [expect.stringMatching(/^The task handler "report" was not called in attempt 1 of run \S+: .* handler: \/day /)],
    ]);
  });

  it('waits for a silent handler that was told to end before, as for any other', async () => {
    const abort = new AbortController();
    let finish: () => void;
    const { clock, execute } = world(
      () => new Promise<void>((resolve) => (finish = resolve)),
      { signal: abort.signal },
      { heartbeatTimeoutMs: 100 },
    );
    let isOver = false;
    const end = execute().finally(() => (isOver = true));
    abort.abort(new Error('cancelled'));
    await clock.advance(1000);
    expect(isOver).toBe(false);
    finish!();
    await end;
  });

  it('is not told the stack, which goes to the logs, masked', async () => {
    const { attempt, execute } = world(throwing(new Error('no s3cret-token')), { secrets: { token: 's3cret-token' } });
    expect((await failureOf(execute())).message).toBe('no ***');
    const [message, stack] = stacks.mock.calls[0] as [string, string];
    expect([message, stack.split('\n')[0]]).toEqual([expect.stringContaining('"report" failed'), 'Error: no ***']);
    expect(stack).toContain('handler.action.spec');
    expect(attempt.logged).toMatchObject([{ level: 'debug', data: { stack } }]);
  });
});

describe('HandlerRegistry', () => {
  it('takes each name once', () => {
    const registry = new HandlerRegistry();
    registry.register('a', () => 1);
    expect(() => registry.register('a', () => 2)).toThrow('"a" already');
    expect(registry.get('constructor')).toBeUndefined();
  });
});
