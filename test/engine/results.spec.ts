import { setMaxListeners } from 'node:events';
import { expect, it, jest } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import {
  NotFoundError,
  OverloadedError,
  ResultAbandonedError,
  ResultTimeoutError,
  RunCancelledError,
  RunFailedError,
  RunSkippedError,
} from '../../src/index.js';
import { RunReads } from '../../src/scheduling/ports/run.reads.js';
import { RunResults } from '../../src/scheduler/run-results.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const ONCE = { retry: { maxAttempts: 1 } };

describeEngine('the result of a run', (world) => {
  const of = <Type>(instance: EngineInstance, token: abstract new (...parts: never[]) => Type): Type =>
    instance.module.get(token, { strict: false });
  const waitingIn = (instance: EngineInstance) => of(instance, RunResults).waiting;
  /** An instance that works, and one that only schedules. */
  const fleet = async () => {
    const worker = await world().boot();
    const front = await world().boot({ engine: { work: false }, handlers: [] });
    await world().advance(3000);
    return { worker, front };
  };
  /** A run that waits for the test, asked for through this instance. */
  const begun = async (front: EngineInstance, fields = {}) => {
    world().workshop.answering = byHand;
    const task = await world().done(front.scheduler.schedule(work(fields)));
    const run = await world().done(front.scheduler.runNow(task.id));
    await world().until(() => world().workshop.of(task.id).length > 0);
    return { task, run };
  };
  /** What the wait ends with, once it ends. */
  const outcome = (waiting: Promise<unknown>) => waiting.then((value) => ({ value }), (error: unknown) => ({ error })); // prettier-ignore

  it('comes from another instance, and soon', async () => {
    const { front } = await fleet();
    const { run } = await begun(front);
    const result = front.scheduler.result(run.id, { timeoutMs: 60_000 });
    await world().advance(2000);
    const before = world().clock.now();
    world().workshop.last().succeed({ pages: 3 });
    expect(await world().done(result)).toMatchObject({ id: run.id, state: 'succeeded', output: { pages: 3 } });
    expect(world().clock.now() - before).toBeLessThanOrEqual(300);
    expect(waitingIn(front)).toBe(0);
  });

  it('is there at once where the run has ended before, and where it ends on the same instance', async () => {
    const { worker, front } = await fleet();
    const { run } = await begun(worker);
    const here = worker.scheduler.result(run.id);
    await world().advance(10);
    const looks = jest.spyOn(of(worker, RunReads), 'byIds');
    world().workshop.last().succeed('done');
    expect(await world().done(here)).toMatchObject({ output: 'done' });
    expect(looks).not.toHaveBeenCalled();
    const before = world().clock.now();
    for (const { scheduler } of [worker, front])
      expect(await world().done(scheduler.result(run.id))).toMatchObject({ output: 'done' });
    expect(world().clock.now() - before).toBeLessThan(200);
  });

  it('waits for all attempts of the run, and for those of the instance that takes it over', async () => {
    const { worker, front } = await fleet();
    const { run } = await begun(front, { retry: { maxAttempts: 3, baseDelayMs: 1000, jitter: 0 } });
    const result = outcome(front.scheduler.result(run.id));
    world().workshop.last().fail(new Error('once'));
    await world().until(() => world().workshop.calls.length === 2);
    await worker.crash(front);
    await world().boot();
    await world().until(() => world().workshop.calls.length === 3);
    world().workshop.last().succeed('at last');
    expect(await world().done(result)).toMatchObject({ value: { attempt: 3, output: 'at last' } });
  });

  it('rejects with what became of the run', async () => {
    const { front } = await fleet();
    const failing = await begun(front, ONCE);
    const failed = outcome(front.scheduler.result(failing.run.id));
    world()
      .workshop.last()
      .fail(Object.assign(new Error('no paper'), { code: 'E_PAPER' }));
    const { error } = (await world().done(failed)) as { error: RunFailedError };
    expect(error).toBeInstanceOf(RunFailedError);
    expect(error).toMatchObject({
      code: 'run-failed',
      error: { code: 'E_PAPER', message: 'no paper' },
      run: { id: failing.run.id, state: 'failed' },
    });
    const { run, task } = await begun(front, ONCE);
    const cancelled = outcome(front.scheduler.result(run.id));
    const second = await world().done(front.scheduler.runNow(task.id));
    const skipped = outcome(front.scheduler.result(second.id));
    expect(await world().done(skipped)).toMatchObject({ error: expect.any(RunSkippedError) });
    await world().done(front.scheduler.cancelRun(run.id));
    expect(await world().done(cancelled)).toMatchObject({ error: expect.any(RunCancelledError) });
  });

  it('gives up after the time it was given, by its signal, and for a run that is not there', async () => {
    const { front } = await fleet();
    const { run } = await begun(front);
    const leaving = new AbortController();
    const late = outcome(front.scheduler.result(run.id, { timeoutMs: 1000 }));
    const aborted = outcome(front.scheduler.result(run.id, { signal: leaving.signal }));
    const absent = outcome(front.scheduler.result('00000000-0000-7000-8000-000000000000'));
    const foreign = outcome(front.scheduler.for('umbrella').result(run.id));
    expect(await world().done(absent)).toMatchObject({ error: expect.any(NotFoundError) });
    expect(await world().done(foreign)).toMatchObject({ error: expect.any(NotFoundError) });
    expect(await world().done(late)).toMatchObject({ error: expect.any(ResultTimeoutError) });
    const reason = new Error('not interested');
    leaving.abort(reason);
    expect(await world().done(aborted)).toEqual({ error: reason });
    expect(await outcome(front.scheduler.result(run.id, { signal: leaving.signal }))).toEqual({ error: reason });
    expect(waitingIn(front)).toBe(0);
    const looks = jest.spyOn(of(front, RunReads), 'statesOf');
    await world().advance(5000);
    expect(looks).not.toHaveBeenCalled();
  });

  it('is waited for by many with few reads, through an outage of the store, until the application closes', async () => {
    const { front } = await fleet();
    const { run } = await begun(front);
    const looks = jest.spyOn(of(front, RunReads), 'statesOf');
    const many = Array.from({ length: 1000 }, () => outcome(front.scheduler.result(run.id)));
    await world().advance(10_000);
    expect(looks.mock.calls.length).toBeLessThan(60);
    expect(Math.max(...looks.mock.calls.map(([, ids]) => ids.length))).toBe(1);
    looks.mockRejectedValueOnce(new StoreUnavailableError('away'));
    await world().advance(3000);
    await world().done(front.stop());
    for (const waiting of many) expect(await waiting).toMatchObject({ error: expect.any(ResultAbandonedError) });
    expect(waitingIn(front)).toBe(0);
    expect(await outcome(front.scheduler.result(run.id))).toMatchObject({ error: expect.any(ResultAbandonedError) });
  });

  it('is waited for by a bounded number, of which one organization has half', async () => {
    const { front } = await fleet();
    const { run } = await begun(front);
    const signals = new AbortController();
    setMaxListeners(0, signals.signal);
    const waits = Array.from({ length: 5000 }, () => outcome(front.scheduler.result(run.id, signals)));
    expect(await outcome(front.scheduler.result(run.id))).toMatchObject({ error: expect.any(OverloadedError) });
    expect(await world().done(outcome(front.scheduler.for('umbrella').result(run.id)))).toMatchObject({
      error: expect.any(NotFoundError),
    });
    signals.abort(new Error('enough'));
    await Promise.all(waits);
    expect(waitingIn(front)).toBe(0);
  });
});
