import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { InvalidInputError, StateConflictError } from '../../src/domain/errors.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { T0 } from '../support/builders.js';
import { describeEngine, work } from '../support/engine-world.js';
import { HttpTarget } from '../support/http-target.js';

describeEngine('runs that wait for a call-back', (world) => {
  let target: HttpTarget;
  beforeEach(async () => {
    target = await HttpTarget.start();
  });
  afterEach(() => target.close());

  const boot = () => world().boot({ httpAllow: ['127.0.0.1'] });
  const waiting = (fields: Partial<TaskInput> = {}) =>
    work({
      action: {
        type: 'http',
        url: target.url,
        body: { run: '{{run.id}}', token: '{{run.callbackToken}}' },
        waitForCallback: true,
      },
      ...fields,
    });
  /** What the receiver was sent by the attempt of that number. */
  const sent = async (attempt = 1): Promise<{ run: string; token: string }> => {
    while (target.requests.length < attempt) await world().settle();
    await answered(attempt);
    return JSON.parse(target.requests[attempt - 1]!.body) as { run: string; token: string };
  };
  /** Waits until it is noted that so many attempts wait. */
  const answered = async (attempts: number) => {
    const { runs, scheduler } = world().instances.find(({ state }) => state === 'working')!;
    for (let count = 0; count < attempts; await world().advance(10)) {
      const logs = (await scheduler.listRuns()).map(({ id }) => runs.log('default', id, 0, 100));
      const messages = (await Promise.all(logs)).flat().map(({ message }) => message);
      count = messages.filter((message) => message.startsWith('Waiting for the call-back')).length;
    }
  };

  it('ends when it is called back, here or on another instance', async () => {
    const [a, b] = [await boot(), await boot()];
    const task = await a.scheduler.schedule(waiting({ overlap: 'allow', timeoutMs: 600_000 }));
    const first = await a.scheduler.runNow(task.id);
    const { run, token } = await sent();
    expect(run).toBe(first.id);
    await world().advance(20_000);
    expect((await a.scheduler.getRun(run)).state).toBe('running');
    const wrong = { token: 'wrong', outcome: 'succeeded' } as const;
    await expect(a.runs.complete('default', run, wrong)).rejects.toThrow(InvalidInputError);
    await expect(a.runs.complete('other', run, { ...wrong, token })).rejects.toThrow('no run');
    const done = await world().done(a.runs.complete('default', run, { token, outcome: 'succeeded', output: { ok: 1 } })); // prettier-ignore
    expect(done).toMatchObject({ state: 'succeeded', output: { ok: 1 } });
    await expect(a.runs.complete('default', run, { token, outcome: 'failed' })).rejects.toThrow(StateConflictError);
    const second = await a.scheduler.runNow(task.id);
    const other = await sent(2);
    await world().advance(100);
    const there = await world().done(b.runs.complete('default', second.id, { token: other.token, outcome: 'succeeded' })); // prettier-ignore
    expect(there.state).toBe('succeeded');
  });

  it('fails and is tried again when the receiver says so, and takes no token of an earlier attempt', async () => {
    const a = await boot();
    const task = await a.scheduler.schedule(waiting({ retry: { jitter: 0, maxAttempts: 2 } }));
    const { id } = await a.scheduler.runNow(task.id);
    const first = await sent();
    await world().done(a.runs.complete('default', id, { token: first.token, outcome: 'failed', error: 'no luck' }));
    expect(await a.scheduler.getRun(id)).toMatchObject({ state: 'retrying', reason: 'no luck' });
    await world().advance(1100);
    const second = await sent(2);
    expect(second.token).not.toBe(first.token);
    await expect(a.runs.complete('default', id, { ...first, outcome: 'succeeded' })).rejects.toThrow(InvalidInputError);
    await world().done(a.runs.complete('default', id, { ...second, outcome: 'failed' }));
    expect(await world().inState({ id }, 'failed')).toMatchObject({ attempt: 2 });
  });

  it('times out when it is not called back', async () => {
    const a = await boot();
    const task = await a.scheduler.schedule(waiting({ timeoutMs: 5000, retry: { maxAttempts: 1 } }));
    const run = await a.scheduler.runNow(task.id);
    await sent();
    expect(await world().inState(run, 'timed_out')).toMatchObject({ finishedAt: T0 + 5000 });
    expect(a.slots.taken).toBe(0);
  });

  it('goes on waiting, under the same attempt, on the instance that takes it over', async () => {
    const [a, b] = [await boot(), await boot()];
    const task = await a.scheduler.schedule(waiting({ timeoutMs: 30_000 }));
    const { id } = await a.scheduler.runNow(task.id);
    const { token } = await sent();
    await a.crash(b);
    await world().until(async () => (await b.scheduler.getRun(id)).attempt === 1 && b.slots.taken === 1);
    await world().advance(3000);
    expect(target.requests).toHaveLength(1);
    const done = await world().done(b.runs.complete('default', id, { token, outcome: 'succeeded', output: 'late' }));
    expect(done).toMatchObject({ state: 'succeeded', output: 'late', attempt: 1 });
    expect(b.slots.taken).toBe(0);
  });

  it('gives a second attempt its whole time when it is taken over, and times out then', async () => {
    const [a, b] = [await boot(), await boot()];
    const retry = { jitter: 0, maxAttempts: 2, baseDelayMs: 20_000 };
    const task = await a.scheduler.schedule(waiting({ timeoutMs: 15_000, retry }));
    const { id } = await a.scheduler.runNow(task.id);
    const { token } = await sent();
    await world().done(a.runs.complete('default', id, { token, outcome: 'failed' }));
    await world().advance(20_100);
    const second = await sent(2);
    const begun = (await a.scheduler.getRun(id)).dueAt;
    await a.crash(b);
    await world().advance(5000);
    expect((await b.scheduler.getRun(id)).state).toBe('running');
    expect((await world().inState({ id }, 'timed_out')).finishedAt).toBe(begun + 15_000);
    await expect(b.runs.complete('default', id, { ...second, outcome: 'failed' })).rejects.toThrow(StateConflictError);
  });

  it('frees its task on the instance that waits when it was called back on another one', async () => {
    const [a, b] = [await boot(), await boot()];
    const task = await a.scheduler.schedule(waiting({ timeoutMs: 600_000 }));
    const { id } = await a.scheduler.runNow(task.id);
    const { token } = await sent();
    await world().advance(100);
    await world().done(b.runs.complete('default', id, { token, outcome: 'succeeded' }));
    await world().advance(5000);
    expect(a.slots.taken).toBe(0);
    const next = await a.scheduler.runNow(task.id);
    await sent(2);
    expect((await a.scheduler.getRun(next.id)).state).toBe('running');
  });
});
