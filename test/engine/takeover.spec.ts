import { expect, it } from '@jest/globals';
import { T0 } from '../support/builders.js';
import { describeEngineOfLocks, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

describeEngineOfLocks('instances that die or lose their lock', (world) => {
  /** A run that instance a works on, with instance b beside it. */
  const underWay = async (fields = {}) => {
    const [a, b] = [await world().boot(), await world().boot()];
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work(fields));
    const run = await a.scheduler.runNow(task.id);
    await world().advance(100);
    const call = world().workshop.last();
    expect(call.instance).toBe('a');
    return { a, b, task, run, call };
  };

  it('takes over the run of a crashed instance as a new attempt', async () => {
    const { a, b, run } = await underWay();
    const former = a.locks.owner;
    await a.crash(b);
    await world().until(() => world().workshop.calls.length === 2);
    const call = world().workshop.last();
    expect([call.instance, call.context.run.attempt, call.context.run.idempotencyKey]).toEqual(['b', 2, run.id]);
    expect(call.at - T0).toBeLessThan(1300);
    call.succeed('taken over');
    const done = await world().inState(run, 'succeeded');
    expect(done).toMatchObject({ output: 'taken over', startedAt: T0 });
    expect(done.attempts).toMatchObject([
      { number: 1, instance: former, outcome: 'lost', error: { code: 'instance-lost' } },
      { number: 2, instance: b.locks.owner, outcome: 'succeeded' },
    ]);
  });

  it('takes over the runs of the dead although more is due than the living have slots for', async () => {
    const engine = { concurrency: 2 };
    const [a, b] = [await world().boot({ engine }), await world().boot({ engine })];
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ name: 'of the dead' }));
    const run = await a.scheduler.runNow(task.id);
    await world().until(() => world().workshop.calls.length === 1);
    const [dying, heir] = world().workshop.last().instance === 'a' ? [a, b] : [b, a];
    const crowd = await heir.scheduler.schedule(work({ name: 'crowd', overlap: 'allow' }));
    // Each ends when the next look is over, so that no look of the heir meets a free slot.
    world().workshop.answering = ({ context }) =>
      context.run.taskId === crowd.id
        ? world()
            .clock.sleep(1090)
            .then(() => null)
        : undefined;
    for (let count = 0; count < 60; count++) await heir.scheduler.runNow(crowd.id);
    await dying.crash(heir);
    await world().until(() => world().workshop.of(task.id).length === 2);
    expect(world().workshop.of(crowd.id).length).toBeLessThan(30);
    world().workshop.of(task.id).at(-1)!.succeed();
    await world().inState(run, 'succeeded');
    // Nothing is kept free any longer.
    await world().advance(1000);
    expect(heir.slots.free).toBe(0);
    await world().until(() => world().workshop.of(crowd.id).length === 60);
  });

  it('leaves the runs of a living instance alone, however long they take', async () => {
    const { call, run } = await underWay({ timeoutMs: 200_000 });
    await world().advance(100_000);
    expect(world().workshop.calls).toHaveLength(1);
    call.succeed('slow');
    expect((await world().inState(run, 'succeeded')).attempt).toBe(1);
  });

  it('ends the run of a crashed instance where the task says so', async () => {
    const { a, b, run } = await underWay({ onCrash: 'fail' });
    const finished = b.events.next('run.finished');
    await a.crash(b);
    expect((await world().done(finished)).run.state).toBe('failed');
    const failed = await b.scheduler.getRun(run.id);
    expect(failed).toMatchObject({ state: 'failed', attempts: [{ outcome: 'lost' }] });
    expect(failed.reason).toContain('onCrash');
    expect(world().workshop.calls).toHaveLength(1);
  });

  it('gives up a run that takes down every instance that tries it', async () => {
    const { a, b, run } = await underWay();
    await a.crash(b);
    for (let deaths = 1; deaths < 5; deaths++) {
      await world().until(() => world().workshop.calls.length === deaths + 1);
      await world().advance(100);
      const dying = world().instances.find(({ label }) => label === world().workshop.last().instance)!;
      const heir = await world().boot();
      await dying.crash(heir);
    }
    const failed = await world().inState(run, 'failed');
    expect(failed.attempts.map(({ outcome }) => outcome)).toEqual(Array(5).fill('lost'));
  });

  it('starts what a crashed instance had armed', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const task = await a.scheduler.schedule(work({ triggers: [every(10_000)] }));
    await world().advance(9500);
    const [armed] = await world().runsOf(task);
    const [dying, heir] = armed!.owner === a.locks.owner ? [a, b] : [b, a];
    await dying.crash(heir);
    await world().advance(12_000);
    const starts = world().workshop.of(task.id);
    expect(starts.filter(({ instance }) => instance === heir.label).map(({ context }) => context.run.scheduledFor.getTime() - T0)).toEqual([10_000, 20_000]); // prettier-ignore
    for (const run of (await world().runsOf(task)).slice(0, 2)) expect(run.state).toBe('succeeded');
  });

  it('makes the retry of a run whose instance died between two attempts', async () => {
    const { a, b, run, call } = await underWay({ retry: { jitter: 0, baseDelayMs: 5000 } });
    call.fail(new Error('no'));
    await world().inState(run, 'retrying');
    await a.crash(b);
    await world().until(() => world().workshop.calls.length === 2);
    expect(world().workshop.last()).toMatchObject({ instance: 'b', at: T0 + 5100 });
    world().workshop.last().succeed();
    expect((await world().inState(run, 'succeeded')).attempts).toHaveLength(2);
  });

  it('fires the AbortSignal when the lock is lost, drops the late result, and works again under a new id', async () => {
    const { a, b, run, call, task } = await underWay();
    const former = a.locks.owner;
    await b.expire(former);
    await world().until(() => world().workshop.calls.length === 2);
    await world().until(() => call.context.signal.aborted);
    call.succeed('stale');
    await world().advance(500);
    expect((await b.scheduler.getRun(run.id)).state).toBe('running');
    world().workshop.last().succeed('fresh');
    expect(await world().inState(run, 'succeeded')).toMatchObject({ output: 'fresh', attempt: 2 });
    await world().until(() => a.locks.isHeld());
    expect(a.locks.owner).not.toBe(former);
    const again = await a.scheduler.runNow(task.id);
    await world().advance(50);
    expect(world().workshop.last()).toMatchObject({ instance: 'a' });
    world().workshop.last().succeed('back');
    await world().inState(again, 'succeeded');
    expect([a.slots.taken, b.slots.taken]).toEqual([0, 0]);
  });

  it('rejects the result of an attempt that was taken over before its instance noticed', async () => {
    const { a, b, run, call } = await underWay();
    const cutOff = a.gate.fail('renew');
    await b.expire(a.locks.owner);
    await world().until(() => world().workshop.calls.length === 2);
    expect(call.context.signal.aborted).toBe(false);
    call.succeed('stale');
    await world().advance(500);
    expect(await b.scheduler.getRun(run.id)).toMatchObject({ state: 'running', output: null, attempt: 2 });
    world().workshop.last().succeed('fresh');
    expect((await world().inState(run, 'succeeded')).output).toBe('fresh');
    cutOff();
  });

  it('keeps its lock through a short outage, and loses it in a long one', async () => {
    const { a, call, run } = await underWay({ timeoutMs: 100_000 });
    const short = a.gate.fail('renew');
    await world().advance(6000);
    short();
    await world().advance(3000);
    expect(call.context.signal.aborted).toBe(false);
    const long = a.gate.fail('renew', 'acquire');
    await world().until(() => call.context.signal.aborted);
    expect(a.locks.isHeld()).toBe(false);
    long();
    await world().until(() => a.locks.isHeld());
    await a.expire(run.id);
    await world().advance(100);
    expect(a.slots.taken).toBe(0);
  });

  it('starts no attempt twice when its lock is lost while the failure of the one before is written', async () => {
    const { a, b, run, call } = await underWay({ retry: { jitter: 0, baseDelayMs: 3000 } });
    let write = () => undefined as void;
    const written = new Promise<void>((resolve) => (write = resolve));
    const slow = a.gate.obstruct((method) => (method === 'update' ? written : undefined));
    call.fail(new Error('no'));
    await world().clock.advance(10);
    const former = a.locks.owner;
    await a.expire(former);
    await world().advanceHeldUp(3000, b);
    expect(a.locks.owner).not.toBe(former);
    slow();
    write();
    await world().until(() => world().workshop.calls.length >= 2);
    await world().advance(6000);
    const attempts = world().workshop.calls.map(({ context }) => context.run.attempt);
    expect(attempts).toEqual([...new Set(attempts)]);
    world().workshop.last().succeed();
    await world().inState(run, 'succeeded');
    expect([a.slots.taken, b.slots.taken]).toEqual([0, 0]);
  });
});
