import { expect, it } from '@jest/globals';
import { InvalidInputError } from '../../src/domain/errors.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';

const PERIOD = 12_000;
const iso = (periods: number) => new Date(T0 + periods * PERIOD).toISOString();

describeEngine('window, number of runs and spread', (world) => {
  const periodic = (fields: Partial<TaskInput>) => work({ triggers: [every(PERIOD)], ...fields });
  const periodsOf = (task: { id: string }) =>
    world()
      .workshop.of(task.id)
      .map(({ context }) => (context.run.scheduledFor.getTime() - T0) / PERIOD);

  it('runs from startAt on and before endAt, and then is completed', async () => {
    const { scheduler, tasks } = await world().boot();
    const task = await scheduler.schedule(periodic({ startAt: iso(2), endAt: iso(4) }));
    expect(task.next?.scheduledFor).toBe(T0 + 2 * PERIOD);
    await world().advance(6 * PERIOD);
    expect(periodsOf(task)).toEqual([2, 3]);
    expect((await tasks.get('default', task.id)).state).toBe('completed');
  });

  it('refuses a window that is empty', async () => {
    const { scheduler } = await world().boot();
    const refused = scheduler.schedule(periodic({ startAt: iso(2), endAt: iso(2) }));
    await expect(refused).rejects.toThrow(
      new InvalidInputError([{ pointer: '/endAt', detail: 'must be after startAt' }]),
    );
  });

  it('runs maxRuns times, whatever is run by hand, and again when more is allowed', async () => {
    const { scheduler, tasks } = await world().boot();
    const task = await scheduler.schedule(periodic({ maxRuns: 2 }));
    expect(await tasks.nextRuns('default', task.id, 10)).toHaveLength(2);
    await world().advance(1.5 * PERIOD);
    await tasks.run('default', task.id);
    expect(await tasks.nextRuns('default', task.id, 10)).toEqual([{ at: T0 + 2 * PERIOD }]);
    await world().advance(3 * PERIOD);
    expect(await tasks.get('default', task.id)).toMatchObject({ state: 'completed', scheduledRuns: 2, next: null });
    await tasks.change('default', task.id, { maxRuns: 3 });
    await world().advance(3 * PERIOD);
    expect(await tasks.get('default', task.id)).toMatchObject({ state: 'completed', scheduledRuns: 3 });
    expect((await world().runsOf(task)).map(({ trigger }) => trigger)).toEqual([
      'schedule',
      'manual',
      'schedule',
      'schedule',
    ]);
  });

  it('does not count what was armed and is revoked by a change', async () => {
    const { scheduler, tasks } = await world().boot({ engine: { armingMs: 1000 } });
    const task = await scheduler.schedule(periodic({ maxRuns: 1 }));
    await world().advance(PERIOD - 500);
    expect(await tasks.get('default', task.id)).toMatchObject({ state: 'active', scheduledRuns: 1 });
    const changed = await world().done(tasks.change('default', task.id, { priority: 7 }));
    expect(changed).toMatchObject({ state: 'active', scheduledRuns: 0, next: { scheduledFor: T0 + PERIOD } });
    await world().advance(3 * PERIOD);
    expect(periodsOf(task)).toEqual([1]);
    expect(await tasks.get('default', task.id)).toMatchObject({ state: 'completed', scheduledRuns: 1 });
  });

  it('counts the runs that there are where whoever changed the task did not live to', async () => {
    const { scheduler, tasks, module } = await world().boot();
    const taskStore = module.get(TaskStore, { strict: false });
    const task = await scheduler.schedule(periodic({ maxRuns: 3 }));
    await world().advance(1.5 * PERIOD);
    const changed = await world().done(tasks.change('default', task.id, { priority: 7 }));
    await world().done(taskStore.replace('default', { ...changed, scheduledRuns: 0 }, changed));
    await world().advance(5 * PERIOD);
    expect(periodsOf(task)).toEqual([1, 2, 3]);
    expect((await tasks.get('default', task.id)).state).toBe('completed');
  });

  it('keeps nominal and effective time apart, and measures lateness by the latter', async () => {
    const { scheduler, tasks } = await world().boot();
    const task = await scheduler.schedule(periodic({ spreadMs: 8000 }));
    const offset = task.next!.dueAt - task.next!.scheduledFor;
    expect(offset).toBeGreaterThan(0);
    const planned = { at: T0 + PERIOD, dueAt: T0 + PERIOD + offset };
    expect(await tasks.nextRuns('default', task.id, 1)).toEqual([planned]);
    await world().advance(PERIOD + offset - 100);
    expect(world().workshop.of(task.id)).toEqual([]);
    await world().advance(200 + 2 * PERIOD);
    expect(periodsOf(task)).toEqual([1, 2, 3]);
    for (const run of await world().runsOf(task)) {
      expect(run.dueAt).toBe(run.scheduledFor + offset);
      expect(run.latenessMs).toBeLessThan(100);
    }
  });

  it('keeps an occurrence that waits for its spread through a change', async () => {
    const { scheduler, tasks } = await world().boot();
    const task = await scheduler.schedule(periodic({ spreadMs: 8000 }));
    await world().advance(PERIOD + (task.next!.dueAt - task.next!.scheduledFor) / 2);
    const changed = await world().done(tasks.change('default', task.id, { priority: 7 }));
    expect(changed.next).toEqual(task.next);
    await world().done(tasks.change('default', task.id, { spreadMs: 0 }));
    await world().advance(PERIOD);
    expect(periodsOf(task)[0]).toBe(1);
  });

  it('writes off, pauses and counts together: misfire, pause, spread, two triggers and maxRuns', async () => {
    const a = await world().boot();
    const task = await a.scheduler.schedule(
      work({
        triggers: [every(PERIOD), every(1.5 * PERIOD)],
        spreadMs: 4000,
        misfire: { policy: 'fire-all', maxCount: 2, graceMs: 100 },
        maxRuns: 6,
        overlap: 'allow',
        endAt: iso(30),
      }),
      { key: 'combined' },
    );
    await world().advance(2 * PERIOD - 400);
    expect(periodsOf(task)).toEqual([1, 1.5]);
    await world().done(a.scheduler.pause(task.id, 'lunch'));
    await world().advance(2 * PERIOD);
    await world().done(a.scheduler.resume(task.id));
    await world().advance(PERIOD);
    expect(periodsOf(task)).toEqual([1, 1.5, 4, 4.5]);
    await world().done(a.stop());
    await world().clock.advanceTo(T0 + 10.9 * PERIOD);
    const { tasks, runStore } = await world().boot();
    await world().advance(5 * PERIOD);
    // Due were 5, 6, 7, 7.5, 8, 9, 10 and 10.5; the last two of the missed ones run.
    expect(periodsOf(task)).toEqual([1, 1.5, 4, 4.5, 10, 10.5]);
    const ledger = await runStore.ledger('default', task.id, { from: T0, before: T0 + 60 * PERIOD, limit: 10 });
    expect(ledger).toMatchObject([
      { from: T0 + 2 * PERIOD, to: T0 + 3 * PERIOD, count: 2, outcome: 'skipped' },
      { from: T0 + 5 * PERIOD, to: T0 + 9 * PERIOD, count: 6, outcome: 'missed' },
    ]);
    expect(await tasks.get('default', task.id)).toMatchObject({ state: 'completed', scheduledRuns: 6 });
  });
});
