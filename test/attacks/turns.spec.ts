import { expect, it } from '@jest/globals';
import type { Run } from '../../src/domain/run.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { LONGEST_LINE, SlotQueue } from '../../src/scheduling/dispatch/slot-queue.js';
import { HeldRuns } from '../../src/scheduling/holding/held-runs.js';
import { RunIntake } from '../../src/scheduling/runs/run-intake.js';
import { aRun, T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const HOUR = 3_600_000;

describeEngine('an organization that brings very much at once', (world) => {
  it('has its retries stand in line as far as they are of use there, and others go beside them', async () => {
    const { module, slots } = await world().boot({ engine: { concurrency: 10 } });
    const [held, line] = [module.get(HeldRuns, { strict: false }), module.get(SlotQueue, { strict: false })];
    for (let taken = 0; taken < 10; taken++) slots.take('initech');
    const dueAt = T0 + 1000;
    const wait = (organization: string) => held.keepInMind(aRun({ organization, dueAt, attempt: 1 }), dueAt);
    for (let count = 0; count < 3 * LONGEST_LINE; count++) wait('acme');
    for (const organization of ['globex', 'umbrella']) wait(organization);
    await world().advance(1000);
    expect(line.waitingOf('acme')).toBeLessThanOrEqual(LONGEST_LINE);
    expect(line.waitingOf('acme')).toBeGreaterThan(0);
    expect([line.waitingOf('globex'), line.waitingOf('umbrella')]).toEqual([1, 1]);
    // None of the others is forgotten, also if everything in line was dropped.
    for (const hold of held.in('ready').filter(({ run }) => line.waitingOf('acme') > 0 && run.organization === 'acme'))
      held.leave(hold);
    for (let taken = 0; taken < 10; taken++) slots.release('initech');
    await world().until(() => held.count('ready') === 0);
  });

  it.each([
    ['in small parts while another one is here', true, 250],
    ['in as few as may be while it is alone', false, 1000],
  ])('has what is due written %s', async (_, isShared, most) => {
    const instance = await world().boot({ engine: { concurrency: 4000 } });
    const { tasks, scheduler, gate } = instance;
    if (isShared) await scheduler.for('globex').schedule(work({ triggers: [every(1000)] }));
    const task = await scheduler.for('acme').schedule(work({ overlap: 'allow' }));
    const once = work({ triggers: [{ type: 'once', at: new Date(T0 + 8000).toISOString() }] });
    await world().done(tasks.createMany('acme', Array<TaskInput>(700).fill(once)));
    await world().advance(6000);
    const sizes: Record<string, number[]> = { open: [], insert: [], update: [] };
    const makeWay = gate.obstruct((method, [items]) => {
      const { length } = items as unknown[];
      if (!sizes[method] || length < 20) return;
      sizes[method].push(length);
      // The store takes its time.
      return world().clock.sleep(length / 5);
    });
    await world().advanceHeldUp(3000, instance);
    const intake = instance.module.get(RunIntake, { strict: false });
    const asked = Array.from({ length: 1200 }, () => intake.manual({ task, lookedAt: 0 }));
    const hasStarted = () => world().workshop.of(task.id).length === asked.length;
    await world().untilHeldUp(() => hasStarted() && !gate.isBusy, instance);
    makeWay();
    await Promise.all(asked);
    for (const [method, written] of Object.entries(sizes)) {
      expect(written.length).toBeGreaterThan(0);
      // What is asked for is always stored in small parts: one event may ask for thousands.
      const ofMethod = method === 'insert' ? 100 : most;
      expect(Math.max(...written)).toBeLessThanOrEqual(ofMethod);
      if (!isShared) expect(Math.max(...written)).toBeGreaterThan(ofMethod / 2);
    }
  });

  it('has its failed runs driven again, except for one that cannot be stored', async () => {
    world().workshop.answering = byHand;
    const { scheduler, gate } = await world().boot();
    const task = await scheduler.schedule(
      work({ triggers: [every(1000)], overlap: 'allow', retry: { maxAttempts: 1 } }),
    );
    for (let failed = 0; failed < 7; failed++) {
      await world().advance(1000);
      world().workshop.last().fail(new Error('no bread'));
    }
    await world().done(scheduler.pause(task.id, 'enough'));
    const plan = await world().done(scheduler.retryRuns({ dryRun: true }));
    expect(plan.failed.length).toBeGreaterThanOrEqual(6);
    const poison = plan.runIds[3]!;
    const remove = gate.obstruct((method, [runs]) => {
      if (method === 'insert' && (runs as Run[]).some(({ id }) => id === poison)) throw new TypeError('poison');
    });
    const made = await world().done(scheduler.retryRuns());
    const others = plan.runIds.filter((id) => id !== poison);
    expect(made).toMatchObject({ runIds: others, existing: 0 });
    expect(made.failed.map(({ id }) => id)).toEqual(plan.failed.map(({ id }) => id).filter((_, index) => index !== 3));
    expect(world().logged.join('\n')).toContain(`${poison} cannot be stored: poison`);
    remove();
    expect(await world().done(scheduler.retryRuns())).toMatchObject({ runIds: [poison], existing: others.length });
  });

  it('has occurrences made up for, except for one that cannot be stored, and reads none of those that wait', async () => {
    const { scheduler, gate } = await world().boot();
    const task = await scheduler.schedule(
      work({ triggers: [every(HOUR)], startAt: new Date(T0 - 1000 * HOUR).toISOString() }),
    );
    const range = (from: number, to: number) => ({ from: new Date(T0 + from * HOUR), to: new Date(T0 + to * HOUR) });
    const backfill = (from: number, to: number) =>
      world().done(scheduler.backfill(task.id, { ...range(from, to), everyMs: HOUR }));
    const first = await backfill(-400, -100);
    expect(first.runIds).toHaveLength(300);
    const plan = await world().done(scheduler.backfill(task.id, { ...range(-100, -90), dryRun: true }));
    const [poison] = plan.runIds;
    let read = 0;
    gate.obstruct((method, [runs]) => {
      if (method === 'unfinishedOf' || method === 'heldBeside') read++;
      if (method === 'makeUp' && (runs as Run[]).some(({ id }) => id === poison)) throw new TypeError('poison');
    });
    const second = await backfill(-100, -90);
    expect(second.runIds).toEqual(plan.runIds.slice(1));
    expect(read).toBe(0);
    // Two backfills are no faster than one.
    const dueAt = async (id: string) => (await scheduler.getRun(id)).dueAt;
    expect(await dueAt(second.runIds[0]!)).toBeGreaterThan(await dueAt(first.runIds.at(-1)!));
  });
});
