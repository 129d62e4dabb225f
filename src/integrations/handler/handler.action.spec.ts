import { describe, expect, it } from '@jest/globals';
import { T0 } from '../../../test/support/builders.js';
import { anAttempt, attemptSecrets, failureOf, type AttemptParts } from '../../../test/support/action-world.js';
import { ActionError } from '../action.js';
import { HandlerAction } from './handler.action.js';
import { HandlerRegistry, type HandlerContext, type TaskHandlerFunction } from './handler-registry.js';

function world(handler: TaskHandlerFunction, parts: AttemptParts = {}) {
  const registry = new HandlerRegistry();
  registry.register('report', handler);
  const attempt = anAttempt(parts);
  const action = new HandlerAction(registry, attemptSecrets);
  return { attempt, execute: (name = 'report') => action.execute({ type: 'handler', name }, attempt) };
}

/** A handler that throws whatever it is told, also what is no error. */
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

describe('HandlerRegistry', () => {
  it('takes each name once', () => {
    const registry = new HandlerRegistry();
    registry.register('a', () => 1);
    expect(() => registry.register('a', () => 2)).toThrow('"a" already');
    expect(registry.get('constructor')).toBeUndefined();
  });
});
