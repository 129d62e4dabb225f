import { expect, it } from '@jest/globals';
import { InvalidInputError } from '../../src/domain/errors.js';
import { SettingsService } from '../../src/organizations/settings.service.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';

const MINUTE = 60_000;
/** `T0` is nine o'clock. */
const break3 = { breaks: { windows: [{ from: '09:02', to: '09:05' }] } };

describeEngine('calendars', (world) => {
  const settingsOf = (instance: EngineInstance) => instance.module.get(SettingsService, { strict: false });
  const set = (instance: EngineInstance, calendars: object) =>
    world().done(settingsOf(instance).put('default', { calendars }));
  const minutesOf = (task: { id: string }) =>
    world()
      .workshop.of(task.id)
      .map(({ context }) => (context.run.scheduledFor.getTime() - T0) / MINUTE);
  const minutely = (calendars: string[]) => work({ triggers: [every(MINUTE)], calendars });
  const ledgerOf = (instance: EngineInstance, task: { id: string }) =>
    instance.runStore.ledger('default', task.id, { from: T0, before: T0 + 60 * MINUTE, limit: 10 });

  it('leaves out what the calendar names, and tells so in one entry of the ledger', async () => {
    const a = await world().boot();
    await set(a, break3);
    const task = await a.scheduler.schedule(minutely(['breaks']));
    expect((await a.tasks.nextRuns('default', task.id, 2)).map(({ at }) => (at - T0) / MINUTE)).toEqual([1, 5]);
    await world().advance(6.5 * MINUTE);
    expect(minutesOf(task)).toEqual([1, 5, 6]);
    expect(await ledgerOf(a, task)).toMatchObject([
      { from: T0 + 2 * MINUTE, to: T0 + 4 * MINUTE, count: 3, outcome: 'skipped', reason: 'calendar breaks' },
    ]);
  });

  it('lets run later what a calendar that shifts leaves out, once, under its nominal time', async () => {
    const a = await world().boot();
    await set(a, break3);
    const uses = { calendars: [{ name: 'breaks', mode: 'shift' as const }] };
    const often = await a.scheduler.schedule(work({ triggers: [every(MINUTE)], ...uses }));
    const rare = await a.scheduler.schedule(
      work({ triggers: [every(3 * MINUTE)], maxRuns: 2, spreadMs: 100, ...uses }),
    );
    const [first] = await a.tasks.nextRuns('default', rare.id, 1);
    expect(first).toMatchObject({ at: T0 + 3 * MINUTE, calendar: 'breaks' });
    await world().advance(4.5 * MINUTE);
    // A change keeps the occurrence that waits for the end of the window, and revokes its run if that was armed.
    await world().done(a.tasks.change('default', rare.id, { priority: 7 }));
    await world().advance(2 * MINUTE);
    expect(minutesOf(often)).toEqual([1, 5, 6]);
    expect(minutesOf(rare)).toEqual([3, 6]);
    const [moved] = await world().runsOf(rare);
    expect(moved!.dueAt).toBe(rare.next!.dueAt);
    expect(moved!.dueAt - (T0 + 5 * MINUTE)).toBeLessThanOrEqual(100);
    expect(moved!.latenessMs).toBeLessThan(100);
    expect(await a.tasks.get('default', rare.id)).toMatchObject({ state: 'completed', scheduledRuns: 2 });
    expect(await ledgerOf(a, often)).toMatchObject([
      { from: T0 + 2 * MINUTE, to: T0 + 4 * MINUTE, count: 3, outcome: 'coalesced', reason: 'calendar breaks' },
    ]);
  });

  it('judges the age of what it moved by when it was to start', async () => {
    const a = await world().boot();
    await set(a, break3);
    const rare = await a.scheduler.schedule(
      work({
        triggers: [{ type: 'once', at: new Date(T0 + 2 * MINUTE).toISOString() }],
        calendars: [{ name: 'breaks', mode: 'shift' }],
        misfire: { maxAgeMs: 2 * MINUTE },
      }),
    );
    await world().done(a.stop());
    await world().clock.advanceTo(T0 + 6 * MINUTE);
    await world().boot();
    await world().advance(1000);
    expect(minutesOf(rare)).toEqual([2]);
  });

  it('refuses a calendar that there is none of', async () => {
    const a = await world().boot();
    const detail = 'is not a calendar of the organization: "none"';
    const refusal = new InvalidInputError([{ pointer: '/calendars/0', detail }]);
    await expect(a.scheduler.schedule(minutely(['none']))).rejects.toThrow(refusal);
    const task = await a.scheduler.schedule(minutely([]));
    await expect(a.tasks.change('default', task.id, { calendars: ['none'] })).rejects.toThrow(refusal);
  });

  it('follows a change of the calendar, in either direction', async () => {
    const a = await world().boot();
    await set(a, break3);
    const task = await a.scheduler.schedule(minutely(['breaks']));
    await world().advance(1.5 * MINUTE);
    await set(a, { breaks: { windows: [{ from: '09:03', to: '09:04' }] } });
    await world().advance(4 * MINUTE);
    expect(minutesOf(task)).toEqual([1, 2, 4, 5]);
    await set(a, {});
    await world().advance(MINUTE);
    expect(minutesOf(task)).toEqual([1, 2, 4, 5, 6]);
    expect(await ledgerOf(a, task)).toMatchObject([{ from: T0 + 3 * MINUTE, to: T0 + 3 * MINUTE, count: 1 }]);
  });
});
