import { expect, it } from '@jest/globals';
import { describeEngine, every, work } from '../support/engine-world.js';

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
    // What is due next is asked for, the lock is lost, and only then comes the answer.
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
});
