import { expect, it } from '@jest/globals';
import { SettingsStore } from '../../src/organizations/settings.store.js';
import { OverdueWatch } from '../../src/overdue/overdue-watch.js';
import { createPino, followLevel } from '../../src/observability/logger.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../src/settings/settings.js';
import { RuntimeSettings } from '../../src/settings/runtime-settings.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const SECOND = 1000;
/** By when every instance works by what was set. */
const KNOWN_MS = 2000;
const KEY = JSON.stringify(['installation']);

const runtimeOf = ({ module }: EngineInstance) => module.get(RuntimeSettings, { strict: false });
const storeOf = ({ module }: EngineInstance) => module.get(SettingsStore, { strict: false });

describeEngine('settings of the installation', (world) => {
  const startsAfter = (since: number) => world().workshop.calls.filter(({ at }) => at > since).length;

  it('count on every instance within two seconds, and each tells by which it works', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    await world().done(a.scheduler.changeInstallationSettings({ concurrency: 3, retention: { runsDays: 5 } }));
    expect(runtimeOf(a).concurrency).toBe(3);
    await world().advance(KNOWN_MS);
    expect([runtimeOf(b).concurrency, b.slots.limit, runtimeOf(b).retention.runsDays]).toEqual([3, 3, 5]);
    await world().advance(3 * SECOND);
    expect((await b.registry.list()).map(({ settingsVersion, concurrency }) => [settingsVersion, concurrency])).toEqual(
      [
        [1, 3],
        [1, 3],
      ],
    );
    const c = await world().boot();
    expect(c.slots.limit).toBe(3);
  });

  it('count on another instance within two seconds, each of them, up to what its environment allows', async () => {
    const a = await world().boot();
    const b = await world().boot({ engine: { concurrency: 2 }, retention: { auditDays: 20 } });
    const settings = {
      ...{ concurrency: 3, horizonMs: 30 * SECOND, logLevel: 'warn' as const },
      ...{ rateLimitPerMinute: 5, authFailuresPerMinute: 4 },
      quotas: { tasks: 1, startsPerMinute: 6 },
      retention: { runsDays: 5, eventsDays: 6, auditDays: 25 },
      ...{ notifications: { paused: true }, paused: { reason: 'a fire' } },
    };
    for (const name of ['rateLimitPerMinute', 'authFailuresPerMinute'] as const) runtimeOf(b).declare(name, 100);
    const log = createPino('info');
    followLevel(log, 'info', runtimeOf(b));
    await world().done(a.scheduler.changeInstallationSettings(settings));
    await world().advance(KNOWN_MS);
    const set = (value: unknown) => ({ value, origin: 'settings' });
    expect(runtimeOf(b).effective()).toMatchObject({
      ...{ concurrency: { value: 2, origin: 'environment' }, horizonMs: set(30 * SECOND), logLevel: set('warn') },
      ...{ rateLimitPerMinute: set(5), authFailuresPerMinute: set(4) },
      ...{ 'quotas.tasks': set(1), 'quotas.startsPerMinute': set(6) },
      ...{ 'retention.runsDays': set(5), 'retention.eventsDays': set(6) },
      'retention.auditDays': { value: 20, origin: 'environment' },
      'notifications.paused': set(true),
    });
    expect([b.slots.limit, log.level, runtimeOf(b).areNotificationsPaused]).toEqual([2, 'warn', true]);
    expect(b.module.get<EngineSettings>(ENGINE_SETTINGS, { strict: false }).horizonMs).toBe(30 * SECOND);
    const task = await b.scheduler.schedule(work());
    await expect(b.scheduler.schedule(work())).rejects.toThrow('(1)');
    await b.scheduler.runNow(task.id);
    await world().advance(5 * SECOND);
    expect(world().workshop.calls).toEqual([]);
    const nothing = Object.fromEntries(Object.keys(settings).map((key) => [key, null]));
    await world().done(a.scheduler.changeInstallationSettings(nothing));
    await world().advance(KNOWN_MS);
    expect(Object.values(runtimeOf(b).effective()).filter(({ origin }) => origin === 'settings')).toEqual([]);
    expect(log.level).toBe('info');
    await world().until(() => world().workshop.calls.length === 1);
  });

  it('let nothing of anybody start during an emergency pause, and all of it go on within a second of its end', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const others = a.scheduler.for('umbrella');
    const tasks = [
      await a.scheduler.schedule(work({ triggers: [every(SECOND)], overlap: 'allow' })),
      await others.schedule(work({ triggers: [every(SECOND)], queue: 'heavy', overlap: 'allow' })),
    ];
    await world().advance(3 * SECOND);
    await world().done(b.scheduler.changeInstallationSettings({ paused: { reason: 'the disk fills up' } }));
    await world().advance(KNOWN_MS);
    const since = world().clock.now();
    const asked = await a.scheduler.runNow(tasks[0]!.id);
    await world().advance(40 * SECOND);
    expect(startsAfter(since)).toBe(0);
    const told = await a.scheduler.explain(tasks[0]!.id);
    expect(told).toMatchObject({ code: 'installation-paused', reason: 'everything is paused' });
    expect(told.sentence).toContain('(the disk fills up)');
    const { queues } = await others.queues();
    expect(queues.every(({ paused }) => paused?.reason === 'the disk fills up')).toBe(true);
    const { figures } = a.module.get(OverdueWatch, { strict: false });
    expect(figures!.missing.map(({ kind }) => kind)).toEqual(['paused-queue', 'paused-queue']);
    await world().done(a.scheduler.changeInstallationSettings({ paused: null }));
    await world().advance(SECOND);
    expect(
      new Set(
        world()
          .workshop.calls.filter(({ at }) => at > since)
          .map(({ context }) => context.run.taskId),
      ),
    ).toEqual(new Set(tasks.map(({ id }) => id)));
    await world().inState(asked, 'succeeded');
  });

  it('keep what runs when there are fewer slots, and fill those that come at once', async () => {
    const a = await world().boot({ engine: { concurrency: 4 } });
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ overlap: 'allow' }));
    for (let count = 0; count < 6; count++) await a.scheduler.runNow(task.id);
    await world().until(() => world().workshop.calls.length === 4);
    await world().done(a.scheduler.changeInstallationSettings({ concurrency: 1 }));
    await world().advance(5 * SECOND);
    expect(world().workshop.calls.filter(({ context }) => context.signal.aborted)).toEqual([]);
    for (const call of world().workshop.calls.slice(0, 3)) call.succeed();
    await world().advance(5 * SECOND);
    expect(world().workshop.calls).toHaveLength(4);
    await world().done(a.scheduler.changeInstallationSettings({ concurrency: null }));
    await world().until(() => world().workshop.calls.length === 6);
  });

  it('stay the last good ones when what is stored cannot be read, and keep what a newer version has stored', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    await world().done(a.scheduler.changeInstallationSettings({ concurrency: 3 }));
    await world().advance(KNOWN_MS);
    const stored = (await storeOf(a).get(KEY))!;
    await storeOf(a).put(KEY, { settings: { concurrency: 'many' } }, stored.version);
    await world().advance(KNOWN_MS);
    expect([runtimeOf(a).concurrency, runtimeOf(b).concurrency]).toEqual([3, 3]);
    const wrong = world().logged.filter((line) => line.includes('cannot be read (version 2): those of version 1'));
    expect(wrong).toHaveLength(2);
    const newer = { ...stored.settings, settings: { concurrency: 5, fromTomorrow: { on: true } } };
    await storeOf(a).put(KEY, newer, 2);
    await world().advance(KNOWN_MS);
    expect(runtimeOf(b).concurrency).toBe(5);
    await world().done(b.scheduler.changeInstallationSettings({ concurrency: 4 }));
    expect((await storeOf(a).get(KEY))!.settings).toMatchObject({ settings: { concurrency: 4, fromTomorrow: { on: true } } }); // prettier-ignore
  });

  it('are changed by two instances at once without a change being lost', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    await world().done(
      Promise.all([
        a.scheduler.changeInstallationSettings({ concurrency: 3 }),
        b.scheduler.changeInstallationSettings({ retention: { eventsDays: 2 } }),
      ]),
    );
    expect(await a.scheduler.installationSettings()).toMatchObject({
      settings: { concurrency: 3, retention: { eventsDays: 2 } },
      version: 2,
    });
  });
});
