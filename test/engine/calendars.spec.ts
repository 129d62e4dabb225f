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

  it('refuses a calendar that there is none of', async () => {
    const a = await world().boot();
    const detail = 'is no calendar of the organization: "none"';
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
