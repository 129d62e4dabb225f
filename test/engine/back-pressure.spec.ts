import { expect, it } from '@jest/globals';
import { T0 } from '../support/builders.js';
import { describeEngine, work } from '../support/engine-world.js';

const PLACES = 3;

describeEngine('a store that falls behind', (world) => {
  it('holds back starts once as many ends as there are places wait to be written', async () => {
    const instance = await world().boot({ engine: { concurrency: PLACES } });
    const { calls } = world().workshop;
    const triggers = [{ type: 'once' as const, at: new Date(T0 + 2000).toISOString() }];
    const inputs = Array.from({ length: 4 * PLACES }, () => work({ triggers }));
    await instance.scheduler.scheduleMany(inputs);
    let catchUp = (): void => undefined;
    const caughtUp = new Promise<void>((resolve) => (catchUp = resolve));
    const free = instance.gate.obstruct((method) => (method === 'update' ? caughtUp : undefined));

    await world().advanceHeldUp(3000, instance);
    // The first ends freed their places; those of the second round keep them until something is written.
    expect(calls).toHaveLength(2 * PLACES);

    free();
    catchUp();
    await world().until(() => calls.length === inputs.length);
    expect(new Set(calls.map(({ context }) => context.run.id)).size).toBe(inputs.length);
  });
});
