import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SettableClock } from '../../src/clock/settable-clock.js';
import type { JsonObject } from '../../src/domain/json.js';
import type { TraceContext } from '../../src/domain/trace-context.js';
import type { Tracing } from '../../src/tracing/tracing.js';
import { ActionError } from '../../src/integrations/action.js';
import type { HandlerContext } from '../../src/integrations/handler/handler-registry.js';
import { HandlerThreads } from '../../src/integrations/handler/threads/handler-threads.js';
import { threadTarget, type ThreadOptions } from '../../src/integrations/handler/threads/thread-target.js';

const program = new URL('../../dist/integrations/handler/threads/thread-program.js', import.meta.url);

/** A module whose default export has this body, with `input` and `context`. */
const moduleOf = (body: string): string =>
  `data:text/javascript,${encodeURIComponent(`import { threadId } from 'node:worker_threads';
    const spin = () => { for (;;); };
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    export default async function (input, context) { ${body} }
    export const other = () => 'other';`)}`;

const T0 = Date.parse('2026-01-30T17:00:00Z');

let threads: HandlerThreads;
let clock: SettableClock;
/** Where in a trace the attempts are. */
let current: TraceContext | undefined;
const tracing = { current: () => current } as unknown as Tracing;
/** Resolves when a call tells that it has progressed. */
let progressed: Promise<void>;
let onProgress: () => void;
let abort: AbortController;
let told: unknown[];

beforeEach(() => {
  clock = new SettableClock(T0);
  current = undefined;
  progressed = new Promise((resolve) => (onProgress = resolve));
  threads = new HandlerThreads(clock, tracing, { max: 1, idleMs: 10_000, graceMs: 100, program });
  abort = new AbortController();
  told = [];
});
afterEach(() => threads.onApplicationShutdown());

const context = (): HandlerContext => ({
  run: { id: 'r', taskId: 't', scheduledFor: new Date(T0), attempt: 2, trigger: 'schedule', idempotencyKey: 'r' },
  ...{ attempt: 2, scheduledFor: new Date(T0), latenessMs: 3, fencingToken: 'r-2', event: null },
  ...{ parameters: {}, secrets: { key: 'secret' }, signal: abort.signal },
  log: (level, message, data) => void told.push([level, message, data]),
  progress: (percent, message) => {
    told.push([percent, message]);
    onProgress();
  },
  heartbeat: () => void told.push('beat'),
});

const call = (body: string, input: unknown = null, options: Partial<ThreadOptions> = {}): Promise<unknown> =>
  threads.call('render', threadTarget('render', { module: moduleOf(body), ...options }), input, context());

const failure = (work: Promise<unknown>): Promise<ActionError> =>
  work.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as ActionError,
  );

