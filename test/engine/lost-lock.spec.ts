import { expect, it } from '@jest/globals';
import { Deferred } from '../../src/scheduling/holding/deferred.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

describeEngine('an instance that loses its lock', (world) => {
  it('waits for it, however much is due, and goes on', async () => {
    const a = await world().boot({ engine: { horizonMs: 2000 } });
    const task = await a.scheduler.schedule(work({ triggers: [every(1000)], overlap: 'allow' }));
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    let isAsked = false;
    const slow = a.gate.obstruct((method) => {
      if (method !== 'dueBetween') return undefined;
      isAsked = true;
      return answered;
    });
    // The engine asks for what is due next, then the lock is lost, and only then the answer comes.
    await world().advanceHeldUp(1500, a);
    expect(isAsked).toBe(true);
    const back = a.gate.fail('acquire');
    await a.expire(a.locks.owner);
    await world().advanceHeldUp(5000, a);
    expect(a.locks.isHeld()).toBe(false);
    answer();
    await world().advanceHeldUp(2000, a);
    slow();
    back();
    const before = world().workshop.of(task.id).length;
    await world().until(() => world().workshop.of(task.id).length > before + 2);
  });

  it('takes nothing over while it holds no lock, and everything afterwards', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    world().workshop.answering = byHand;
    const task = await b.scheduler.schedule(work({}));
    await b.scheduler.runNow(task.id);
    await world().advance(100);
    const [read, held] = [new Deferred<void>(), new Deferred<void>()];
    const asked = new Set<string>();
    const slow = a.gate.obstruct((method) => {
      asked.add(method);
      if (method === 'byIds') return read.promise;
      return method === 'acquire' ? held.promise : undefined;
    });
    await b.crash(a);
    const comesTo = async (method: string) => {
      for (let steps = 0; !asked.has(method) && steps < 200; steps++) await world().advanceHeldUp(50, a);
      expect([...asked]).toContain(method);
    };
    await comesTo('byIds');
    await a.expire(a.locks.owner);
    await comesTo('acquire');
    // A takeover that was written now would be in a name that does not hold its lock yet.
    read.resolve();
    await world().advanceHeldUp(100, a);
    expect([...asked]).not.toContain('update');
    slow();
    held.resolve();
    await world().until(() => world().workshop.of(task.id).length === 2);
  });
});
