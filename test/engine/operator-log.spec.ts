import { expect, it } from '@jest/globals';
import { packageVersion } from '../../src/cluster/package-version.js';
import { actingAs } from '../../src/audit/actor.js';
import { InstallationSettingsService } from '../../src/organizations/installation-settings.service.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const SECRET = 'hunter2-hunter2';
const USER = { type: 'user', id: 'ada', roles: [], address: null, requestId: 'request-7' } as const;

describeEngine('the log of operators', (world) => {
  const of = (event: string) => world().lines.filter(({ fields }) => fields.event === event);

  it('has one line when an instance starts, when it leaves and when it has left', async () => {
    const instance = await world().boot();
    const { owner } = instance.locks;
    await world().done(instance.stop());
    const lines = ['instance.started', 'instance.leaving', 'instance.left'].map((event) => of(event));
    expect(lines.map((each) => each.length)).toEqual([1, 1, 1]);
    for (const [line] of lines) expect(line!.fields).toMatchObject({ instance: owner, version: packageVersion() });
  });

  it('has one line when a run has failed for good, with all that finds it and nothing of what it said', async () => {
    const { scheduler } = await world().boot();
    world().workshop.answering = () => Promise.reject(Object.assign(new Error(SECRET), { code: 'no-paper' }));
    const task = await scheduler.for('acme').schedule(work({ retry: { maxAttempts: 2, jitter: 0, baseDelayMs: 100 } }));
    const { id } = await scheduler.for('acme').runNow(task.id);
    await world().until(() => of('run.failed').length > 0);
    await world().advance(5000);
    expect(of('run.failed').map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ organization: 'acme', task: task.id, run: id, attempt: 2, code: 'no-paper' }),
    ]);
    expect(JSON.stringify(world().lines)).not.toContain(SECRET);
  });

  it('has ten lines and a number for a thousand runs that fail within a second', async () => {
    const { scheduler } = await world().boot();
    world().workshop.answering = () => Promise.reject(new Error('no'));
    const task = await scheduler.schedule(work({ overlap: 'allow', retry: { maxAttempts: 1 } }));
    await Promise.all(Array.from({ length: 200 }, () => scheduler.runNow(task.id)));
    const told = () => of('run.failed').reduce((sum, { fields }) => sum + ((fields['count'] as number) ?? 1), 0);
    await world().until(() => told() === 200);
    expect(of('run.failed').length).toBeLessThanOrEqual(33);
    expect(of('run.failed').some(({ fields }) => fields['leftOut'] === true)).toBe(true);
  });

  it('has one line when a task is paused because its runs keep failing', async () => {
    const { scheduler } = await world().boot();
    world().workshop.answering = () => Promise.reject(new Error('no'));
    const failing = { triggers: [every(1000)], retry: { maxAttempts: 1 }, pauseAfterFailures: 2 };
    const task = await scheduler.schedule(work(failing));
    await world().until(async () => (await scheduler.get(task.id)).state === 'paused');
    await world().advance(2000);
    expect(of('task.paused').map(({ fields }) => fields.task)).toEqual([task.id]);
  });

  it('has one line for a takeover: how many runs of whom', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ overlap: 'allow' }));
    await Promise.all([1, 2, 3].map(() => a.scheduler.runNow(task.id)));
    await world().until(() => world().workshop.calls.length === 3);
    await world().advance(100);
    const { owner } = a.locks;
    await a.crash(b);
    await world().until(() => world().workshop.calls.length === 6);
    const lines = of('runs.taken-over').filter(({ fields }) => fields['from'] === owner);
    expect(lines.reduce((sum, { fields }) => sum + (fields['runs'] as number), 0)).toBe(3);
    expect(lines.length).toBeLessThanOrEqual(3);
    expect(lines[0]!.fields).toMatchObject({ from: owner, instance: b.locks.owner, begun: lines[0]!.fields['runs'] });
    for (const call of world().workshop.calls) call.succeed();
  });

  it('has one line when the lock is lost, and one when it is regained', async () => {
    const instance = await world().boot();
    const { owner } = instance.locks;
    await instance.expire(owner);
    await world().until(() => of('lock.regained').length > 0);
    expect(of('lock.lost').map(({ fields }) => fields.instance)).toEqual([owner]);
    expect(of('lock.regained').map(({ fields }) => fields.instance)).toEqual([instance.locks.owner]);
    expect(instance.locks.owner).not.toBe(owner);
  });

  it('has one line for each stretch of occurrences that were missed or coalesced', async () => {
    const before = await world().boot();
    const kept = await before.scheduler.schedule(work({ triggers: [every(10_000)] }));
    const left = await before.scheduler.schedule(work({ triggers: [every(10_000)], misfire: { policy: 'skip' } }));
    await world().done(before.stop());
    world().clock.setWall(T0 + 605_000);
    await world().boot();
    await world().until(() => of('occurrences.missed').length + of('occurrences.coalesced').length >= 2);
    expect(of('occurrences.missed').map(({ fields }) => fields.task)).toEqual([left.id]);
    expect(of('occurrences.coalesced').map(({ fields }) => fields.task)).toEqual([kept.id]);
    expect(of('occurrences.missed')[0]!.fields).toMatchObject({ organization: 'default', count: 59 });
  });

  it('has one line when a backlog begins and when it ends', async () => {
    const { scheduler } = await world().boot({ engine: { concurrency: 1 } });
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(work({ overlap: 'allow' }));
    await Promise.all([1, 2, 3].map(() => scheduler.runNow(task.id)));
    await world().until(() => of('backlog.began').length > 0);
    expect(of('backlog.began')[0]!.fields).toMatchObject({ waiting: 2, refusal: 'none-free' });
    for (let done = 0; done < 3; done++) {
      await world().until(() => world().workshop.calls.length > done);
      world().workshop.calls[done]!.succeed();
    }
    await world().until(() => of('backlog.ended').length > 0);
    expect([of('backlog.began').length, of('backlog.ended').length]).toEqual([1, 1]);
  });

  it('has one line when the clock is set, and says what that means', async () => {
    await world().boot();
    await world().advance(2000);
    world().clock.setWall(world().clock.now() - 3_600_000);
    await world().advance(3000);
    world().clock.setWall(world().clock.now() + 3_600_000);
    await world().advance(3000);
    expect(of('clock.stepped').map(({ fields }) => fields['byMs'])).toEqual([-3_600_000, 3_600_000]);
    expect(of('clock.stepped')[0]!.message).toContain('is not started again');
  });

  it('has one line when the disk of the store is nearly full, and when it is not', async () => {
    const { events } = await world().boot();
    events.emit('disk.changed', { change: 'low', freeBytes: 100 * 1024 * 1024 });
    events.emit('disk.changed', { change: 'enough', freeBytes: 1024 * 1024 * 1024 });
    expect(of('disk.low')[0]).toMatchObject({
      message: 'The disk of the store is nearly full: 100 MiB are free.',
      fields: { freeBytes: 104_857_600 },
    });
    expect(of('disk.enough').length).toBe(1);
  });

  it('has one line when settings are changed, with the request that did it', async () => {
    const instance = await world().boot();
    await world().done(actingAs(USER, () => instance.settings.put('acme', {})));
    const installation = instance.of(InstallationSettingsService);
    await world().done(actingAs(USER, () => installation.put({ horizonMs: 30_000 })));
    expect(of('settings.changed').map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ organization: 'acme', request: 'request-7' }),
      expect.objectContaining({ settingsVersion: 1, request: 'request-7' }),
    ]);
  });

  it('has one line when housekeeping has removed something', async () => {
    const { scheduler } = await world().boot({ retention: { runsDays: 1 } });
    const task = await scheduler.schedule(work());
    await world().inState(await scheduler.runNow(task.id), 'succeeded');
    world().clock.setWall(T0 + 3 * 86_400_000);
    await world().until(() => of('housekeeping.done').length > 0);
    expect(of('housekeeping.done')[0]!.message).toMatch(/^Housekeeping removed 1 runs.* in \d+ ms\.$/);
    expect(of('housekeeping.done')[0]!.fields['removed']).toBeGreaterThan(0);
  });
});