describe('a handler in a thread', () => {
  it('gets its input and its attempt, tells how it goes, and returns its output', async () => {
    const body = `
      const { attempt, scheduledFor, latenessMs, fencingToken, secrets, signal } = context;
      context.log('info', 'begun', { pages: input.pages, at: new Date(0) });
      context.progress(50, 'half');
      context.heartbeat();
      return { attempt, at: scheduledFor.getTime(), latenessMs, fencingToken, secrets, isOver: signal.aborted, day: input.day.getDate(), isHere: threadId === 0 };`;
    expect(await call(body, { pages: 12, day: new Date(2026, 0, 30) })).toEqual({
      ...{ attempt: 2, at: T0, latenessMs: 3, fencingToken: 'r-2', secrets: { key: 'secret' } },
      ...{ isOver: false, day: 30, isHere: false },
    });
    expect(told).toEqual([
      ['info', 'begun', { pages: 12, at: '1970-01-01T00:00:00.000Z' } satisfies JsonObject],
      [50, 'half'],
      'beat',
    ]);
    expect(await call('return undefined')).toBeUndefined();
    expect(await call('', null, { export: 'other' })).toBe('other');
  });

  it('throws there as here, with its code and stack', async () => {
    const error = await failure(call(`throw Object.assign(new TypeError('no ink'), { code: 'E_INK' })`));
    expect(error).toMatchObject({
      message: 'no ink',
      code: 'E_INK',
      stack: expect.stringContaining('TypeError: no ink'),
    });
    expect((await failure(call(`throw { pages: 2 }`))).message).toBe('an object was thrown: {"pages":2}');
  });

  it.each<[string, () => Promise<unknown>, string, string]>([
    [
      'an input that is no data',
      () => call('', { print: () => 1 }),
      'not-cloneable',
      'cannot be given its input, which must be data',
    ],
    ['no such export', () => call('', null, { export: 'third' }), 'thread-function', 'exports no function third'],
    [
      'the end of its process',
      () => call('process.exit(3)'),
      'thread-exited',
      'ended before the function did: worker exited with code: 3',
    ],
    [
      'more memory than it may use',
      () =>
        call('const all = []; for (;;) all.push(new Array(1e5).fill(1));', null, {
          resourceLimits: { maxOldGenerationSizeMb: 24 },
        }),
      'thread-out-of-memory',
      'The thread of the handler "render" was ended at the limit of its memory.',
    ],
  ])('fails with a sentence for %s, and the next call works', async (_, work, code, sentence) => {
    const error = await failure(work());
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(sentence)]);
    expect(await call('return 1')).toBe(1);
  });

  it('has no output where JSON has none, and says so', async () => {
    expect(await call('return { count: 1n }')).toBeUndefined();
    expect(await call(`return 'x'.repeat(70_000)`)).toBeUndefined();
    expect(told).toEqual([expect.arrayContaining(['warn']), expect.arrayContaining(['warn'])]);
  });

  it('is ended by force when it goes on after the grace, holds up nothing here, and the next call works', async () => {
    let isOver = false;
    const end = failure(call('context.progress(0); spin()')).finally(() => (isOver = true));
    await progressed;
    const lag = monitorEventLoopDelay({ resolution: 1 });
    lag.enable();
    await sleep(300);
    lag.disable();
    expect(lag.percentile(50) / 1e6).toBeLessThan(20);
    abort.abort(new Error('The attempt took longer than 500 ms.'));
    await clock.advance(99);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await end;
    abort = new AbortController();
    expect(await call('return 1')).toBe(1);
  });

  it.each([
    [
      'its signal',
      `await new Promise((_, reject) => context.signal.addEventListener('abort', () => reject(context.signal.reason)))`,
    ],
    ['its heartbeat in a computation', `for (;;) context.heartbeat();`],
  ])('hears of the end by %s, and its thread stays', async (_, body) => {
    const id = await call('return threadId');
    const end = failure(call(`context.progress(0); ${body}`));
    await progressed;
    abort.abort(new Error('cancelled'));
    expect((await end).message).toBe('cancelled');
    abort = new AbortController();
    expect(await call('return threadId')).toBe(id);
  });

  it('is not called any more when its attempt ends while it waits for a thread', async () => {
    const first = call(`context.progress(0); await sleep(100); return 'first'`);
    const [own, other] = [abort, new AbortController()];
    abort = other;
    const second = failure(call(`context.log('info', 'called')`));
    abort = own;
    const third = call(`return 'third'`);
    await progressed;
    other.abort(new Error('cancelled'));
    expect((await second).message).toBe('cancelled');
    expect(await Promise.all([first, third])).toEqual(['first', 'third']);
    expect(told).toEqual([[0, undefined]]);
  });

  it('gives its place to the next one when it is ended by force', async () => {
    const first = failure(call('context.progress(0); spin()'));
    const own = abort;
    abort = new AbortController();
    const second = call(`return 'second'`);
    await progressed;
    own.abort(new Error('cancelled'));
    await clock.advance(100);
    await first;
    expect(await second).toBe('second');
  });

  it('ends with the application, whatever it does', async () => {
    const end = failure(call('context.progress(0); spin()'));
    await progressed;
    await threads.onApplicationShutdown();
    expect((await end).code).toBe('thread-exited');
  });
});

describe('the target of a thread', () => {
  it.each<[unknown, string]>([
    ['./render.js', 'needs a module by its URL (file:) or its absolute path'],
    [new URL('https://example.com/render.js'), 'needs a module by its URL (file:) or its absolute path'],
    [42, 'needs a module by its URL'],
    ['/nowhere/render.js', 'has no module at /nowhere/render.js: name the compiled file'],
    [{ module: program, export: '' }, 'needs the name of an export'],
    [{ module: program, resourceLimits: { memory: 1 } }, 'memory is not among resourceLimits'],
    [{ module: program, resourceLimits: { stackSizeMb: '4' } }, 'resourceLimits.stackSizeMb must be a number above 0'],
  ])('is refused at the start: %p', (source, sentence) => {
    expect(() => threadTarget('render', source as string)).toThrow(`The thread of the task handler "render"`);
    expect(() => threadTarget('render', source as string)).toThrow(sentence);
  });

  it('is found by its path and by its URL', () => {
    const module = new URL(import.meta.url);
    expect(threadTarget('render', module).module).toBe(module.href);
    expect(threadTarget('render', module.pathname)).toEqual({
      module: module.href,
      exported: 'default',
      resourceLimits: {},
    });
  });
});

describe('a handler in a thread that is traced', () => {
  /** A module that registers what keeps the context, as an SDK does, and returns where in a trace it is called. */
  const traced = () => {
    const api = JSON.stringify(import.meta.resolve('@opentelemetry/api'));
    const hooks = JSON.stringify(import.meta.resolve('@opentelemetry/context-async-hooks'));
    const source = `import api from ${api};
      import hooks from ${hooks};
      api.context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
      export default async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return api.trace.getSpanContext(api.context.active()) ?? null;
      };`;
    return `data:text/javascript,${encodeURIComponent(source)}`;
  };
  const called = () => threads.call('render', threadTarget('render', { module: traced() }), null, context());

  it('is a part of its attempt, and of nothing where that is not traced', async () => {
    current = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=1' };
    expect(await called()).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      traceFlags: 1,
    });
    current = undefined;
    expect(await called()).toBeNull();
  });
});
