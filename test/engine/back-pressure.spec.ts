import { expect, it } from '@jest/globals';
import { T0 } from '../support/builders.js';
import { describeEngine, work } from '../support/engine-world.js';

const SLOTS = 3;

describeEngine('a store that falls behind', (world) => {
  it('holds back starts once as many ends as there are slots wait to be written', async () => {
    const instance = await world().boot({ engine: { concurrency: SLOTS } });
    const { calls } = world().workshop;
    const triggers = [{ type: 'once' as const, at: new Date(T0 + 2000).toISOString() }];
    const inputs = Array.from({ length: 4 * SLOTS }, () => work({ triggers }));
    await instance.scheduler.scheduleMany(inputs);
    let catchUp = (): void => undefined;
    const caughtUp = new Promise<void>((resolve) => (catchUp = resolve));
    const free = instance.gate.obstruct((method) => (method === 'update' ? caughtUp : undefined));

    await world().advanceHeldUp(3000, instance);
    // The first ends freed their slots. The runs of the second round keep theirs until something is written.
    expect(calls).toHaveLength(2 * SLOTS);

    free();
    catchUp();
    await world().until(() => calls.length === inputs.length);
    expect(new Set(calls.map(({ context }) => context.run.id)).size).toBe(inputs.length);
  });

  it('holds back starts while large outputs wait to be written, and writes all of them', async () => {
    // Outputs may wait beside the slots in a third of this, one organization's in half of that third.
    const [slots, heldBytes, output] = [100, 16_777_216, 60_000];
    const instance = await world().boot({ engine: { concurrency: slots, heldBytes } });
    const { workshop } = world();
    workshop.answering = () => Promise.resolve('o'.repeat(output));
    const triggers = [{ type: 'once' as const, at: new Date(T0 + 2000).toISOString() }];
    const tasks = await instance.scheduler.scheduleMany(Array.from({ length: 2 * slots }, () => work({ triggers })));
    let catchUp = (): void => undefined;
    const caughtUp = new Promise<void>((resolve) => (catchUp = resolve));
    const free = instance.gate.obstruct((method) => (method === 'update' ? caughtUp : undefined));

    await world().advanceHeldUp(3000, instance);
    const besideTheSlots = Math.floor(heldBytes / 6 / output);
    expect(workshop.calls.length).toBeGreaterThan(besideTheSlots);
    expect(workshop.calls.length).toBeLessThanOrEqual(slots + besideTheSlots);

    free();
    catchUp();
    await world().until(() => workshop.calls.length === tasks.length);
  });
});
