import { expect, it } from '@jest/globals';
import Database from 'libsql';
import { ApiKeyStore } from '../../src/auth/api-key.store.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { InstanceStore } from '../../src/cluster/instance.store.js';
import type { Run } from '../../src/domain/run.js';
import { LogStore } from '../../src/execution-log/log.store.js';
import { SetAside } from '../../src/scheduling/holding/set-aside.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { toRunResponse } from '../../src/rest/runs/run.response.js';
import { toTaskResponse } from '../../src/rest/tasks/task.response.js';
import { anEvent, aRun, aTask, T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work, type EngineWorld } from '../support/engine-world.js';

/** How a record is broken: the columns to set in SQLite and the fields to set in MongoDB. */
interface Break {
  sqlite: Record<string, string | number | null>;
  mongo: Record<string, unknown>;
}
type Breaks = Record<string, Break>;

const RUNS: Breaks = {
  'a text that is not JSON': { sqlite: { progress: '{"broken' }, mongo: { output: '{"broken' } },
  'no object': { sqlite: { origin: 'null' }, mongo: { event: 5 } },
  'another type': { sqlite: { origin: '[]' }, mongo: { priority: 'high' } },
  'nothing in it': { sqlite: { origin: '{}' }, mongo: { createdAt: null } },
  'no attempts': { sqlite: { progress: '{"attempts":null}' }, mongo: { attempts: null } },
  'an attempt that is none': {
    sqlite: { progress: '{"attempts":[null],"latenessMs":null,"output":null,"reason":null}' },
    mongo: { attempts: [null] },
  },
  'a reason that is none': {
    sqlite: { progress: '{"attempts":[],"latenessMs":null,"output":null,"reason":{"a":1}}' },
    mongo: { reason: { a: 1 } },
  },
  'an unknown trigger': { sqlite: { trigger: 'moon' }, mongo: { trigger: 'moon' } },
  'an unknown state': { sqlite: { state: 'dreaming' }, mongo: { state: 'dreaming' } },
  'a time that is none': { sqlite: { scheduled_for: 'noon' }, mongo: { scheduledFor: 'noon' } },
};

const TASKS: Breaks = {
  'a text that is not JSON': { sqlite: { details: '{"broken' }, mongo: { definition: '{"broken' } },
  'no object': { sqlite: { details: 'null' }, mongo: { definition: 'null' } },
  'no definition': { sqlite: { details: '{}' }, mongo: { definition: '{}' } },
  'triggers that are none': {
    sqlite: { details: '{"definition":{"name":"a","triggers":[null],"action":{"type":"noop"}},"secrets":{}}' },
    mongo: { definition: '{"name":"a","triggers":[null],"action":{"type":"noop"}}' },
  },
};

class Spoiler {
  constructor(
    private readonly world: EngineWorld,
    private readonly instance: EngineInstance,
  ) {}

  async record(table: string, key: Record<string, string>, broken: Break): Promise<void> {
    const file = this.world.files().find((name) => name.endsWith('tasks.db'));
    if (!file) {
      const collection =
        { task_details: 'tasks', log_chunks: 'logs', api_keys: 'apiKeys', organization_settings: 'settings' }[table] ??
        table;
      const filter = { _id: { $regex: `${key['id']}("\\])?$` } } as object;
      const { matchedCount } = await this.instance.mongo
        .collection(collection)
        .updateOne(filter, { $set: broken.mongo });
      expect(matchedCount).toBe(1);
      return;
    }
    const database = new Database(file);
    const set = Object.keys(broken.sqlite).map((name) => `${name} = ?`);
    const where =
      table === 'task_details' ? 'number = (SELECT number FROM tasks WHERE id = ?)' : `${key['sql'] ?? 'id'} = ?`;
    const values = [...Object.values(broken.sqlite), key['id']];
    expect(database.prepare(`UPDATE ${table} SET ${set.join(', ')} WHERE ${where}`).run(...values).changes).toBe(1);
    database.close();
  }
}

const runIn = (task: { id: string }, fields: Partial<Run> = {}): Run =>
  aRun({ organization: 'default', taskId: task.id, ...fields });

