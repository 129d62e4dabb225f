import { expect, it } from '@jest/globals';
import { InstanceStore, type Instance } from '../../src/cluster/instance.store.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';

const TASKS = 12;

describeEngine('a rolling restart', (world) => {
  it('of three instances loses and doubles nothing, and starts everything within a second of its time', async () => {
    const old = [await world().boot(), await world().boot(), await world().boot()];
    for (let i = 0; i < TASKS; i++) {
      await old[i % 3]!.scheduler.schedule(work({ triggers: [every(1000)], overlap: 'allow' }));
    }
    await world().advance(3000);
    const young: string[] = [];
    for (const instance of old) {
      young.push((await world().boot()).label);
      await world().advance(1500);
      await world().done(instance.stop());
      await world().advance(1500);
    }
    await world().advance(2000);
    const { calls } = world().workshop;
    const until = world().clock.now() - 1000;
    const starts = calls.map(({ context }) => `${context.run.taskId} ${context.run.scheduledFor.getTime()}`);
    expect(starts).toHaveLength(new Set(starts).size);
    const due = calls.filter(({ context }) => context.run.scheduledFor.getTime() <= until);
    expect(due).toHaveLength(TASKS * Math.floor((until - T0) / 1000));
    expect(Math.max(...calls.map(({ at, context }) => at - context.run.scheduledFor.getTime()))).toBeLessThanOrEqual(1000); // prettier-ignore
    const last = calls.filter(({ at }) => at > until);
    expect(last.filter(({ instance }) => !young.includes(instance))).toEqual([]);
  });

  it('leaves the tasks of a stopping instance to the others while it finishes a long run', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    world().workshop.answering = (call) => (call.context.run.trigger === 'manual' ? undefined : Promise.resolve());
    for (let i = 0; i < TASKS; i++) await a.scheduler.schedule(work({ triggers: [every(2000)], overlap: 'allow' }));
    await a.scheduler.runNow((await a.scheduler.schedule(work())).id);
    await world().advance(100);
    const stopped = a.stop();
    await world().advance(6000);
    const starts = world().workshop.calls.filter(({ context }) => context.run.trigger === 'schedule');
    expect(starts).toHaveLength(3 * TASKS);
    expect(new Set(starts.map(({ instance }) => instance))).toEqual(new Set([b.label]));
    world()
      .workshop.calls.find(({ context }) => context.run.trigger === 'manual')!
      .succeed();
    await world().done(stopped);
  });

  it('goes on beside an instance of an older version, which tells less of itself', async () => {
    const a = await world().boot();
    const b = await world().boot();
    const entries = b.module.get(InstanceStore, { strict: false });
    const older: Instance = { id: b.locks.owner, version: '0.0.9', startedAt: T0, heartbeatAt: T0, running: 2, concurrency: 2 }; // prettier-ignore
    await entries.put(older);
    const listed = await world().done(a.registry.list());
    expect(listed.find(({ id }) => id === b.locks.owner)).toMatchObject({ version: '0.0.9', saturated: true, leaving: false }); // prettier-ignore
  });
});
