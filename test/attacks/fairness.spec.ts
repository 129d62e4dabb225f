import { expect, it } from '@jest/globals';
import type { Task } from '../../src/domain/task.js';
import { RunIntake } from '../../src/scheduling/runs/run-intake.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { atOnce, byHand } from '../support/workshop.js';

const SLOTS = 40;
const DAY = 86_400_000;
/** Half of the slots, and all slots except the reserve. */
const [HALF, ALL_BUT_RESERVE] = [20, 38];

/** Work that never ends by itself. */
const hoarding = work({ parameters: { hoards: true }, timeoutMs: DAY, overlap: 'allow' });
const calm = { engine: { concurrency: SLOTS, heartbeatMs: 1000, lockLifeMs: 600_000 } };

describeEngine('an organization that holds slots for ever', (world) => {
  const boot = () => {
    world().workshop.answering = (call) => (call.context.parameters['hoards'] ? byHand(call) : atOnce(call));
    return world().boot(calm);
  };
  const hoard = async ({ tasks }: EngineInstance, organization: string, everyMs = 1000) => {
    const inputs = Array.from({ length: 3 * SLOTS }, () => ({ ...hoarding, triggers: [every(everyMs)] }));
    await world().done(tasks.createMany(organization, inputs));
  };
  const startsOf = (task: { id: string }) => world().workshop.of(task.id).length;

  it('leaves a newcomer a slot at once, for what is due and for what is asked for', async () => {
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
    for (let i = 0; i < SLOTS; i++) await world().done(instance.scheduler.for('acme').runNow(asked.id));
    await world().advance(10_000);
    expect(instance.slots.heldBy('acme')).toBe(HALF);
    expect(startsOf(each)).toBeGreaterThanOrEqual(11);
    // A run that waits because of this rule says so.
    const waiting = (await world().runsOf(asked, 'acme')).find(({ state }) => state === 'pending')!;
    const told = await instance.scheduler.for('acme').explain(asked.id, new Date(waiting.scheduledFor));
    expect(told).toMatchObject({ code: 'share', outcome: 'pending' });
    expect(told.sentence).toContain(`holds ${HALF} of the ${SLOTS} slots`);
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

  it('takes over what another instance held within the same bounds', async () => {
    const [dying, living] = [await boot(), await boot()];
    const each = await living.scheduler.for('globex').schedule(work({ triggers: [every(1000)] }));
    await world().advance(6000);
    await hoard(dying, 'acme', 2000);
    await world().advance(6000);
    await dying.crash(living);
    const before = startsOf(each);
    await world().advance(10_000);
    expect(living.slots.heldBy('acme')).toBe(HALF);
    expect(startsOf(each) - before).toBeGreaterThanOrEqual(8);
  });

  it('keeps nothing of others waiting behind its backlog when they were down together', async () => {
    const first = await boot();
    const each = await first.scheduler.for('globex').schedule(work({ triggers: [every(60_000)] }));
    await hoard(first, 'acme', 20_000);
    await world().done(first.stop());
    await world().clock.advance(200_000);
    const second = await boot();
    await world().advance(2000);
    expect(second.slots.heldBy('acme')).toBeLessThanOrEqual(ALL_BUT_RESERVE);
    expect(startsOf(each)).toBe(1);
    await world().advance(100_000);
    expect(startsOf(each)).toBeGreaterThanOrEqual(2);
  });

  it('cannot keep its task from being changed, paused and deleted by being due all the time', async () => {
    const { scheduler, lockStore } = await boot();
    const acme = scheduler.for('acme');
    const always = work({ triggers: [{ type: 'interval', everyMs: 1 }], overlap: 'allow' });
    const [changed, paused, removed] = await Promise.all([1, 2, 3].map(() => acme.schedule(always)));
    for (let i = 0; i < 300; i++) await world().clock.advance(10);
    const act = async (what: Promise<unknown>) => {
      let settled = false;
      void what.finally(() => (settled = true));
      const before = world().clock.now();
      while (!settled) {
        await world().clock.advance(1);
        // Lets the store answer before more time passes.
        for (let i = 0; i < 5; i++) await lockStore.holders(['nobody']);
      }
      return world().clock.now() - before;
    };
    expect(await act(acme.change(changed!.id, { name: 'changed' }))).toBeLessThan(100);
    expect(await act(acme.pause(paused!.id, 'enough'))).toBeLessThan(100);
    expect(await act(acme.remove(removed!.id))).toBeLessThan(100);
  });

  it('asks for so many runs at once that they stand before nobody else', async () => {
    const { scheduler, module } = await world().boot({ engine: { concurrency: 1000 } });
    const [acme, globex] = [scheduler.for('acme'), scheduler.for('globex')];
    const [many, one] = [await acme.schedule(work({ overlap: 'allow' })), await globex.schedule(work())];
    const intake = module.get(RunIntake, { strict: false });
    const ask = (task: Task) => intake.manual({ task, lookedAt: 0 });
    let stored = 0;
    const crowd = Array.from({ length: 6000 }, () => ask(many).then(() => stored++));
    const before = await world().done(ask(one).then(() => stored));
    // At most two batches come first: the one that was being written, and the one that holds this run.
    expect(before).toBeLessThanOrEqual(2000);
    await world().done(Promise.all(crowd));
    expect(stored).toBe(6000);
  });
});