describeEngine('records that cannot be read', (world) => {
  const boot = async () => {
    const instance = await world().boot();
    const { scheduler } = instance;
    const innocent = await scheduler.for('globex').schedule(work({ triggers: [every(1000)] }));
    const startsIn = async (ms: number) => {
      const before = world().workshop.of(innocent.id).length;
      await world().advance(ms);
      return world().workshop.of(innocent.id).length - before;
    };
    return { instance, scheduler, spoiler: new Spoiler(world(), instance), startsIn };
  };

  it('of runs are ended, shown as such, told of and removed, and others go on', async () => {
    const { instance, scheduler, spoiler, startsIn } = await boot();
    const task = await scheduler.schedule(work());
    const good = runIn(task, { state: 'succeeded', finishedAt: T0 });
    const waiting = Object.entries(RUNS).map(([what, broken]) => ({
      what,
      broken,
      run: runIn(task, { dueAt: T0 + 60_000 }),
    }));
    const finished = Object.entries(RUNS).map(([what, broken]) => ({
      ...{ what, broken, run: runIn(task, { state: 'failed', finishedAt: T0 - 1000 }) },
    }));
    await instance.runStore.insert([good, ...[...waiting, ...finished].map(({ run }) => run)]);
    for (const { broken, run } of [...waiting, ...finished]) await spoiler.record('runs', { id: run.id }, broken);

    const listed = await scheduler.listRuns({ taskId: task.id }, { limit: 100 });
    expect(listed).toHaveLength(1 + waiting.length + finished.length);
    const responses = listed.map((run) => JSON.stringify(toRunResponse(run)));
    expect(responses.join()).not.toContain('broken');
    for (const { run, what } of waiting)
      expect([what, (await scheduler.getRun(run.id)).unreadable]).toEqual([
        what,
        expect.stringContaining('cannot be read'),
      ]);
    await expect(world().done(scheduler.retryRun(finished[0]!.run.id))).rejects.toThrow('cannot be read');
    expect((await world().done(scheduler.retryRuns())).runIds).toEqual([]);
    await scheduler.explain(task.id);

    await world().advance(58_000);
    expect(await startsIn(5000)).toBe(5);
    for (const { run, what } of waiting) {
      const { state, reason } = await scheduler.getRun(run.id);
      expect([what, state, reason]).toEqual([what, 'failed', expect.stringContaining('cannot be read')]);
    }
    expect(instance.module.get(SetAside, { strict: false }).unreadableRecords).toBeGreaterThanOrEqual(waiting.length);
    expect(world().logged.join('\n')).toContain(`Run ${waiting[0]!.run.id} of default is ended`);
    await world().done(scheduler.runNow(task.id));
    expect(await startsIn(2000)).toBe(2);
    expect(world().workshop.of(task.id)).toHaveLength(1);
    const all = await scheduler.listRuns({ taskId: task.id }, { limit: 100 });
    expect(await world().done(instance.runStore.purge(world().clock.now() + 1000, 1000))).toBeGreaterThanOrEqual(
      all.length,
    );
    expect(await scheduler.listRuns({ taskId: task.id }, { limit: 100 })).toEqual([]);
  });

  it('of runs of the dead are ended by whoever comes to them', async () => {
    const { instance, scheduler, spoiler, startsIn } = await boot();
    const task = await scheduler.schedule(work());
    const owned = Object.values(RUNS).map((broken) => ({ broken, run: runIn(task, { owner: 'gone', attempt: 1 }) }));
    const good = runIn(task, { owner: 'gone', attempt: 1, trigger: 'backfill' });
    await instance.runStore.insert([...owned.map(({ run }) => run), good]);
    for (const { broken, run } of owned) await spoiler.record('runs', { id: run.id }, broken);
    expect(await startsIn(30_000)).toBe(30);
    for (const { run } of owned) expect((await scheduler.getRun(run.id)).state).toBe('failed');
    expect((await scheduler.getRun(good.id)).state).toBe('succeeded');
  });

  it('of tasks stand in no list, and stop nobody', async () => {
    const { instance, scheduler, spoiler, startsIn } = await boot();
    const tasks = Object.values(TASKS).map((broken) => ({
      broken,
      task: aTask({ organization: 'default', next: { scheduledFor: T0 + 5000, dueAt: T0 + 5000 } }),
    }));
    await instance.module.get(TaskStore, { strict: false }).insert(tasks.map(({ task }) => task));
    for (const { broken, task } of tasks) await spoiler.record('task_details', { id: task.id }, broken);
    expect(await startsIn(10_000)).toBe(10);
    const listed = await scheduler.list({}, { limit: 100 });
    expect(listed.map((task) => toTaskResponse(task).name)).toEqual(tasks.map(() => '(unreadable)'));
    for (const { task } of tasks) await world().done(scheduler.remove(task.id));
    expect(await scheduler.list()).toEqual([]);
  });

  it('of events are given up, with the reason, and the next ones are dispatched', async () => {
    const { instance, scheduler, spoiler, startsIn } = await boot();
    const task = await scheduler.schedule(work({ triggers: [{ type: 'event', event: 'test-completion' }] }));
    const ids = ['event-1', 'event-2'];
    const events = ids.map((id, index) => anEvent({ id, organization: 'default', receivedAt: T0 + index }));
    await instance.eventStore.insert(events);
    const broken = { sqlite: { data: '{"broken' }, mongo: { data: '{"broken' } };
    await spoiler.record('events', { id: 'event-1' }, broken);
    expect(await startsIn(15_000)).toBe(15);
    expect(world().workshop.of(task.id)).toHaveLength(1);
    expect(await instance.eventStore.undispatched(world().clock.now(), 10)).toEqual([]);
    const [known] = await instance.eventStore.insert([events[0]!]);
    expect(known).toMatchObject({ dispatched: true, tries: 1, failure: expect.stringContaining('cannot be read') });
    expect(await instance.eventStore.purge(world().clock.now(), 10)).toBe(2);
  });

  it('of logs, keys, settings and instances are one item each', async () => {
    const { instance, scheduler, spoiler, startsIn } = await boot();
    const find = <Type>(token: abstract new (...parts: never[]) => Type): Type =>
      instance.module.get(token, { strict: false });
    const task = await scheduler.schedule(work());
    const run = await world().done(scheduler.runNow(task.id));
    const entry = { at: T0, attempt: 1, level: 'info' as const, message: 'hello' };
    const chunk = (sequence: number) => ({ organization: 'default', runId: run.id, entries: [{ sequence, ...entry }] });
    await find(LogStore).append([chunk(1001), chunk(1002), chunk(1003)]);
    await spoiler.record(
      'log_chunks',
      { sql: 'first_sequence', id: '1001' },
      { sqlite: { entries: '{"broken' }, mongo: { entries: '{"broken' } },
    );
    await spoiler.record(
      'log_chunks',
      { sql: 'first_sequence', id: '1002' },
      { sqlite: { entries: '[null]' }, mongo: { entries: '[null]' } },
    );
    const messages = (await find(LogStore).list('default', run.id, 1000, 10)).map(({ message }) => message);
    expect(messages).toEqual([expect.stringContaining('unreadable'), expect.stringContaining('unreadable'), 'hello']);

    const key = {
      organization: 'default',
      name: 'ci',
      hash: 'x',
      roles: ['viewer'],
      createdBy: 'me',
      createdAt: T0,
      expiresAt: T0 + 1e9,
      lastUsedAt: null,
    };
    await find(ApiKeyStore).insert({ id: 'key-1', prefix: 'p1', ...key });
    await find(ApiKeyStore).insert({ id: 'key-2', prefix: 'p2', ...key });
    await spoiler.record('api_keys', { id: 'key-1' }, { sqlite: { roles: '{"broken' }, mongo: { roles: null } });
    expect((await find(ApiKeyStore).list('default', { limit: 10 })).map(({ roles }) => roles)).toEqual([
      ['viewer'],
      [],
    ]);
    expect(await find(ApiKeyStore).find('p1')).toMatchObject({ roles: [], expiresAt: 0 });

    await world().done(instance.settings.put('default', { resources: { browser: 3 } }));
    const settings = { sqlite: { settings: '{"broken' }, mongo: { settings: '{"broken' } };
    await world().advance(2000);
    await spoiler.record('organization_settings', { sql: 'organization', id: 'default' }, settings);
    const other = await world().boot();
    expect((await other.settings.get('default')).settings.resources).toEqual({});
    await world().done(other.settings.put('default', { resources: { browser: 2 } }));

    await find(InstanceStore).put({
      id: 'odd',
      version: '1',
      startedAt: T0,
      heartbeatAt: T0,
      running: 0,
      concurrency: 1,
    });
    await spoiler.record('instances', { id: 'odd' }, { sqlite: { details: 'null' }, mongo: { heartbeatAt: 'noon' } });
    expect((await instance.registry.list()).map(({ id }) => id)).toContain('odd');
    expect(await startsIn(5000)).toBe(5);
    expect((await find(AuditService).list('default', {}, { limit: 10 })).items).not.toEqual([]);
  });
});

