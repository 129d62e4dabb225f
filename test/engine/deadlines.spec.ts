import { expect, it } from '@jest/globals';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const steady = { jitter: 0, backoff: 'fixed', baseDelayMs: 1000, maxAttempts: 10 } as const;

describeEngine('start deadlines and deadlines', (world) => {
  const startsOf = (task: { id: string }) => world().workshop.of(task.id).map(({ at }) => at - T0); // prettier-ignore

  it('misses a run that waits behind another one of its task for too long, at that instant', async () => {
    const { scheduler, slots } = await world().boot();
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(work({ overlap: 'queue', startDeadlineMs: 3000 }));
    await scheduler.runNow(task.id);
    await world().advance(500);
    const late = await scheduler.runNow(task.id);
    await world().advance(3000);
    expect((await scheduler.getRun(late.id)).state).toBe('pending');
    await world().advance(50);
    expect(await scheduler.getRun(late.id)).toMatchObject({ state: 'missed', startedAt: null, attempts: [] });
    expect((await scheduler.getRun(late.id)).reason).toContain('startDeadlineMs');
    const inTime = await scheduler.runNow(task.id);
    await world().advance(2950);
    world().workshop.last().succeed();
    await world().inState(inTime, 'running');
    world().workshop.last().succeed();
    await world().inState(inTime, 'succeeded');
    expect(slots.taken).toBe(0);
  });

  it('misses what finds no place in time, and runs what does', async () => {
    const { scheduler } = await world().boot({ engine: { concurrency: 1 } });
    world().workshop.answering = byHand;
    const blocker = await scheduler.schedule(work({ timeoutMs: 600_000 }));
    const impatient = await scheduler.schedule(work({ startDeadlineMs: 2000 }));
    const patient = await scheduler.schedule(work({ startDeadlineMs: 20_000 }));
    await scheduler.runNow(blocker.id);
    const [missed, inTime] = [await scheduler.runNow(impatient.id), await scheduler.runNow(patient.id)];
    await world().advance(5000);
    world().workshop.last().succeed();
    await world().inState(missed, 'missed');
    await world().inState(inTime, 'running');
  });

  it('lets downtime run only what is young enough', async () => {
    const a = await world().boot();
    const fields = { triggers: [every(60_000)], misfire: { policy: 'fire-once' } } as const;
    const strict = await a.scheduler.schedule(work({ ...fields, triggers: [...fields.triggers], startDeadlineMs: 10_000 })); // prettier-ignore
    const lax = await a.scheduler.schedule(
      work({ ...fields, triggers: [...fields.triggers], startDeadlineMs: 40_000 }),
    );
    await world().done(a.stop());
    await world().clock.advance(150_000);
    await world().boot();
    await world().advance(1000);
    expect((await world().runsOf(strict)).map(({ state }) => state)).toEqual(['missed']);
    expect((await world().runsOf(lax)).map(({ state }) => state)).toEqual(['succeeded']);
  });

  it('counts the start deadline from the due instant through a hand-over at shutdown', async () => {
    const a = await world().boot({ engine: { shutdownGraceMs: 200 } });
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ overlap: 'queue', startDeadlineMs: 8000, timeoutMs: 600_000 }));
    await a.scheduler.runNow(task.id);
    await world().advance(50);
    const waiting = await a.scheduler.runNow(task.id);
    await world().advance(4000);
    await world().done(a.stop());
    await world().advance(5000);
    await world().boot();
    const missed = await world().inState(waiting, 'missed');
    expect(missed).toMatchObject({ dueAt: T0 + 50, startedAt: null });
  });

  it('misses at takeover what its dead instance never started in time', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ overlap: 'queue', startDeadlineMs: 3000, timeoutMs: 600_000 }));
    const first = await a.scheduler.runNow(task.id);
    await world().advance(100);
    const waiting = await a.scheduler.runNow(task.id);
    await world().advance(100);
    const former = a.locks.owner;
    await a.crash();
    await world().advance(5000);
    await b.expire(former);
    await world().inState(waiting, 'missed');
    await world().until(() => world().workshop.calls.length === 2);
    expect(world().workshop.last().context.run.id).toBe(first.id);
  });

  it('aborts the attempt that is under way at the deadline, and starts no further one', async () => {
    const { scheduler, slots } = await world().boot();
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(work({ timeoutMs: 2000, deadlineMs: 4500, retry: steady }));
    const run = await scheduler.runNow(task.id);
    await world().advance(4499);
    expect(world().workshop.last().context.signal.aborted).toBe(false);
    await world().advance(1);
    expect(world().workshop.last().context.signal.aborted).toBe(true);
    const ended = await world().inState(run, 'timed_out');
    expect(startsOf(task)).toEqual([0, 3000]);
    expect(ended).toMatchObject({ finishedAt: T0 + 4500, reason: expect.stringContaining('deadlineMs') });
    expect(ended.attempts.map(({ outcome, error }) => [outcome, error?.code])).toEqual([
      ['timed_out', 'timeout'],
      ['timed_out', 'deadline'],
    ]);
    await world().advance(10_000);
    expect([startsOf(task).length, slots.taken]).toEqual([2, 0]);
  });

  it('ends at once a run whose next attempt would come past the deadline', async () => {
    const { scheduler } = await world().boot();
    world().workshop.answering = () => Promise.reject(new Error('no'));
    const task = await scheduler.schedule(work({ deadlineMs: 2500, retry: steady }));
    const ended = await world().inState(await scheduler.runNow(task.id), 'timed_out');
    expect(startsOf(task)).toEqual([0, 1000, 2000]);
    expect(ended).toMatchObject({ finishedAt: T0 + 2000, reason: expect.stringContaining('no') });
  });

  it('counts the deadline from the first start through a takeover', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ deadlineMs: 6000, retry: steady }));
    const run = await a.scheduler.runNow(task.id);
    await world().advance(3000);
    await a.crash(b);
    await world().until(() => world().workshop.calls.length === 2);
    expect((await world().inState(run, 'timed_out')).finishedAt).toBe(T0 + 6000);
    expect(world().workshop.last().context.signal.aborted).toBe(true);
  });

  it('starts no attempt of a run that is taken over past its deadline', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ deadlineMs: 6000 }));
    const run = await a.scheduler.runNow(task.id);
    await world().advance(3000);
    const former = a.locks.owner;
    await a.crash();
    await world().advance(4000);
    await b.expire(former);
    const ended = await world().inState(run, 'timed_out');
    expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['lost']);
    expect(world().workshop.calls).toHaveLength(1);
  });
});
