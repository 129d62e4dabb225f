import { expect, it } from '@jest/globals';
import { SlotQueue } from '../../src/scheduling/dispatch/slot-queue.js';
import { Ownership } from '../../src/cluster/ownership.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngineOfLocks, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const SECOND = 1000;
const PERIOD = 10_000;

describeEngineOfLocks('how soon others take over', (world) => {
  const owns = ({ module }: EngineInstance, taskId: string) => module.get(Ownership, { strict: false }).rankAmongAll(taskId) === 0; // prettier-ignore
  const two = async (concurrency = 100) => {
    const a = await world().boot({ engine: { concurrency } });
    const b = await world().boot();
    await world().advance(1500);
    return { a, b };
  };
  /** Tasks due at T0 + PERIOD that `owner` minds and took in. */
  const tasksOf = async (owner: EngineInstance, count: number, fields = {}) => {
    const tasks = [];
    while (tasks.length < count) {
      const task = await owner.scheduler.schedule(work({ triggers: [every(PERIOD)], ...fields }));
      if (owns(owner, task.id)) tasks.push(task);
      else await world().done(owner.scheduler.remove(task.id));
    }
    return tasks;
  };
  const latenessBy = (instance: EngineInstance) =>
    world()
      .workshop.calls.filter((call) => call.instance === instance.label)
      .map(({ at, context }) => at - context.run.scheduledFor.getTime());

  it('starts within a second what its owner was killed before it could arm, while that one still counts as alive', async () => {
    const { a, b } = await two();
    await tasksOf(a, 5);
    await world().advance(5000);
    await a.crash();
    await world().advance(PERIOD - 6500 + SECOND);
    expect(latenessBy(b)).toHaveLength(5);
    expect(Math.max(...latenessBy(b))).toBeLessThanOrEqual(SECOND);
  });

  it('starts what its owner had armed as soon as the lock of the dead has expired', async () => {
    const { a, b } = await two();
    await tasksOf(a, 5);
    await world().advance(PERIOD - 2000);
    await a.crash();
    const key = `instance/${a.locks.owner}`;
    b.lockStore.remaining = () => Promise.resolve(new Map([[key, T0 + PERIOD + 2300 - world().clock.now()]]));
    await world().advance(2750);
    expect(latenessBy(b)).toEqual([]);
    await b.expire(a.locks.owner);
    b.lockStore.remaining = () => Promise.resolve(new Map<string, number>());
    await world().advance(100);
    expect(latenessBy(b)).toHaveLength(5);
    expect(Math.max(...latenessBy(b))).toBeLessThanOrEqual(2350);
  });

  it('starts within a second what finds its owner full', async () => {
    const { a, b } = await two(2);
    const [, , ...rest] = await tasksOf(a, 6, { overlap: 'allow' });
    world().workshop.answering = (call) => (call.instance === 'a' ? undefined : Promise.resolve());
    await world().advance(PERIOD - 1500 + SECOND);
    expect(a.slots.free).toBe(0);
    expect(latenessBy(b)).toHaveLength(rest.length);
    expect(Math.max(...latenessBy(b))).toBeLessThanOrEqual(SECOND);
  });

  it('looks for nothing of others that is no older than what waits here', async () => {
    const { a } = await two(1);
    const looks: number[] = [];
    a.gate.obstruct((method, [range]) => {
      const { limit, before, shards = [] } = range as { limit: number; before: number; shards?: number[] };
      if (a.module.get(Ownership, { strict: false }).own.shards?.includes(shards[0]!)) return;
      // While no slot is free, the engine asks for at most one task that belongs to others.
      if (method === 'dueBetween' && limit === 1 && a.module.get(SlotQueue, { strict: false }).size > 0) looks.push(before); // prettier-ignore
    });
    world().workshop.answering = byHand;
    await tasksOf(a, 3, { overlap: 'allow', priority: 9 });
    await world().advance(PERIOD + 500);
    expect(looks.length).toBeGreaterThan(0);
    expect(Math.max(...looks)).toBeLessThanOrEqual(T0 + PERIOD);
  });

  it('claims no more than it has slots for, in a burst and in a takeover', async () => {
    const { a, b } = await two(3);
    world().workshop.answering = byHand;
    const manual = await b.scheduler.schedule(work({ overlap: 'allow' }));
    for (let i = 0; i < 8; i++) await b.scheduler.runNow(manual.id);
    await tasksOf(a, 8, { overlap: 'allow' });
    await b.crash(a);
    const held: number[] = [];
    for (let i = 0; i < 24; i++) {
      await world().advance(500);
      held.push((await a.runStore.heldBy([a.locks.owner], 100)).length);
      if (i > 8) for (const call of world().workshop.calls) call.succeed();
    }
    expect(Math.max(...held)).toBe(3);
    expect(a.slots.taken).toBeGreaterThanOrEqual(0);
    expect(world().workshop.calls.filter(({ instance }) => instance === 'a').length).toBeGreaterThan(8);
  });
});