describeEngine('one that fails each time', (world) => {
  it('keeps no event behind it from being dispatched, and is given up with its reason', async () => {
    const { scheduler, eventStore, gate } = await world().boot();
    const poison = await scheduler.schedule(work({ triggers: [{ type: 'event', event: 'poison' }] }));
    const task = await scheduler.schedule(work({ triggers: [{ type: 'event', event: 'good' }] }));
    gate.obstruct((method, [, type]) => {
      if (method === 'forEvent' && type === 'poison') throw new TypeError('cannot read properties of undefined');
    });
    const named = (id: string, type: string, receivedAt: number) =>
      anEvent({ id, type, receivedAt, organization: 'default' });
    await eventStore.insert([named('a', 'poison', T0), named('b', 'good', T0 + 1)]);
    await world().advance(20_000);
    expect(world().workshop.of(task.id)).toHaveLength(1);
    await eventStore.insert([named('c', 'good', world().clock.now())]);
    await world().advance(10_000);
    expect(world().workshop.of(task.id)).toHaveLength(2);
    const of = async (id: string) => (await eventStore.insert([named(id, 'poison', T0)]))[0];
    const known = await of('a');
    expect(known).toMatchObject({ dispatched: false, failure: 'cannot read properties of undefined' });
    // Each wait for another try is longer.
    expect(known!.tries).toBeGreaterThanOrEqual(2);
    expect(known!.tries).toBeLessThanOrEqual(4);
    expect(world().workshop.of(poison.id)).toHaveLength(0);
  });

  it('keeps no other run from being cancelled or taken over', async () => {
    const { scheduler, runStore, gate } = await world().boot();
    const task = await scheduler.schedule(work());
    const left = aRun({ organization: 'default', taskId: task.id, owner: 'gone', attempt: 1 });
    gate.obstruct((method) => {
      if (method === 'cancelRequests' || method === 'undispatched') throw new TypeError('odd');
    });
    await runStore.insert([left]);
    await world().advance(20_000);
    expect((await scheduler.getRun(left.id)).state).toBe('succeeded');
  });
});
