import { expect, it } from '@jest/globals';
import { actingAs, type Actor } from '../../src/audit/actor.js';
import { entryOf, type AuditEntry } from '../../src/audit/audit-entry.js';
import { AuditRecorder } from '../../src/audit/audit-recorder.js';
import { AuditRetention } from '../../src/audit/audit-retention.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { AuditStore } from '../../src/audit/audit.store.js';
import { describeEngine, work } from '../support/engine-world.js';
import type { EngineInstance } from '../support/engine-instance.js';

const ann: Actor = { type: 'user', id: 'ann', roles: ['admin'], address: '192.0.2.7', requestId: 'r-1' };
const auditOf = ({ module }: EngineInstance) => ({
  service: module.get(AuditService, { strict: false }),
  recorder: module.get(AuditRecorder, { strict: false }),
  retention: module.get(AuditRetention, { strict: false }),
  store: module.get(AuditStore, { strict: false }),
});

async function trailOf(instance: EngineInstance, organization = 'default'): Promise<AuditEntry[]> {
  return (await auditOf(instance).store.chain(organization, {}, 0, 10_000)).map(entryOf);
}

describeEngine('the audit trail', (world) => {
  /** Lets time pass in steps, for as long as the feed of outcomes waits. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 5000) {
      await world().clock.advance(5000);
      await world().settle();
    }
  };

  it('tells who made each change, of what, and how, with secrets masked', async () => {
    const instance = await world().boot();
    const { scheduler } = instance;
    const { id } = await actingAs(ann, () => scheduler.schedule({ ...work(), secrets: { token: 'hunter2-hunter2' } }));
    await scheduler.change(id, { priority: 8, secrets: { token: 'hunter3-hunter3', other: 'hunter4-hunter4' } });
    await scheduler.pause(id, 'maintenance');
    await scheduler.resume(id);
    const run = await scheduler.runNow(id);
    await instance.settings.put('default', { quotas: { tasks: 2 } });
    await scheduler.remove(id);
    const trail = await trailOf(instance);
    expect(trail.map(({ action, object, actor }) => [action, object.id, actor.id])).toEqual([
      ['task.created', id, 'ann'],
      ['task.changed', id, 'module'],
      ['task.paused', id, 'module'],
      ['task.resumed', id, 'module'],
      ['run.requested', run.id, 'module'],
      ['settings.replaced', 'settings', 'module'],
      ['task.deleted', id, 'module'],
    ]);
    expect(trail[0]).toMatchObject({ sequence: 1, actor: ann, before: null, after: { secrets: { token: '***' } } });
    expect(trail[1]).toMatchObject({
      before: { priority: 5 },
      after: { priority: 8, secrets: { token: '***', other: '***' }, secretsSet: ['other', 'token'] },
    });
    expect(trail[2]!.after).toMatchObject({ state: 'paused', pausedReason: 'maintenance' });
    expect(trail[5]).toMatchObject({ before: { quotas: {} }, after: { quotas: { tasks: 2 } } });
    expect(JSON.stringify(trail)).not.toMatch(/hunter|v1\.test/);
    expect(await auditOf(instance).service.verify('default')).toMatchObject({ valid: true, checked: 7 });
  });

  it('chains what several instances record at once without a gap', async () => {
    const instances = [await world().boot(), await world().boot(), await world().boot()];
    const changes = Array.from({ length: 60 }, (_, index) => ({
      organization: index % 5 === 0 ? 'umbrella' : 'default',
      action: 'task.created',
      object: { type: 'task', id: `t${index}` } as const,
    }));
    await world().done(
      Promise.all(changes.map((change, index) => auditOf(instances[index % 3]!).recorder.record(change))),
    );
    const trail = await trailOf(instances[0]!);
    expect(trail.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 48 }, (_, index) => index + 1));
    expect(new Set(trail.map(({ object }) => object.id)).size).toBe(48);
    expect(await auditOf(instances[1]!).service.verify('default')).toMatchObject({ valid: true, checked: 48 });
    expect(await auditOf(instances[1]!).service.verify('umbrella')).toMatchObject({ valid: true, checked: 12 });
  });

  it('tells the outcome of every run once, also when the instance that told them dies', async () => {
    const [first, second] = [await world().boot(), await world().boot()];
    const task = await first.scheduler.schedule(work());
    const runs = [await first.scheduler.runNow(task.id), await second.scheduler.runNow(task.id)];
    await pass(60_000);
    const before = await trailOf(second);
    const { owner } = first.locks;
    await first.crash(second);
    await second.lockStore.release(['audit-outcomes'], owner);
    runs.push(await second.scheduler.runNow(task.id));
    await pass(90_000);
    const outcomes = (await trailOf(second)).filter(({ action }) => action === 'run.outcomes');
    const told = outcomes.flatMap(({ after }) => (after as unknown as { runs: { id: string; state: string }[] }).runs);
    expect(before.some(({ action }) => action === 'run.outcomes')).toBe(true);
    expect(told.map(({ id }) => id).sort()).toEqual(runs.map(({ id }) => id).sort());
    expect(outcomes[0]!.objects).toEqual([task.id]);
    expect((await auditOf(second).service.verify('default')).valid).toBe(true);
  });

  it('records the creation that a crash kept from being recorded, when it is asked for again', async () => {
    const instance = await world().boot();
    const { store } = auditOf(instance);
    const task = await instance.scheduler.schedule(work(), { key: 'nightly' });
    expect((await instance.scheduler.schedule(work(), { key: 'nightly' })).id).toBe(task.id);
    expect(await trailOf(instance)).toHaveLength(1);
    await store.removeUpTo((await store.checkpoint('default', 'head'))!);
    await instance.scheduler.schedule(work(), { key: 'nightly' });
    expect((await trailOf(instance)).map(({ object }) => object.id)).toEqual([task.id]);
  });

  it('can be proven after the oldest entries were removed', async () => {
    const instance = await world().boot();
    const { service, retention } = auditOf(instance);
    for (let made = 0; made < 4; made++) {
      await instance.scheduler.schedule(work());
      await world().clock.advance(1000);
    }
    const [, , third] = await trailOf(instance);
    expect(await retention.purge(third!.at, 100)).toBe(2);
    expect(await retention.purge(third!.at, 100)).toBe(0);
    const trail = await trailOf(instance);
    expect(trail.map(({ sequence, action }) => [sequence, action])).toEqual([
      [3, 'task.created'],
      [4, 'task.created'],
      [5, 'audit.purged'],
    ]);
    expect(trail[2]!.after).toMatchObject({ from: 1, to: 2 });
    expect(await service.verify('default')).toMatchObject({ valid: true, checked: 3 });
  });
});
