import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { aTask, onEvent, T0 } from '../../../test/support/builders.js';
import { shardOf } from '../../domain/shards.js';
import type { Task } from '../../domain/task.js';
import { MIGRATIONS, migrate } from './migrate.js';
import type { Sql } from './sql.js';
import { SqliteConnection } from './sqlite-connection.js';
import { SqliteSealedStore } from './sqlite-sealed.store.js';
import { SqliteTaskStore } from './sqlite-task.store.js';

const COLUMNS = [
  ...['id', 'organization', 'folded_name', 'state', 'generation', 'next_scheduled_for', 'next_due_at'],
  ...['paused_until', 'wake_at', 'details', 'scheduled_runs', 'claimed_until'],
];

/** A task as programs before schema 12 stored it. */
function oldRow(task: Task) {
  const { id, organization, state, generation, next, pausedUntil, scheduledRuns, claimedUntil, ...details } = task;
  const { scheduledFor, dueAt } = next!;
  const place = [state, generation, scheduledFor, dueAt, pausedUntil, dueAt];
  const rest = [JSON.stringify(details), scheduledRuns, claimedUntil];
  return [id, organization, details.definition.name.toLowerCase(), ...place, ...rest];
}

describe('migrate', () => {
  it('keeps the tasks of a database from before their details had a table of their own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tasks-'));
    const path = join(folder, 'tasks.db');
    const tasks = ['Reports', 'Backup'].map((name) =>
      aTask({ definition: { name }, secrets: { token: name }, scheduledRuns: 3, claimedUntil: T0 - 1 }),
    );
    const old = new Database(path);
    const sql: Sql = {
      run: (text, values) => old.prepare(text).run(values).changes,
      all: <Row>(text: string, values: unknown[]) => old.prepare(text).all(values) as Row[],
      first: <Row>(text: string, values: unknown[]) => old.prepare(text).get(values) as Row,
    };
    migrate(
      sql,
      MIGRATIONS.filter(({ version }) => version < 12),
    );
    const insert = `INSERT INTO tasks (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`;
    for (const task of tasks) sql.run(insert, oldRow(task));
    old.close();

    const connection = await SqliteConnection.open(path);
    const store = new SqliteTaskStore(connection);
    expect(await store.byIds(tasks.map(({ id }) => id))).toEqual(tasks);
    expect((await store.list('acme', { q: 'BACK' }, { limit: 9 })).items).toEqual([tasks[1]]);
    const due = { from: T0, before: T0 + 1, limit: 9 };
    expect(await store.dueBetween({ ...due, shards: [shardOf(tasks[0]!.id)] })).toContainEqual(tasks[0]);
    expect(await new SqliteSealedStore(connection).page('', 9)).toHaveLength(2);

    const added = aTask({ definition: { name: 'New' } });
    await store.insert([added]);
    expect(await store.remove('acme', tasks[0]!.id, 1)).toBe(true);
    expect((await store.list('acme', {}, { limit: 9 })).items).toEqual([added, tasks[1]]);
    await connection.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('finds tasks that were there, and those that an older program writes, by the type of an event', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tasks-'));
    const connection = await SqliteConnection.open(join(folder, 'tasks.db'));
    const store = new SqliteTaskStore(connection);
    const task = aTask({ definition: { triggers: [onEvent('x', { 'data.suite': 'a' })] } });
    await store.insert([task]);
    const underAny = async () => (await store.forEvent('acme', 'x', undefined, undefined, [])).items;
    expect(await underAny()).toEqual([]);
    await connection.write(() => {
      connection.run('DELETE FROM task_events WHERE task_id = ?', [task.id]);
      connection.run('INSERT INTO task_events (organization, event, task_id) VALUES (?, ?, ?)', ['acme', 'x', task.id]);
    });
    expect(await underAny()).toEqual([task]);
    await connection.close();
    await rm(folder, { recursive: true });
  });
});
