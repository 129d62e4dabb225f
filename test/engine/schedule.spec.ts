import { expect, it } from '@jest/globals';
import { AuditStore } from '../../src/audit/audit.store.js';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import { occurrenceRunId } from '../../src/domain/ids.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';

const iso = (instant: number) => new Date(instant).toISOString();

describeEngine('what is due', (world) => {
  it('starts cron, interval and once at their instants, each run under the id of its occurrence', async () => {
    const { scheduler } = await world().boot();
    const cron = await scheduler.schedule(work({ triggers: [{ type: 'cron', expression: '*/5 * * * * *' }] }));
    const interval = await scheduler.schedule(work({ triggers: [every(4000)] }));
    const once = await scheduler.schedule(work({ triggers: [{ type: 'once', at: iso(T0 + 7250) }] }));
    await world().advance(12_500);
    for (const [task, instants] of [
      [cron, [5000, 10_000]],
      [interval, [4000, 8000, 12_000]],
      [once, [7250]],
    ] as const) {
      const runs = await world().runsOf(task);
      expect(runs.filter(({ state }) => state === 'succeeded').map(({ scheduledFor }) => scheduledFor - T0)).toEqual(
        instants,
      );
      for (const run of runs.filter(({ state }) => state === 'succeeded')) {
        expect(run).toMatchObject({ latenessMs: 0, startedAt: run.scheduledFor, trigger: 'schedule', attempt: 1 });
        expect(run.id).toBe(occurrenceRunId(task.id, run.scheduledFor));
      }
      expect(world().workshop.of(task.id)).toHaveLength(instants.length);
    }
    expect((await scheduler.get(once.id)).state).toBe('completed');
  });

  it('makes one run of two triggers that are due together', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(
      work({ triggers: [every(2000), { type: 'cron', expression: '*/4 * * * * *' }, every(6000)] }),
    );
    await world().advance(12_000);
    const instants = world()
      .workshop.of(task.id)
      .map(({ at }) => at - T0);
    expect(instants).toEqual([2000, 4000, 6000, 8000, 10_000, 12_000]);
  });

  it('starts a task that was scheduled for a time nearer than the arming, and one whose time is now', async () => {
    const { scheduler } = await world().boot();
    const soon = await scheduler.schedule(work({ triggers: [{ type: 'once', at: iso(T0 + 10) }] }));
    const now = await scheduler.schedule(work({ triggers: [{ type: 'once', at: iso(T0) }] }));
    await world().advance(50);
    expect(world().workshop.of(soon.id).map(({ at }) => at - T0)).toEqual([10]); // prettier-ignore
    expect(world().workshop.of(now.id).map(({ at }) => at - T0)).toEqual([0]); // prettier-ignore
  });

  it('starts what lies beyond the horizon and beyond what the heap holds', async () => {
    const { scheduler } = await world().boot({ engine: { heapLimit: 3, horizonMs: 10_000 } });
    const tasks = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        scheduler.schedule(work({ triggers: [{ type: 'once', at: iso(T0 + 1000 + i * 2500) }] })),
      ),
    );
    await world().advance(35_000);
    for (const [i, task] of tasks.entries()) {
      const [run, ...others] = await world().runsOf(task);
      expect(others).toEqual([]);
      expect({ i, state: run?.state, late: run?.latenessMs }).toEqual({ i, state: 'succeeded', late: 0 });
    }
  });

  it('starts a thousand occurrences of one instant at that instant', async () => {
    const { tasks } = await world().boot();
    const results = await tasks.createMany(
      'default',
      Array.from({ length: 1000 }, () => work({ triggers: [{ type: 'once', at: iso(T0 + 5000) }] })),
    );
    expect(results).toHaveLength(1000);
    await world().advance(5000);
    expect(world().workshop.calls).toHaveLength(1000);
    expect(new Set(world().workshop.calls.map(({ at }) => at - T0))).toEqual(new Set([5000]));
  });

  it('records each task of many that was stored, though the store fails on the last ones', async () => {
    const { scheduler, gate, module } = await world().boot();
    let inserts = 0;
    gate.obstruct((method) => {
      if (method === 'insert' && ++inserts > 2) throw new StoreUnavailableError('The store cannot be reached.');
    });
    const many = scheduler.scheduleMany(Array.from({ length: 3500 }, () => work()));
    await expect(many).rejects.toThrow(StoreUnavailableError);
    await world().settle();
    const { items: stored } = await module.get(TaskStore, { strict: false }).list('default', {}, { limit: 5000 });
    const trail = await module.get(AuditStore, { strict: false }).chain('default', {}, 0, 5000);
    expect(stored).toHaveLength(500);
    expect(trail.flatMap(({ objects }) => objects).sort()).toEqual(stored.map(({ id }) => id).sort());
  });

  it('starts a manual run at once and moves no schedule', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(work({ triggers: [every(5000)] }));
    const run = await scheduler.runNow(task.id);
    await world().settle();
    expect(await scheduler.getRun(run.id)).toMatchObject({ state: 'succeeded', trigger: 'manual', latenessMs: 0 });
    expect((await scheduler.get(task.id)).next?.scheduledFor).toBe(T0 + 5000);
    await world().advance(5000);
    expect(world().workshop.of(task.id)).toHaveLength(2);
  });

  it('returns the existing task when start-up code schedules it again under its id', async () => {
    const { scheduler } = await world().boot();
    const first = await scheduler.schedule(work({ name: 'first' }), { key: 'nightly' });
    const again = await scheduler.schedule(work({ name: 'second' }), { key: 'nightly' });
    expect(again).toEqual(first);
    expect(world().logged.filter((line) => line.includes('"nightly"'))).toHaveLength(1);
    await scheduler.schedule(work({ name: 'first' }), { key: 'nightly' });
    expect(world().logged.filter((line) => line.includes('"nightly"'))).toHaveLength(1);
  });

  it('gives the task under a key another definition when start-up code asks for that, and only then', async () => {
    const { scheduler } = await world().boot();
    const at = (everyMs: number, fields = {}) =>
      work({ triggers: [every(everyMs)], parameters: { a: 1, b: 2 }, ...fields });
    const change = { key: 'nightly', onExisting: 'change' } as const;
    const first = await scheduler.schedule(at(5000, { secrets: { token: 'one', other: 'two' } }), change);
    expect(first.id).toBe(scheduler.idOf('nightly'));
    expect(await scheduler.schedule(at(5000, { secrets: { other: 'two', token: 'one' } }), change)).toEqual(first);
    expect(await scheduler.schedule(at(5000), change)).toEqual(first);

    const changed = await scheduler.schedule(at(2000, { parameters: { b: 3 }, secrets: { token: 'new' } }), change);
    expect(changed).toMatchObject({ id: first.id, generation: first.generation + 1 });
    expect(changed.definition.parameters).toEqual({ b: 3 });
    await world().advance(5000);
    const calls = world().workshop.of(first.id);
    expect(calls.map(({ at: when }) => when - T0)).toEqual([2000, 4000]);
    expect(calls[0]!.context.secrets).toEqual({ token: 'new' });

    await scheduler.pause(first.id, 'by hand');
    expect(await scheduler.schedule(at(1000), change)).toMatchObject({ state: 'paused', pausedReason: 'by hand' });
    await expect(scheduler.schedule(work({ name: '' }), change)).rejects.toThrow('name');
  });
});
