import { expect, it } from '@jest/globals';
import Database from 'libsql';
import type { Connection } from 'mongoose';
import { ENGINE } from '../../src/audit/actor.js';
import { AuditRecorder } from '../../src/audit/audit-recorder.js';
import { AuditRetention } from '../../src/audit/audit-retention.js';
import { AuditStore } from '../../src/audit/audit.store.js';
import { IdempotencyStore } from '../../src/idempotency/idempotency.store.js';
import { noTotals } from '../../src/stats/figures.js';
import { StatsStore } from '../../src/stats/stats.store.js';
import { newId } from '../../src/domain/ids.js';
import { LockStore } from '../../src/locking/lock.store.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { anEvent, aRun, aTask, T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, type EngineWorld } from '../support/engine-world.js';

const DAY = 86_400_000;
const OLD = T0 - 100 * DAY;

/** Writes a row to SQLite or a document to MongoDB as a damaged store would hold it. */
class Damage {
  private readonly file: string | undefined;
  private readonly connection: Connection | undefined;

  constructor(world: EngineWorld, instance: EngineInstance) {
    this.file = world.files().find((name) => name.endsWith('tasks.db'));
    if (this.file) return;
    this.connection = instance.mongo;
  }

  /** Sets columns or fields of the record whose id or key ends in `id`. */
  async set(table: string, id: string, sqlite: string, mongo: object): Promise<void> {
    if (this.connection) {
      const filter = { _id: { $regex: `${id}("\\])?$` } } as object;
      const unset = Object.entries(mongo).filter(([, value]) => value === undefined);
      const set = Object.entries(mongo).filter(([, value]) => value !== undefined);
      const update = {
        ...(set.length > 0 && { $set: Object.fromEntries(set) as object }),
        ...(unset.length > 0 && { $unset: Object.fromEntries(unset.map(([name]) => [name, ''])) }),
      };
      expect((await this.connection.collection(table).updateOne(filter, update)).matchedCount).toBe(1);
      return;
    }
    const database = new Database(this.file!);
    const key = { locks: 'key', idempotency: 'key' }[table] ?? 'id';
    const name = table === 'idempotency' ? 'idempotent_requests' : table;
    expect(database.prepare(`UPDATE ${name} SET ${sqlite} WHERE ${key} = ?`).run(id).changes).toBe(1);
    database.close();
  }

  /** Breaks every record of a table. */
  async all(table: string, sqlite: string, mongo: object): Promise<void> {
    if (this.connection) return void (await this.connection.collection(table).updateMany({}, { $set: mongo }));
    const database = new Database(this.file!);
    database.prepare(`UPDATE ${table} SET ${sqlite}`).run();
    database.close();
  }

  /** Sets the date of an entry of an organization's trail. */
  async date(organization: string, sequence: number, at: unknown): Promise<void> {
    if (this.connection) {
      const filter = { organization, sequence };
      const { matchedCount } = await this.connection.collection('audit').updateOne(filter, { $set: { at } });
      expect(matchedCount).toBe(1);
      return;
    }
    const database = new Database(this.file!);
    const sql = 'UPDATE audit_entries SET at = ? WHERE organization = ? AND sequence = ?';
    expect(database.prepare(sql).run(at, organization, sequence).changes).toBe(1);
    database.close();
  }

  async count(table: string): Promise<number> {
    if (this.connection) return this.connection.collection(table).countDocuments();
    const database = new Database(this.file!);
    const name = table === 'idempotency' ? 'idempotent_requests' : table;
    const { count } = database.prepare(`SELECT count(*) AS count FROM ${name}`).get() as { count: number };
    database.close();
    return count;
  }
}

/** How the date or the state of a run may be broken: in SQLite, and in MongoDB (undefined removes a field). */
const RUNS: [what: string, sqlite: string, mongo: object][] = [
  ['an end that is a text', "finished_at = 'noon'", { finishedAt: 'noon' }],
  ['no end', 'finished_at = NULL', { finishedAt: null }],
  ['an end that is missing', 'finished_at = NULL', { finishedAt: undefined }],
  ['neither finished nor unfinished', "unfinished = 'maybe', finished_at = NULL", { finishedAt: { a: 1 } }],
  ['unfinished, and due at a text', "unfinished = 1, finished_at = NULL, due_at = 'noon'", { holder: '', dueAt: 'noon', finishedAt: null }], // prettier-ignore
];

