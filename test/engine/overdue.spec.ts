import { expect, it } from '@jest/globals';
import type { EngineSettings } from '../../src/settings/settings.js';
import { OverdueWatch } from '../../src/overdue/overdue-watch.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const LOOK: Partial<EngineSettings> = { overdueAfterMs: 5000, overdueCheckMs: 2000 };

describeEngine('what is overdue', (world) => {
  const watched = async (engine: Partial<EngineSettings> = LOOK) => {
    const instance = await world().boot({ engine });
    const told: [string, string, number][] = [];
    instance.events.on('task.overdue', ({ change, task, since }) => told.push([change, task.id, since - T0]));
    return { instance, told, figures: () => instance.module.get(OverdueWatch, { strict: false }).figures };
  };
  const actions = async ({ module }: EngineInstance, object: string) =>
    (await module.get(AuditService, { strict: false }).list('default', { object }, { limit: 10 })).items.map(
      ({ action }) => action,
    );

  it('is told once when nothing takes it up, and again when something does, though the heap knows nothing of it', async () => {
    const { instance, told, figures } = await watched();
    const task = await instance.scheduler.schedule(work({ triggers: [every(10_000)] }));
    await world().advance(4000);
    expect(figures()).toEqual({ occurrences: 0, runs: 0, since: null, missing: [] });
    const back = instance.gate.fail('open');
    await world().advance(14_000);
    expect(told).toEqual([['overdue', task.id, 10_000]]);
    expect(figures()).toEqual({ occurrences: 1, runs: 0, since: T0 + 10_000, missing: [] });
    await world().advance(4000);
    back();
    await world().advance(4000);
    expect(told.slice(1)).toEqual([['recovered', task.id, 10_000]]);
    expect(figures()).toEqual({ occurrences: 0, runs: 0, since: null, missing: [] });
    expect((await actions(instance, task.id)).slice(0, 2)).toEqual(['task.recovered', 'task.overdue']);
  });

  it('is told by one of several instances, and not again by the one that tells after it', async () => {
    const [a, b] = [await watched(), await watched()];
    for (const { instance } of [a, b]) instance.gate.fail('open');
    const task = await a.instance.scheduler.schedule(work({ triggers: [every(10_000)] }));
    await world().advance(20_000);
    expect([...a.told, ...b.told]).toEqual([['overdue', task.id, 10_000]]);
    const [teller, other] = a.told.length > 0 ? [a, b] : [b, a];
    await world().done(teller.instance.stop());
    await world().advance(20_000);
    expect(other.told).toEqual([]);
  });

  it('are runs for which no instance has a slot, but not those that wait for another run, for a pool or for a retry', async () => {
    const { instance, told, figures } = await watched({ ...LOOK, concurrency: 5 });
    world().workshop.answering = byHand;
    const { scheduler } = instance;
    const queued = await scheduler.schedule(work({ overlap: 'queue' }));
    const pooled = await scheduler.schedule(work({ overlap: 'allow', resources: { browser: 1 } }));
    const retried = await scheduler.schedule(work({ retry: { baseDelayMs: 60_000, jitter: 0 } }));
    for (const { id } of [queued, queued, pooled, pooled, retried]) await scheduler.runNow(id);
    await world().advance(100);
    world().workshop.of(retried.id)[0]!.fail(new Error('no'));
    await world().advance(10_000);
    expect({ told, figures: figures() }).toEqual({
      told: [],
      figures: { occurrences: 0, runs: 0, since: null, missing: [] },
    });
    const free = await scheduler.schedule(work({ overlap: 'allow' }));
    for (let i = 0; i < 4; i++) await scheduler.runNow(free.id);
    await world().advance(10_000);
    expect(figures()).toMatchObject({ occurrences: 0, runs: 1 });
    expect(told).toMatchObject([['overdue', free.id, 10_100]]);
  });
});
