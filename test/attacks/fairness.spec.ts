import { expect, it } from '@jest/globals';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { atOnce, byHand } from '../support/workshop.js';

const PLACES = 40;
const DAY = 86_400_000;
/** Half of the places, and what is left of them beside the reserve. */
const [HALF, ALL_BUT_RESERVE] = [20, 38];

/** Work that never ends by itself. */
const hoarding = work({ parameters: { hoards: true }, timeoutMs: DAY, overlap: 'allow' });
const calm = { engine: { concurrency: PLACES, heartbeatMs: 1000, lockLifeMs: 600_000 } };

describeEngine('an organization that holds places for ever', (world) => {
  const boot = () => {
    world().workshop.answering = (call) => (call.context.parameters['hoards'] ? byHand(call) : atOnce(call));
    return world().boot(calm);
  };
  const hoard = async ({ tasks }: EngineInstance, organization: string, everyMs = 1000) => {
    const inputs = Array.from({ length: 3 * PLACES }, () => ({ ...hoarding, triggers: [every(everyMs)] }));
    await world().done(tasks.createMany(organization, inputs));
  };
  const startsOf = (task: { id: string }) => world().workshop.of(task.id).length;

  it('leaves a newcomer a place at once, for what is due and for what is asked for', async () => {
    const instance = await boot();
    await hoard(instance, 'acme');
    await world().advance(5000);
    expect(instance.slots.heldBy('acme')).toBe(ALL_BUT_RESERVE);
    for (const organization of ['globex', 'initech']) {
      const scheduler = instance.scheduler.for(organization);
      const each = await scheduler.schedule(work({ triggers: [every(1000)] }));
      await world().advance(10_000);
      const runs = await world().runsOf(each, organization);
      const ended = runs.filter(({ state }) => state === 'succeeded');
      expect(ended.length).toBeGreaterThanOrEqual(9);
      expect(Math.max(...ended.slice(1).map(({ latenessMs }) => latenessMs!))).toBeLessThanOrEqual(50);
      const asked = await world().done(scheduler.runNow(each.id));
      const run = await world().done(scheduler.getRun(asked.id));
      expect(run.latenessMs ?? 0).toBeLessThanOrEqual(50);
    }
    expect(instance.slots.heldBy('acme')).toBe(ALL_BUT_RESERVE);
  });

  it('gets no more than half of them while another one has work', async () => {
    const instance = await boot();
    const each = await instance.scheduler.for('globex').schedule(work({ triggers: [every(1000)] }));
    await world().advance(2000);
    await hoard(instance, 'acme');
    const asked = await instance.scheduler.for('acme').schedule(hoarding);
    for (let i = 0; i < PLACES; i++) await world().done(instance.scheduler.for('acme').runNow(asked.id));
    await world().advance(10_000);
    expect(instance.slots.heldBy('acme')).toBe(HALF);
    expect(startsOf(each)).toBeGreaterThanOrEqual(11);
    // What waits by that rule says so.
    const waiting = (await world().runsOf(asked, 'acme')).find(({ state }) => state === 'pending')!;
    const told = await instance.scheduler.for('acme').explain(asked.id, new Date(waiting.scheduledFor));
    expect(told).toMatchObject({ code: 'share', outcome: 'pending' });
    expect(told.sentence).toContain(`holds ${HALF} of the ${PLACES} places`);
  });

  it('gets no more than half of several instances, wherever the work of others is', async () => {
    const instances = [await boot(), await boot()];
    const [first] = instances as [EngineInstance, ...EngineInstance[]];
    const each = await first.scheduler.for('globex').schedule(work({ triggers: [every(1000)] }));
    await world().advance(8000);
    await hoard(first, 'acme', 2000);
    await world().advance(10_000);
    const held = instances.map(({ slots }) => slots.heldBy('acme'));
    expect(Math.max(...held)).toBeLessThanOrEqual(HALF);
    expect(startsOf(each)).toBeGreaterThanOrEqual(16);
  });

  it('hands its share on when its runs end, and gets the rest once it is alone for long', async () => {
    const instance = await boot();
    const each = await instance.scheduler.for('globex').schedule(work({ triggers: [every(1000)] }));
    await world().advance(2000);
    await hoard(instance, 'acme', 60_000);
    await world().advance(60_000);
    expect(instance.slots.heldBy('acme')).toBe(HALF);
    await world().done(instance.scheduler.for('globex').remove(each.id));
    for (const call of world().workshop.calls.slice(-5)) call.succeed();
    await world().advance(1000);
    expect(instance.slots.heldBy('acme')).toBe(HALF);
    await world().advance(11 * 60_000);
    expect(instance.slots.heldBy('acme')).toBe(ALL_BUT_RESERVE);
  });
});