describeEngine('records whose date or state cannot be read', (world) => {
  const boot = async () => {
    const instance = await world().boot();
    const find = <Type>(token: abstract new (...parts: never[]) => Type): Type =>
      instance.module.get(token, { strict: false });
    return { instance, find, damage: new Damage(world(), instance) };
  };

  it('leave with the others of their age: runs, with their logs', async () => {
    const { instance, damage } = await boot();
    const { runStore } = instance;
    const run = (at: number) => aRun({ id: newId(at), scheduledFor: at, state: 'succeeded', finishedAt: at });
    const broken = RUNS.map(() => run(OLD));
    const [old, young] = [run(OLD), run(T0)];
    const waiting = aRun({ id: newId(OLD), dueAt: T0 + DAY, scheduledFor: OLD });
    await runStore.insert([...broken, old, young, waiting]);
    for (const [index, [, sqlite, mongo]] of RUNS.entries()) {
      await damage.set('runs', broken[index]!.id, sqlite, mongo);
    }
    expect(await damage.count('runs')).toBe(RUNS.length + 3);
    // No more than it was told to at once.
    expect(await runStore.purge(T0 - 50 * DAY, 3)).toBe(3);
    expect(await runStore.purge(T0 - 50 * DAY, 100)).toBe(RUNS.length - 2);
    expect(await runStore.purge(T0 - 50 * DAY, 100)).toBe(0);
    const left = await runStore.byIds('acme', [young.id, waiting.id, old.id]);
    expect(left.map(({ id }) => id).sort()).toEqual([young.id, waiting.id].sort());
  });

  it('leave behind the old ones that go on, however many those are', async () => {
    const { instance, damage } = await boot();
    const waiting = Array.from({ length: 1500 }, () =>
      aRun({ id: newId(OLD), dueAt: T0 + DAY, scheduledFor: OLD, taskId: 'far' }),
    );
    const broken = aRun({ id: newId(OLD + 1), scheduledFor: OLD + 1, state: 'succeeded', finishedAt: OLD });
    await instance.runStore.insert([...waiting, broken]);
    await damage.set('runs', broken.id, "finished_at = 'noon'", { finishedAt: 'noon' });
    let removed = 0;
    for (let sweep = 0; sweep < 3; sweep++) removed += await instance.runStore.purge(T0 - 50 * DAY, 100);
    expect([removed, await damage.count('runs')]).toEqual([1, 1500]);
  });

  it('leave: events, whether they were to be dispatched or not', async () => {
    const { instance, damage } = await boot();
    const { eventStore } = instance;
    const ids = ['text', 'state', 'waiting', 'missing', 'old', 'young'];
    await eventStore.insert(
      ids.map((id) =>
        anEvent({ id, organization: 'umbrella', receivedAt: id === 'young' ? T0 : OLD, dispatched: true }),
      ),
    );
    await damage.set('events', 'text', "received_at = 'noon'", { receivedAt: 'noon' });
    await damage.set('events', 'state', "dispatched = 'maybe'", { dispatched: 'maybe' });
    await damage.set('events', 'waiting', "received_at = 'noon', dispatched = 0", {
      receivedAt: 'noon',
      dispatched: false,
    });
    await damage.set('events', 'missing', "received_at = ''", { receivedAt: undefined });
    expect(await eventStore.purge(T0 - 50 * DAY, 2)).toBe(2);
    expect(await eventStore.purge(T0 - 50 * DAY, 100)).toBe(3);
    expect(await damage.count('events')).toBe(1);
  });

  it('leave: idempotency keys, entries of the ledger, figures and locks', async () => {
    const { instance, find, damage } = await boot();
    const keys = find(IdempotencyStore);
    const request = (key: string) => ({ organization: 'umbrella', operation: 'POST /v1/tasks', key });
    for (const key of ['text', 'missing', 'young']) await keys.begin(request(key), 'print', T0);
    await damage.set('idempotency', 'text', "begun_at = 'noon'", { begunAt: 'noon' });
    await damage.set('idempotency', 'missing', "begun_at = ''", { begunAt: undefined });
    expect(await keys.purge(T0 - DAY, 100)).toBe(2);
    expect(await keys.begin(request('young'), 'print', T0)).not.toBeNull();

    const stats = find(StatsStore);
    const figures = { ...noTotals(), organization: 'umbrella', instance: 'one', lateness: [], worstMs: 0 };
    await stats.put([{ ...figures, minute: T0 }]);
    await damage.all('figures', "minute = 'noon'", { minute: 'noon' });
    expect(await stats.purge(T0 - DAY, 100)).toBe(1);

    const task = aTask();
    const entry = {
      organization: 'acme',
      taskId: task.id,
      from: T0,
      to: T0,
      count: 1,
      reason: 'the task was paused: ',
    };
    const tasks = find(TaskStore);
    await tasks.insert([task]);
    await tasks.replace('acme', task, task, [{ ...entry, outcome: 'skipped' }]);
    await damage.all('ledger', "to_at = 'noon'", { to: 'noon' });
    expect(await instance.runStore.purgeLedger(T0 - DAY, 100)).toBe(1);

    const locks = find(LockStore);
    await locks.acquire(['odd'], 'nobody', 1000);
    await damage.set('locks', 'odd', "expires_at = 'noon'", { expiresAt: 'noon' });
    const before = await damage.count('locks');
    await locks.renew(instance.locks.owner, 10_000);
    expect(await damage.count('locks')).toBe(before - 1);
  });

  const FAR = 253_402_300_799_000;

  it.each<[string, Record<number, unknown>]>([
    ['the first is dated in the far future', { 1: FAR }],
    ['many are, one after the other', { 1: FAR, 2: FAR, 3: FAR, 4: FAR }],
    ['one in the middle is, and the last old one', { 2: FAR, 5: FAR }],
    ['a date is a text', { 1: 'noon', 3: 'noon' }],
  ])('leave with the others of their age: entries of a trail, where %s', async (_, dates) => {
    const { find, damage } = await boot();
    const [recorder, retention, trail] = [find(AuditRecorder), find(AuditRetention), find(AuditStore)];
    const change = {
      organization: 'acme',
      action: 'task.created',
      object: { type: 'task', id: 't' },
      actor: ENGINE,
    } as const;
    for (let made = 0; made < 6; made++) await world().done(recorder.record(change));
    await world().advance(1000);
    const before = world().clock.now();
    for (let made = 0; made < 2; made++) await world().done(recorder.record(change));
    for (const [sequence, at] of Object.entries(dates)) await damage.date('acme', Number(sequence), at);
    // Some at a time, as housekeeping does.
    for (let sweep = 0; sweep < 8; sweep++) await world().done(retention.purge(before, 2));
    const left = await trail.chain('acme', {}, 0, 99);
    expect(left.filter(({ action }) => action === change.action).map(({ sequence }) => sequence)).toEqual([7, 8]);
    expect((await trail.checkpoint('acme', 'base'))!.broken).toEqual({
      sequence: Number(Object.keys(dates)[0]),
      reason: expect.any(String),
    });
  });

  it('take no young entry of a trail with them, and keep no other trail from its turn', async () => {
    const { find, damage } = await boot();
    const [recorder, retention, trail] = [find(AuditRecorder), find(AuditRetention), find(AuditStore)];
    const changeOf = (organization: string) => ({ organization, action: 'task.created', object: { type: 'task', id: 't' }, actor: ENGINE } as const); // prettier-ignore
    await world().done(recorder.record(changeOf('other')));
    await world().advance(1000);
    const before = world().clock.now();
    const odd = Array.from({ length: 5 }, (_, index) => `odd-${index}`);
    for (const organization of odd)
      for (let made = 0; made < 3; made++) await world().done(recorder.record(changeOf(organization)));
    for (const organization of odd) {
      await damage.date(organization, 1, FAR);
      await damage.date(organization, 3, 0);
    }
    for (let sweep = 0; sweep < 9; sweep++) await world().done(retention.purge(before, 2));
    for (const organization of odd) expect(await trail.chain(organization, {}, 0, 9)).toHaveLength(3);
    expect((await trail.chain('other', {}, 0, 9)).map(({ action }) => action)).toEqual(['audit.purged']);
  });
});
