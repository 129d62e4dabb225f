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
  const waiting = (fields: Partial<TaskInput> = {}, action: object = {}) =>
    work({
      action: {
        type: 'http',
        url: target.url,
        body: { run: '{{run.id}}', token: '{{run.callbackToken}}' },
        completion: 'callback',
        ...action,
      } as TaskInput['action'],
      ...fields,
    });
  /** What the attempt with this number sent to the receiver. */
  const sent = async (attempt = 1): Promise<{ run: string; token: string }> => {
    await received(attempt);
    await answered(attempt);
    return received(attempt);
  };
  const received = async (attempt: number): Promise<{ run: string; token: string }> => {
    while (target.requests.length < attempt) await world().settle();
    return JSON.parse(target.requests[attempt - 1]!.body) as { run: string; token: string };
  };
  /** Waits until the logs show that `attempts` attempts wait for a call-back. */
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
    expect(await b.runs.complete('default', run, { token, outcome: 'succeeded' })).toMatchObject({ output: { ok: 1 } });
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
    expect(await a.runs.complete('default', id, { ...first, outcome: 'failed' })).toMatchObject({ state: 'retrying' });
    const other = a.runs.complete('default', id, { ...first, outcome: 'succeeded' });
    await expect(other).rejects.toThrow(StateConflictError);
    await world().advance(1100);
    const second = await sent(2);
    expect(second.token).not.toBe(first.token);
    for (const outcome of ['succeeded', 'failed'] as const) {
      await expect(a.runs.complete('default', id, { ...first, outcome })).rejects.toThrow(StateConflictError);
    }
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

  it('is ended by a call-back that comes before the response, here or on another instance', async () => {
    const [a, b] = [await boot(), await boot()];
    const task = await a.scheduler.schedule(waiting({ timeoutMs: 600_000 }));
    for (const [index, instance] of [a, b].entries()) {
      const hungUp = new Promise<void>((resolve) => {
        target.answer = (response) => response.on('close', () => resolve());
      });
      const { id } = await a.scheduler.runNow(task.id);
      const { token } = await received(index + 1);
      const done = await world().done(
        instance.runs.complete('default', id, { token, outcome: 'succeeded', output: 1 }),
      );
      expect(done).toMatchObject({ state: 'succeeded', output: 1, attempt: 1 });
      await world().until(() => a.slots.taken === 0);
      await hungUp;
    }
    expect(target.requests).toHaveLength(2);
  });

  it('is ended once by many call-backs at once, on any instance', async () => {
    const [a, b] = [await boot(), await boot()];
    const task = await a.scheduler.schedule(waiting({ timeoutMs: 600_000 }));
    const { id } = await a.scheduler.runNow(task.id);
    const { token } = await sent();
    const outcomes = ['succeeded', 'failed', 'succeeded', 'failed'] as const;
    const calls = outcomes.flatMap((outcome) =>
      [a, b].map((instance) =>
        instance.runs.complete('default', id, { token, outcome }).then(
          ({ state }) => [outcome, state],
          (error: unknown) => error,
        ),
      ),
    );
    const results = await world().done(Promise.all(calls));
    const { state } = await a.scheduler.getRun(id);
    const ended = state === 'succeeded' ? 'succeeded' : 'failed';
    for (const [index, result] of results.entries()) {
      if (outcomes[Math.floor(index / 2)] === ended) expect(result).toEqual([ended, state]);
      else expect(result).toBeInstanceOf(StateConflictError);
    }
  });

  it('is ended by what is written first, and refuses what its own instance took meanwhile', async () => {
    const [a, b] = [await boot(), await boot()];
    const task = await a.scheduler.schedule(waiting({ timeoutMs: 600_000 }));
    const { id } = await a.scheduler.runNow(task.id);
    const { token } = await sent();
    const [holder, other] = a.slots.taken === 1 ? [a, b] : [b, a];
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const restore = holder.gate.obstruct((method) => (method === 'update' ? held : undefined));
    const late = holder.runs.complete('default', id, { token, outcome: 'succeeded' }).catch((error: unknown) => error);
    let first: unknown;
    void other.runs.complete('default', id, { token, outcome: 'failed' }).then((run) => (first = run));
    await world().untilHeldUp(() => first !== undefined, other);
    restore();
    release();
    expect(await world().done(late)).toBeInstanceOf(StateConflictError);
    expect((await a.scheduler.getRun(id)).attempts).toMatchObject([{ number: 1, outcome: 'failed' }]);
  });

  it('goes on waiting while its instance restarts, without another request, up to its stored time', async () => {
    const a = await boot();
    const task = await a.scheduler.schedule(waiting({ timeoutMs: 60_000, retry: { maxAttempts: 1 } }));
    const first = await a.scheduler.runNow(task.id);
    await sent();
    const stoppedAt = world().clock.now();
    await world().done(a.stop());
    expect(world().clock.now() - stoppedAt).toBeLessThan(5000);
    const b = await boot();
    await world().until(() => b.slots.taken === 1);
    expect(await b.scheduler.getRun(first.id)).toMatchObject({ state: 'running', attempt: 1, attempts: [] });
    expect(await world().inState(first, 'timed_out')).toMatchObject({ finishedAt: T0 + 60_000, attempt: 1 });
    expect(target.requests).toHaveLength(1);
  });

  it('times out without heartbeats, and is tried again', async () => {
    const a = await boot();
    const retry = { jitter: 0, maxAttempts: 2 };
    const task = await a.scheduler.schedule(waiting({ timeoutMs: 600_000, retry }, { heartbeatTimeoutMs: 4000 }));
    const run = await a.scheduler.runNow(task.id);
    const { token } = await sent();
    for (let beat = 1; beat <= 4; beat++) {
      await world().advance(3000);
      const sign = { token, percent: beat * 10, message: `suite ${beat} by ${token}` };
      await world().done(a.runs.heartbeat('default', run.id, sign));
    }
    const heartbeat = { attempt: 1, percent: 40, message: 'suite 4 by ***' };
    const beaten = await a.scheduler.getRun(run.id);
    expect(beaten).toMatchObject({ state: 'running', heartbeat });
    const [attempt] = (await world().inState(run, 'retrying')).attempts;
    expect(attempt).toMatchObject({ outcome: 'timed_out', error: { code: 'heartbeat-timeout' } });
    const silence = attempt!.finishedAt - beaten.heartbeat!.at;
    expect(silence).toBeGreaterThanOrEqual(4000);
    expect(silence).toBeLessThan(6000);
    await expect(a.runs.heartbeat('default', run.id, { token })).rejects.toThrow(StateConflictError);
  });

  it('hears heartbeats that come on another instance, and goes on after a restart', async () => {
    const [a, b] = [await boot(), await boot()];
    const fields = { timeoutMs: 600_000, retry: { maxAttempts: 1 } };
    const task = await a.scheduler.schedule(waiting(fields, { heartbeatTimeoutMs: 4000 }));
    const run = await a.scheduler.runNow(task.id);
    const { token } = await sent();
    for (let beat = 0; beat < 4; beat++) {
      await world().advance(3500);
      await world().done(b.runs.heartbeat('default', run.id, { token }));
    }
    expect((await b.scheduler.getRun(run.id)).state).toBe('running');
    await a.crash(b);
    await world().until(() => b.slots.taken === 1);
    await world().advance(3000);
    expect((await b.scheduler.getRun(run.id)).state).toBe('running');
    expect(await world().inState(run, 'timed_out')).toMatchObject({ attempt: 1 });
    expect(target.requests).toHaveLength(1);
  });

  it('takes heartbeats of nobody else, and stores few of a flood', async () => {
    const a = await boot();
    const task = await a.scheduler.schedule(waiting({ timeoutMs: 600_000 }));
    const run = await a.scheduler.runNow(task.id);
    const { token } = await sent();
    await expect(a.runs.heartbeat('default', run.id, { token: 'x' })).rejects.toThrow(InvalidInputError);
    await expect(a.runs.heartbeat('other', run.id, { token })).rejects.toThrow('no run');
    await expect(a.runs.heartbeat('default', task.id, { token })).rejects.toThrow('no run');
    expect((await a.scheduler.getRun(run.id)).heartbeat).toBeUndefined();
    const flood = Array.from({ length: 100 }, (_, percent) => a.runs.heartbeat('default', run.id, { token, percent }));
    const last = (await world().done(Promise.all(flood))).at(-1)!;
    expect(last.heartbeat!.percent).toBe(99);
    expect((await a.scheduler.getRun(run.id)).heartbeat!.percent).toBeLessThan(20);
    await world().done(a.runs.complete('default', run.id, { token, outcome: 'succeeded' }));
    await expect(a.runs.heartbeat('default', run.id, { token })).rejects.toThrow(StateConflictError);
  });

  it('keeps neither its token nor a secret that a call-back repeats', async () => {
    const a = await boot();
    const secrets = { key: 's3cret-of-the-task' };
    const task = await a.scheduler.schedule(waiting({ timeoutMs: 600_000, secrets, retry: { maxAttempts: 1 } }));
    const { id } = await a.scheduler.runNow(task.id);
    const { token } = await sent();
    const told = `${token} and ${secrets.key}`;
    const completion = { token, outcome: 'failed', output: { told }, error: told } as const;
    const done = await world().done(a.runs.complete('default', id, completion));
    expect(done).toMatchObject({ state: 'failed', output: { told: '*** and ***' }, reason: '*** and ***' });
    const log = await a.runs.log('default', id, 0, 100);
    expect(JSON.stringify([await a.scheduler.getRun(id), log])).not.toMatch(new RegExp(`${token}|s3cret`));
  });

  it('takes no call-back for a run that waits for none', async () => {
    const a = await boot();
    let answer: () => void = () => undefined;
    target.answer = (response) => (answer = () => response.end());
    const task = await a.scheduler.schedule(waiting({}, { completion: 'response' }));
    const { id } = await a.scheduler.runNow(task.id);
    const { token } = await received(1);
    const early = a.runs.complete('default', id, { token, outcome: 'succeeded' });
    await expect(early).rejects.toThrow('does not wait');
    await world().advance(100);
    answer();
    expect(await world().inState({ id }, 'succeeded')).toMatchObject({ output: { status: 200 } });
  });
});
