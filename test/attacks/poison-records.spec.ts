import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import Database from 'libsql';
import { Timestamp } from 'mongodb';
import type { Connection } from 'mongoose';
import { AuditStore } from '../../src/audit/audit.store.js';
import { CheckpointSigner } from '../../src/audit/checkpoint-signer.js';
import { EntrySeals } from '../../src/audit/entry-seals.js';
import { IdempotencyKeyReusedError } from '../../src/domain/errors.js';
import type { Task } from '../../src/domain/task.js';
import { IdempotencyStore } from '../../src/idempotency/idempotency.store.js';
import { IdempotencyService } from '../../src/idempotency/idempotency.service.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { KeyRing } from '../../src/secrets/key-ring.js';
import { RequestSeals } from '../../src/secrets/request-seals.js';
import { Resealer } from '../../src/secrets/resealer.js';
import { SealedStore } from '../../src/secrets/sealed.store.js';
import { Sealer } from '../../src/secrets/sealer.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work, type EngineWorld } from '../support/engine-world.js';

type Values = readonly (string | number | null | Buffer)[];
type Collections = Connection['db'];

/** Writes behind the back of the program. */
class Raw {
  constructor(
    private readonly world: EngineWorld,
    private readonly instance: EngineInstance,
  ) {}

  get isMongo(): boolean {
    return this.world.files().length === 0;
  }

  sql(statement: string, rows: readonly Values[]): void {
    const database = new Database(this.world.files().find((name) => name.endsWith('tasks.db'))!);
    for (const row of rows) database.prepare(statement).run(...row);
    database.close();
  }

  get mongo(): NonNullable<Collections> {
    return this.instance.mongo.db!;
  }
}

