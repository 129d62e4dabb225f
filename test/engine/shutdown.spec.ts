import { expect, it } from '@jest/globals';
import type { DueTasks } from '../../src/scheduling/ports/task.store.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { atOnce, byHand } from '../support/workshop.js';

describeEngine('shutdown and outages', (world) => {
  it('lets a run finish before it stops', async () => {
    const a = await world().boot();
    world().workshop.answering = byHand;
    const run = await a.scheduler.runNow((await a.scheduler.schedule(work())).id);
    await world().advance(100);
    const stopped = a.stop();
    await world().advance(5000);
    expect(world().workshop.last().context.signal.aborted).toBe(false);
    world().workshop.last().succeed('finished');
    await world().done(stopped);
    await world().boot();
    expect(await world().inState(run, 'succeeded')).toMatchObject({ output: 'finished', attempt: 1 });
    expect(world().workshop.calls).toHaveLength(1);
  });

  it('gives back what takes too long, and another instance finishes it', async () => {
    const a = await world().boot({ engine: { shutdownGraceMs: 3000 } });
    const b = await world().boot();
    world().workshop.answering = byHand;
    const run = await a.scheduler.runNow((await a.scheduler.schedule(work())).id);
    await world().advance(100);
    const { signal } = world().workshop.last().context;
    const stopped = a.stop();
    await world().advance(2900);
    expect(signal.aborted).toBe(false);
    await world().done(stopped);
    expect(signal.aborted).toBe(true);
    await world().until(() => world().workshop.calls.length === 2);
    expect(world().workshop.last()).toMatchObject({ instance: 'b' });
    expect(world().workshop.last().context.run.attempt).toBe(2);
    world().workshop.last().succeed('finished');
    const done = await world().inState(run, 'succeeded');
    expect(done.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'succeeded']);
    expect(b.slots.taken).toBe(0);
  });

  it('gives back what it had armed and what waited behind another run', async () => {
    const a = await world().boot({ engine: { shutdownGraceMs: 200 } });
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ triggers: [every(2000)], overlap: 'queue' }));
    await world().advance(5500);
    expect(world().workshop.calls).toHaveLength(1);
    await world().done(a.stop());
    world().workshop.answering = atOnce;
    await world().boot();
    await world().advance(8000);
    const runs = (await world().runsOf(task)).filter(({ scheduledFor }) => scheduledFor <= T0 + 12_000);
    expect(runs.map(({ scheduledFor, state }) => [scheduledFor - T0, state])).toEqual(
      [2000, 4000, 6000, 8000, 10_000, 12_000].map((at) => [at, 'succeeded']),
    );
    const finished = world()
      .workshop.calls.slice(1)
      .map(({ context }) => context.run.id);
    expect(finished).toHaveLength(new Set(finished).size);
  });

  it('starts nothing while it stops', async () => {
    const a = await world().boot({ engine: { shutdownGraceMs: 10_000 } });
    world().workshop.answering = byHand;
    const other = await a.scheduler.schedule(work({ triggers: [every(1000)] }));
    await a.scheduler.runNow((await a.scheduler.schedule(work())).id);
    await world().advance(100);
    const stopped = a.stop();
    await world().advance(5000);
    expect(world().workshop.of(other.id)).toEqual([]);
    world().workshop.last().succeed();
    await world().done(stopped);
  });

  it('loads nothing more once it has stopped, though it was loading', async () => {
    const a = await world().boot({ engine: { horizonMs: 2000 } });
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    let asked = 0;
    a.gate.obstruct((method, [range]) => {
      // The search for overdue tasks begins at the first instant.
      if (method !== 'dueBetween' || (range as DueTasks).from < 0) return undefined;
      asked++;
      return held;
    });
    await world().advanceHeldUp(1500, a);
    expect(asked).toBe(1);
    const stopped = a.stop();
    for (let turns = 0; turns < 50; turns++) await world().clock.advance(10);
    await stopped;
    release();
    await world().advance(5000);
    expect(asked).toBe(1);
  });

  it('does not lose a result that it cannot write for a while', async () => {
    const { scheduler, gate, slots } = await world().boot();
    world().workshop.answering = byHand;
    const run = await scheduler.runNow((await scheduler.schedule(work())).id);
    await world().advance(100);
    const back = gate.fail('update', 'append', 'open', 'insert', 'unowned', 'owners');
    world().workshop.last().succeed('precious');
    await world().advance(8000);
    expect((await scheduler.getRun(run.id)).state).toBe('running');
    back();
    const done = await world().inState(run, 'succeeded');
    expect(done).toMatchObject({ output: 'precious', attempt: 1, finishedAt: T0 + 100 });
    expect(world().workshop.calls).toHaveLength(1);
    expect(slots.taken).toBe(0);
  });

  it('writes the log of a run whole, also where the store was away when it finished', async () => {
    const { scheduler, gate, runs } = await world().boot();
    world().workshop.answering = byHand;
    const run = await scheduler.runNow((await scheduler.schedule(work())).id);
    await world().advance(500);
    const back = gate.fail('update', 'append');
    world().workshop.last().context.log('info', 'the last words');
    world().workshop.last().succeed();
    await world().advance(3000);
    back();
    await world().inState(run, 'succeeded');
    const messages = (await runs.log('default', run.id, 0, 100)).map(({ message }) => message);
    expect(messages).toContain('the last words');
  });

  it('does not lose a result through an outage that outlasts its lock', async () => {
    const { scheduler, gate } = await world().boot();
    world().workshop.answering = byHand;
    const run = await scheduler.runNow((await scheduler.schedule(work())).id);
    await world().advance(100);
    const back = gate.failAll();
    world().workshop.last().succeed('precious');
    await world().advance(25_000);
    back();
    expect(await world().inState(run, 'succeeded')).toMatchObject({ output: 'precious', attempt: 1 });
    expect(world().workshop.calls).toHaveLength(1);
  });

  it('stops within its grace although the store is away, and others go on with its runs', async () => {
    const a = await world().boot({ engine: { shutdownGraceMs: 3000 } });
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ triggers: [every(2000)], overlap: 'queue' }));
    const run = await a.scheduler.runNow(task.id);
    await world().advance(5500);
    a.gate.failAll();
    world().workshop.last().succeed();
    const before = world().clock.now();
    await world().advance(200);
    const { owner } = a.locks;
    await world().done(a.stop());
    // Its grace and what it waits for the store; the clock also goes on while the driver closes its connections.
    expect(world().clock.now() - before).toBeLessThan(15_000);
    world().workshop.answering = atOnce;
    const b = await world().boot();
    await b.expire(owner);
    expect((await world().inState(run, 'succeeded')).attempt).toBe(2);
    await world().advance(5000);
    const due = (await world().runsOf(task)).filter(({ scheduledFor }) => scheduledFor < world().clock.now() - 1000);
    expect(new Set(due.map(({ state }) => state))).toEqual(new Set(['succeeded']));
  });
});
