import { expect, it } from '@jest/globals';
import { SetAside } from '../../src/scheduling/holding/set-aside.js';
import type { RunChange } from '../../src/scheduling/ports/run.store.js';
import { Needs } from '../../src/scheduling/resources/needs.js';
import { PoolSizes } from '../../src/scheduling/resources/pool-sizes.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work, type EngineWorld } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const fault = (): never => {
  throw new TypeError('the moon is down');
};
const of = <Type>({ module }: EngineInstance, token: abstract new (...parts: never[]) => Type): Type =>
  module.get(token, { strict: false });

/** How often a task starts in the next five seconds. */
async function startsOf({ id }: { id: string }, world: EngineWorld): Promise<number> {
  const before = world.workshop.of(id).length;
  await world.advance(5000);
  return world.workshop.of(id).length - before;
}

describeEngine('a run whose start fails each time', (world) => {
  it('holds up no other when its needs cannot be computed, and starts when they can again', async () => {
    const instance = await world().boot();
    const bad = await instance.scheduler.schedule(work({ triggers: [every(1000)], overlap: 'allow' }));
    const other = await instance.scheduler.for('other').schedule(work({ triggers: [every(500)] }));
    const needs = of(instance, Needs);
    const original = needs.of.bind(needs);
    needs.of = (held) => (held.task.id === bad.id ? fault() : original(held));
    expect(await startsOf(other, world())).toBe(10);
    expect(world().workshop.of(bad.id)).toHaveLength(0);
    const asked = await world().done(instance.scheduler.runNow(bad.id));
    expect(await startsOf(other, world())).toBe(10);
    expect(of(instance, SetAside).of(bad.id)).toMatchObject({ reason: 'the moon is down' });
    expect(world().logged.join()).toContain(`Task ${bad.id} of default is set aside: the moon is down`);
    needs.of = original;
    await world().inState(asked, 'succeeded');
    await world().until(() => world().workshop.of(bad.id).length >= 3);
  });

  it('holds up no other when that it is ours cannot be written, and goes on when it can', async () => {
    const instance = await world().boot();
    const { scheduler, gate } = instance;
    const retry = { maxAttempts: 2, backoff: 'fixed' as const, baseDelayMs: 5000, jitter: 0 };
    const [bad, good] = [await scheduler.schedule(work({ retry })), await scheduler.schedule(work({ retry }))];
    world().workshop.answering = ({ context }) =>
      context.run.attempt === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve(null);
    const [first, second] = [await scheduler.runNow(bad.id), await scheduler.runNow(good.id)];
    for (const run of [first, second]) await world().inState(run, 'retrying');
    const goOn = gate.obstruct((method, [changes]) => {
      if (method === 'update' && (changes as RunChange[]).some(({ id }) => id === first.id)) fault();
    });
    await world().inState(second, 'succeeded');
    await world().advance(5000);
    expect(world().workshop.of(bad.id)).toHaveLength(1);
    expect(of(instance, SetAside).of(bad.id)).toMatchObject({ reason: 'the moon is down' });
    goOn();
    await world().inState(first, 'succeeded');
    expect(world().workshop.of(bad.id)).toHaveLength(2);
  });

  it('keeps no other from the units for which it waits, when those of its pool cannot be counted', async () => {
    const instance = await world().boot();
    const ours = work({ resources: { browser: 1 }, overlap: 'allow' });
    const [mine, theirs] = [
      await instance.scheduler.schedule(ours),
      await instance.scheduler.for('other').schedule(ours),
    ];
    world().workshop.answering = byHand;
    for (let times = 0; times < 2; times++) {
      await world().done(instance.scheduler.runNow(mine.id));
      await world().done(instance.scheduler.for('other').runNow(theirs.id));
    }
    await world().until(() => world().workshop.calls.length === 2);
    const sizes = of(instance, PoolSizes);
    const original = sizes.of.bind(sizes);
    sizes.of = (organization, name) =>
      organization === 'default' ? Promise.reject(new TypeError('the moon is down')) : original(organization, name);
    for (const call of world().workshop.calls) call.succeed();
    await world().until(() => world().workshop.of(theirs.id).length === 2);
    expect(world().workshop.of(mine.id)).toHaveLength(1);
    await world().until(() => of(instance, SetAside).of(mine.id) !== undefined);
    expect(of(instance, SetAside).of(mine.id)).toMatchObject({ reason: 'the moon is down' });
    sizes.of = original;
    await world().until(() => world().workshop.of(mine.id).length === 2);
  });
});