describeEngine('a record that cannot be read', (world) => {
  const boot = async () => {
    const instance = await world().boot();
    const innocent = await instance.scheduler.for('globex').schedule(work({ triggers: [every(1000)] }));
    const startsIn = async (ms: number) => {
      const before = world().workshop.of(innocent.id).length;
      await world().advance(ms);
      return world().workshop.of(innocent.id).length - before;
    };
    const { scheduler, ledger, locks, grants } = instance;
    return { instance, raw: new Raw(world(), instance), startsIn, scheduler, ledger, locks, grants };
  };

  it('of the ledger stands in its list as what it is, and the others beside it', async () => {
    const { instance, raw, scheduler, startsIn, ledger } = await boot();
    const task = await scheduler.schedule(work({ triggers: [every(1000)] }));
    const odd: Values[] = [
      ['default', task.id, T0 - 9000, 'noon', 1, 'missed', 'a'],
      ['default', task.id, T0 - 8000, T0 - 8000, 'many', 'missed', 'b'],
      ['default', task.id, T0 - 7000, T0 - 7000, 1, 'dreamt', 'c'],
      ['default', task.id, T0 - 6000, T0 - 6000, 1, 'missed', Buffer.from('d')],
      ['default', task.id, 'noon', 'noon', 'many', 'dreamt', 'e'],
      ['default', task.id, T0 - 5000, T0 - 5000, 1, 'missed', 'good'],
    ];
    if (raw.isMongo) {
      const documents = odd.map(([organization, taskId, from, to, count, outcome, reason], index) => ({
        ...{ _id: `${task.id}:odd:${index}` as never, organization, taskId, from, to, count, outcome, reason },
        digits: 1,
      }));
      await raw.mongo.collection('ledger').insertMany(documents);
      await raw.mongo.collection('ledger').insertOne({ _id: `${task.id}:bare` as never, taskId: task.id });
    } else {
      raw.sql('INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)', odd);
    }
    const { items } = await ledger.list('default', task.id, { from: T0 - 10_000, to: T0, limit: 50 });
    const reasons = items.map((item) => ('entry' in item ? item.entry.reason : ''));
    expect(reasons).toContain('good');
    expect(reasons.filter((reason) => String(reason).includes('cannot be read')).length).toBeGreaterThanOrEqual(3);
    await scheduler.explain(task.id, new Date(T0 - 8000));
    await world().done(
      scheduler.backfill(task.id, { from: new Date(T0 - 9000), to: new Date(T0 - 5000) }).catch(() => null),
    );
    expect(await startsIn(5000)).toBe(5);
    await world().done(instance.runStore.purgeLedger(world().clock.now(), 100));
    await world().done(scheduler.remove(task.id));
  });

  it('of a lock counts as free', async () => {
    const { instance, raw, scheduler, startsIn, locks } = await boot();
    const task = await scheduler.schedule(work({ resources: { browser: 1 } }));
    const [pool, feed] = ['pool/default/browser/0', 'audit-outcomes'];
    const plant = async (key: string, owner: string) => {
      if (!raw.isMongo)
        return raw.sql('REPLACE INTO locks (key, owner, expires_at, life_ms) VALUES (?, ?, ?, NULL)', [
          [key, owner, 'noon'],
        ]);
      const expiresAt = new Timestamp({ t: 2 ** 31, i: 1 });
      await raw.mongo
        .collection<{ _id: string }>('locks')
        .updateOne({ _id: key }, { $set: { owner, expiresAt } }, { upsert: true });
      return undefined;
    };
    await plant(pool, 'nobody');
    await plant(feed, 'nobody');
    const run = await world().done(scheduler.runNow(task.id));
    await world().inState(run, 'succeeded');
    expect(await startsIn(5000)).toBe(5);
    // The lock by which this instance lives: it takes another one, and what it held goes on.
    const { owner } = locks;
    await plant(`instance/${owner}`, owner);
    await world().advance(20_000);
    expect(instance.locks.isHeld()).toBe(true);
    expect(await startsIn(5000)).toBe(5);
    expect(await world().done(instance.registry.list())).not.toEqual([]);
  });

  it('of what is granted counts as nothing granted, is told of once, and can be replaced', async () => {
    const { raw, startsIn, grants } = await boot();
    const broken = ['{"broken', 'null', '[]', '5', '{"weight":"heavy"}', '{"quotas":[1]}'];
    const key = (index: number) => JSON.stringify(['grants', `odd-${index}`]);
    if (raw.isMongo) {
      const documents = broken.map((settings, index) => ({ _id: key(index) as never, version: 1, settings }));
      await raw.mongo.collection('settings').insertMany(documents);
    } else {
      const statement = 'INSERT INTO organization_settings (organization, version, settings) VALUES (?, 1, ?)';
      raw.sql(statement, broken.map((settings, index) => [key(index), settings])); // prettier-ignore
    }
    for (const index of broken.keys()) {
      const name = `odd-${index}`;
      for (let times = 0; times < 3; times++) expect((await grants.get(name)).grants.quotas).toEqual({});
      expect(world().logged.filter((line) => line.includes(`The grants of ${name} count as not set`))).toHaveLength(1);
      expect((await world().done(grants.put(name, { weight: 2 }))).grants.weight).toBe(2);
      expect((await grants.get(name)).grants.weight).toBe(2);
    }
    expect(await startsIn(3000)).toBe(3);
  });

  it('of an idempotency key refuses that key alone, and says why', async () => {
    const { instance, raw, startsIn } = await boot();
    const get = <Type>(token: abstract new (...parts: never[]) => Type) =>
      instance.module.get(token, { strict: false });
    const service = new IdempotencyService(get(IdempotencyStore), get(RequestSeals), world().clock);
    const request = (key: string) => ({ organization: 'default', operation: 'POST /v1/tasks user:ann', key });
    const { fingerprint } = { fingerprint: get(RequestSeals).fingerprint(Object.values(request('d')), 'content') };
    const odd: [key: string, hash: unknown, begunAt: unknown, answer: unknown][] = [
      ['a', 5, T0, null],
      ['b', 'x', 'noon', null],
      ['c', null, T0, '{"broken'],
      ['d', fingerprint, T0, '{"broken'],
      ['e', 'x', null, 7],
    ];
    if (raw.isMongo) {
      const documents = odd.map(([key, bodyHash, begunAt, response]) => ({
        ...{ _id: JSON.stringify(Object.values(request(key))) as never, bodyHash, response },
        begunAt: typeof begunAt === 'number' ? new Date(begunAt) : begunAt,
      }));
      await raw.mongo.collection('idempotency').insertMany(documents);
    } else {
      const rows = odd.map(([key, hash, begunAt, answer]): Values => {
        const { organization, operation } = request(key);
        return [organization, operation, key, (hash ?? 9) as string, (begunAt ?? 'never') as string, answer as string];
      });
      raw.sql('INSERT INTO idempotent_requests VALUES (?, ?, ?, ?, ?, ?)', rows);
    }
    for (const [key] of odd) {
      const refusal = service.begin(request(key), 'content');
      await expect(refusal).rejects.toThrow(IdempotencyKeyReusedError);
    }
    expect(world().logged.filter((line) => line.includes('An idempotency key of default cannot be used')).length).toBeGreaterThanOrEqual(2); // prettier-ignore
    expect(await service.begin(request('f'), 'content')).toMatchObject({ answer: null });
    await world().done(service.complete(request('f'), { status: 201, headers: {} }));
    expect(await service.begin(request('f'), 'content')).toMatchObject({ answer: { status: 201 } });
    await world().done(get(IdempotencyStore).purge(world().clock.now() + 1, 100));
    expect(await startsIn(3000)).toBe(3);
  });

  it('of sealed secrets keeps no others from a new key, and is told', async () => {
    const { instance, raw, scheduler } = await boot();
    const secrets = { token: 'the secret' };
    const tasks: Task[] = [];
    for (let made = 0; made < 6; made++) tasks.push(await scheduler.schedule(work({ secrets })));
    const odd = ['{"broken', 'null', '{"token":5}', '{"token":"v2.x.y.z"}'];
    for (const [index, text] of odd.entries()) {
      const { id } = tasks[index]!;
      if (raw.isMongo)
        await raw.mongo.collection<{ _id: string }>('tasks').updateOne({ _id: id }, { $set: { secrets: text } }); // prettier-ignore
      else {
        const details =
          index === 0 ? text : `{"definition":${JSON.stringify(tasks[index]!.definition)},"secrets":${text}}`;
        raw.sql('UPDATE task_details SET details = ? WHERE number = (SELECT number FROM tasks WHERE id = ?)', [
          [details, id],
        ]);
      }
    }
    const ring = KeyRing.parse(`new:${randomBytes(32).toString('base64')},${world()['encryptionKeys']}`);
    const get = <Type>(token: abstract new (...parts: never[]) => Type) =>
      instance.module.get(token, { strict: false });
    const told: string[] = [];
    const resealer = new Resealer(
      ...([ring, new SecretsService(new Sealer(ring)), get(SealedStore), get(AuditStore)] as const),
      ...([
        new CheckpointSigner(ring),
        new EntrySeals(ring),
        () => T0,
        (what: string) => void told.push(what),
      ] as const),
    );
    const { tasks: sealed, remaining } = await world().done(resealer.resealAll());
    expect([sealed, remaining]).toEqual([2, odd.length]);
    for (const index of odd.keys()) expect(told.join('\n')).toContain(tasks[index]!.id);
    const renewed = (await get(TaskStore).get('default', tasks[5]!.id))!;
    expect(renewed.secrets['token']).toMatch(/^v2\.new\./);
    // An attempt of such a task fails, and no other.
    const runs = [];
    for (const { id } of tasks.slice(1)) runs.push(await world().done(scheduler.runNow(id)));
    await world().advance(60_000);
    const states = await Promise.all(runs.map(async ({ id }) => (await scheduler.getRun(id)).state));
    expect(states.slice(1, 3)).toEqual(['failed', 'failed']);
  });

  it('of a task that holds something odd where claims write stops no other, and none of it', async () => {
    const { raw, scheduler, startsIn, ledger } = await boot();
    if (!raw.isMongo) return;
    const crowd = (await scheduler.scheduleMany(
      Array.from({ length: 40 }, () => work({ triggers: [every(1000)] })),
    )) as { task: Task }[];
    const odd: object[] = [
      { moves: 5 },
      { moves: [null, 7] },
      { scheduledRuns: 'x' },
      { outbox: 5 },
      { outbox: null },
      { outbox: { token: 5, entries: null } },
      { outbox: { token: 't', entries: [null, { _id: 7 }, { _id: 'x', taskId: 'another', organization: 'globex' }] } },
    ];
    await world().advance(2000);
    for (const [index, $set] of odd.entries())
      await raw.mongo.collection<{ _id: string }>('tasks').updateOne({ _id: crowd[index]!.task.id }, { $set });
    expect(await startsIn(5000)).toBe(5);
    for (const [index, what] of odd.entries()) {
      const { id } = crowd[index]!.task;
      expect([what, world().workshop.of(id).length]).toEqual([what, 7]);
      if ('outbox' in what) {
        const { items } = await ledger.list('default', id, { limit: 200 });
        const told = items.filter((item) => 'entry' in item && item.entry.reason.includes('cannot be read'));
        expect([what, told.length]).toEqual([what, JSON.stringify(what).includes('another') ? 3 : 1]);
      }
    }
    expect(world().workshop.of(crowd[30]!.task.id)).toHaveLength(7);
    const [a, b] = [crowd[10]!.task.id, crowd[11]!.task.id];
    for (const id of [a, b])
      await raw.mongo.collection<{ _id: string }>('tasks').updateOne({ _id: id }, { $set: { outbox: { entries: 1 } } });
    await ledger.list('default', a, { limit: 10 });
    await world().done(scheduler.change(b, { triggers: [every(2000)] }));
    await world().done(scheduler.pause(a, 'it is odd'));
    await world().done(scheduler.remove(a));
    await world().done(scheduler.remove(b));
  });
});
