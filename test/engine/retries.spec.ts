import { expect, it } from '@jest/globals';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { ActionError } from '../../src/integrations/action.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const steady = (fields: Partial<NonNullable<TaskInput['retry']>> = {}) => ({ jitter: 0, ...fields });

describeEngine('retries and time-outs', (world) => {
  const failing = (error: () => Error) => (world().workshop.answering = () => Promise.reject(error()));
  const startsOf = (taskId: string) =>
    world()
      .workshop.of(taskId)
      .map(({ at }) => at - T0);

  it.each([
    ['exponential', [0, 1000, 3000, 7000]],
    ['linear', [0, 1000, 3000, 6000]],
    ['fixed', [0, 1000, 2000, 3000]],
  ] as const)('tries again after %s delays and fails when they are exhausted', async (backoff, starts) => {
    const { scheduler } = await world().boot();
    failing(() => new Error('no'));
    const task = await scheduler.schedule(work({ retry: steady({ maxAttempts: 4, backoff }) }));
    const run = await scheduler.runNow(task.id);
    const failed = await world().inState(run, 'failed');
    expect(startsOf(task.id)).toEqual(starts);
    expect(failed).toMatchObject({ attempt: 4, reason: 'no' });
    expect(failed.finishedAt).toBe(T0 + starts[3]);
    expect(failed.attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'failed'],
      [2, 'failed'],
      [3, 'failed'],
      [4, 'failed'],
    ]);
    const keys = world().workshop.of(task.id).map(({ context }) => context.run.idempotencyKey); // prettier-ignore
    expect(new Set(keys)).toEqual(new Set([run.id]));
    await world().advance(20_000);
    expect(startsOf(task.id)).toHaveLength(4);
  });

  it('caps the delay, and waits as long as the receiver asked for', async () => {
    const { scheduler } = await world().boot();
    failing(() => new ActionError('http-503', 'busy', { status: 503, retryAfterMs: 4000 }));
    const asked = await scheduler.schedule(work({ retry: steady({ maxAttempts: 3 }) }));
    const capped = await scheduler.schedule(work({ retry: steady({ maxAttempts: 3, maxDelayMs: 1500 }) }));
    await Promise.all([scheduler.runNow(asked.id), scheduler.runNow(capped.id)]);
    await world().advance(10_000);
    expect(startsOf(asked.id)).toEqual([0, 4000, 8000]);
    expect(startsOf(capped.id)).toEqual([0, 1500, 3000]);
  });

  it.each([
    ['abortOn a code', steady({ abortOn: ['broken'] }), 1],
    ['abortOn a status', steady({ abortOn: [404] }), 1],
    ['retryOn another code', steady({ retryOn: ['other', 500] }), 1],
    ['retryOn its code', steady({ retryOn: ['broken'] }), 3],
    ['retryOn its status', steady({ retryOn: [404] }), 3],
    ['both, where abortOn wins', steady({ retryOn: ['broken'], abortOn: [404] }), 1],
  ])('minds %s', async (_name, retry, attempts) => {
    const { scheduler } = await world().boot();
    failing(() => new ActionError('broken', 'no', { status: 404 }));
    const task = await scheduler.schedule(work({ retry }));
    const failed = await world().inState(await scheduler.runNow(task.id), 'failed');
    expect(failed.attempts).toHaveLength(attempts);
  });

  it('does not try again what cannot change, and succeeds when a later attempt does', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(work({ retry: steady() }));
    failing(() => new ActionError('never', 'no', { retryable: false }));
    expect((await world().inState(await scheduler.runNow(task.id), 'failed')).attempts).toHaveLength(1);
    world().workshop.answering = ({ context }) =>
      context.run.attempt === 2 ? Promise.resolve({ done: true }) : Promise.reject(new Error('not yet'));
    const run = await world().inState(await scheduler.runNow(task.id), 'succeeded');
    expect(run).toMatchObject({ output: { done: true }, attempt: 2, reason: null });
    expect(run.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded']);
  });

  it('ends an attempt at its time-out even where the handler goes on, and drops what that returns', async () => {
    const { scheduler } = await world().boot();
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(work({ timeoutMs: 700, retry: steady({ maxAttempts: 2 }) }));
    const run = await scheduler.runNow(task.id);
    await world().advance(699);
    expect(world().workshop.last().context.signal.aborted).toBe(false);
    await world().advance(1);
    expect(world().workshop.last().context.signal.aborted).toBe(true);
    world().workshop.last().succeed('too late');
    const timedOut = await world().inState(run, 'timed_out');
    expect(startsOf(task.id)).toEqual([0, 1700]);
    expect(timedOut).toMatchObject({ output: null, finishedAt: T0 + 2400 });
    expect(timedOut.attempts.map(({ outcome, error }) => [outcome, error?.code])).toEqual([
      ['timed_out', 'timeout'],
      ['timed_out', 'timeout'],
    ]);
  });

  it('has room for others while attempts that ignored their time-out still hang', async () => {
    const { scheduler, slots } = await world().boot({ engine: { concurrency: 1 } });
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(work({ triggers: [every(1000)], timeoutMs: 100, retry: { maxAttempts: 1 } }));
    await world().advance(3000);
    expect(startsOf(task.id)).toEqual([1000, 2000, 3000]);
    await world().advance(200);
    expect(slots.taken).toBeLessThanOrEqual(1);
  });

  it('keeps the retries of a run while its instance restarts', async () => {
    const a = await world().boot();
    failing(() => new Error('no'));
    const task = await a.scheduler.schedule(work({ retry: steady({ maxAttempts: 3, baseDelayMs: 10_000 }) }));
    const run = await a.scheduler.runNow(task.id);
    await world().inState(run, 'retrying');
    await world().done(a.stop());
    await world().boot();
    const failed = await world().inState(run, 'failed');
    expect(failed.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
    const [first, second, third] = startsOf(task.id);
    expect(second! - first!).toBeGreaterThanOrEqual(10_000);
    expect(second! - first!).toBeLessThan(12_000);
    expect(third! - second!).toBe(20_000);
  });
});
