import { expect, it } from '@jest/globals';
import { T0 } from '../support/builders.js';
import { describeEngine, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const once = (at: number) => [{ type: 'once' as const, at: new Date(at).toISOString() }];

describeEngine('one slot for many', (world) => {
  /** Ends one call after the other; resolves to the order in which the runs of `count` tasks ran. */
  const orderOf = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await world().until(() => world().workshop.calls.length === i + 1);
      await world().advance(50);
      expect(world().workshop.calls).toHaveLength(i + 1);
      world().workshop.last().succeed();
    }
    return world().workshop.calls.map(({ context }) => context.parameters['name'] as string);
  };

  it('goes by turns of the organizations, and within one by priority', async () => {
    const { scheduler } = await world().boot({ engine: { concurrency: 1 } });
    world().workshop.answering = byHand;
    const due = (organization: string, name: string, priority: number, at = T0 + 5000) =>
      scheduler
        .for(organization)
        .schedule(work({ name, triggers: once(at), priority, parameters: { name }, timeoutMs: 600_000 }));
    await due('acme', 'first', 0, T0 + 3000);
    for (const name of ['a1', 'a2', 'a3']) await due('acme', name, 5);
    for (const name of ['b1', 'b2']) await due('globex', name, 5);
    await due('acme', 'urgent', 9);
    await due('globex', 'whenever', 0);
    await world().advance(5000);
    const order = await orderOf(8);
    const globex = ['b1', 'b2', 'whenever'];
    const isOfGlobex = (name: string) => globex.includes(name);
    const acme = order.filter((name) => !isOfGlobex(name));
    expect([...acme.slice(0, 2), ...acme.slice(2).sort()]).toEqual(['first', 'urgent', 'a1', 'a2', 'a3']);
    expect(order.filter(isOfGlobex).sort()).toEqual(globex);
    expect(order.filter(isOfGlobex).at(-1)).toBe('whenever');
    // As long as both wait, no two runs of one organization follow each other.
    const ofGlobex = order.slice(1, 7).map(isOfGlobex);
    expect(ofGlobex).toEqual(ofGlobex.map((_, turn) => (turn % 2 === 0 ? ofGlobex[0] : !ofGlobex[0])));
  });

  it('gives an organization of a larger weight more turns', async () => {
    const { scheduler, grants } = await world().boot({ engine: { concurrency: 1 } });
    await grants.put('globex', { weight: 3 });
    world().workshop.answering = byHand;
    const due = (organization: string, name: string, at = T0 + 5000) =>
      scheduler.for(organization).schedule(work({ triggers: once(at), parameters: { name }, timeoutMs: 600_000 }));
    await due('initech', 'first', T0 + 3000);
    for (let i = 0; i < 9; i++) for (const organization of ['acme', 'globex']) await due(organization, organization);
    await world().advance(6500);
    const order = (await orderOf(9)).slice(1);
    expect(order.filter((name) => name === 'globex').length).toBeGreaterThanOrEqual(5);
    expect(order.filter((name) => name === 'acme').length).toBeGreaterThanOrEqual(2);
  });

  it('lets a burst of one organization delay a run of another by one run at the most', async () => {
    const { tasks, scheduler } = await world().boot({ engine: { concurrency: 10 } });
    const { clock } = world();
    world().workshop.answering = () => clock.sleep(1000);
    const burst = work({ triggers: once(T0 + 5000) });
    for (let i = 0; i < 10; i++)
      await tasks.createMany(
        'acme',
        Array.from({ length: 1000 }, () => burst),
      );
    const singles = [5000, 5500].map((offset) =>
      scheduler.for('globex').schedule(work({ triggers: once(T0 + offset) })),
    );
    await world().advance(6600);
    for (const single of await Promise.all(singles)) {
      const [run] = await world().runsOf(single, 'globex');
      expect(run!.latenessMs).toBeLessThanOrEqual(1000);
    }
    // Work went on second after second, in half of the slots and in those left for others.
    expect(world().workshop.calls.length).toBeGreaterThan(10);
  }, 120_000);

  it('does the same for what was asked for by hand, which is stored where no slot is free', async () => {
    const { scheduler } = await world().boot({ engine: { concurrency: 10 } });
    const { clock } = world();
    world().workshop.answering = () => clock.sleep(1000);
    const [acme, globex] = [scheduler.for('acme'), scheduler.for('globex')];
    const many = await acme.schedule(work({ overlap: 'allow' }));
    const [asked, byTime] = [await globex.schedule(work()), await globex.schedule(work({ triggers: once(T0 + 2000) }))];
    await world().done(Promise.all(Array.from({ length: 200 }, () => acme.runNow(many.id))));
    await world().advance(500);
    await world().done(globex.runNow(asked.id));
    await world().advance(3000);
    for (const single of [asked, byTime]) {
      const [run] = await world().runsOf(single, 'globex');
      expect(run).toMatchObject({ state: expect.stringMatching('running|succeeded') });
      expect(run!.latenessMs).toBeLessThanOrEqual(1000);
    }
    expect(world().workshop.calls.length).toBeGreaterThanOrEqual(15);
  });

  it('lets what has waited for long go before what is more important', async () => {
    const { scheduler } = await world().boot({ engine: { concurrency: 1 } });
    world().workshop.answering = byHand;
    const due = (name: string, priority: number, at: number) =>
      scheduler.schedule(work({ triggers: once(at), priority, parameters: { name }, timeoutMs: 600_000 }));
    await due('blocker', 5, T0 + 2000);
    await due('patient', 1, T0 + 4000);
    await world().advance(64_000);
    await due('late', 5, T0 + 65_000);
    await world().advance(2000);
    expect(await orderOf(3)).toEqual(['blocker', 'patient', 'late']);
  });

  it('runs everything that was asked for by hand, never two at a time, and loses no slot', async () => {
    const { scheduler, slots } = await world().boot({ engine: { concurrency: 1 } });
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(work({ overlap: 'allow', timeoutMs: 600_000 }));
    const runs = await Promise.all(Array.from({ length: 6 }, () => scheduler.runNow(task.id)));
    await orderOf(6);
    for (const run of runs) await world().inState(run, 'succeeded');
    expect(slots.taken).toBe(0);
  });
});
