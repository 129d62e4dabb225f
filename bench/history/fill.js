import { randomBytes } from 'node:crypto';
import Database from 'libsql';
import mongoose from 'mongoose';
import { beginningOf, fillRuns, hex, inBatches } from './runs.js';

/** The time that the history covers; less than the retention of runs, but for the part that a purge is to remove. */
const SPAN_MS = 25 * 86_400_000;

/** A tenth of all belongs to the organization `default`, which is asked; the rest to the others in turn. */
export const organizationOf = (index, organizations) =>
  index % 10 === 0 ? 'default' : `tenant-${index % (organizations - 1)}`;

/** The id of the `index`-th task; the last digits, which decide who minds it, are random. */
const taskIdOf = (index) => `01900000-0000-7000-8000-${hex(index, 10)}${randomBytes(1).toString('hex')}`;

/** Copies of a task that the service has made itself, which start in 30 days. */
const dueAtOf = (index) => Date.now() + 30 * 86_400_000 + index;

/** Puts tasks, and some of what did not run, into an SQLite file that no process uses; returns the tasks. */
function tasksIntoSqlite(path, { tasks, organizations, template }) {
  const database = new Database(path);
  database.exec('PRAGMA synchronous = OFF');
  database.exec('PRAGMA cache_size = -1048576');
  const first = database.prepare('SELECT max(number) + 1 AS first FROM tasks').get().first;
  const columns = database
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all('tasks')
    .map(({ name }) => name);
  const row = database.prepare('SELECT * FROM tasks WHERE id = ?').get(template);
  const details = database.prepare('SELECT * FROM task_details WHERE number = ?').get(row.number);
  const insert = database.prepare(
    `INSERT INTO tasks (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  const detail = database.prepare('INSERT INTO task_details (number, folded_name, details) VALUES (?, ?, ?)');
  const missed = database.prepare(
    `INSERT INTO ledger (organization, task_id, from_at, to_at, count, outcome, reason)
      VALUES (?, ?, ?, ?, 3, 'coalesced', 'misfire policy "fire-once"')`,
  );
  const from = beginningOf(SPAN_MS);
  const owners = [];
  database.exec('BEGIN');
  for (let index = 0; index < tasks; index++) {
    const [id, organization, dueAt] = [taskIdOf(index), organizationOf(index, organizations), dueAtOf(index)];
    const shard = Number.parseInt(id.slice(-2), 16);
    const own = { ...row, ...{ number: first + index, id, organization, shard } };
    const made = { ...own, next_scheduled_for: dueAt, next_due_at: dueAt, wake_at: dueAt };
    insert.run(...columns.map((column) => made[column]));
    detail.run(first + index, details.folded_name, details.details);
    if (index % 5 === 0) missed.run(organization, id, from + index, from + index + 60_000);
    owners.push({ id, organization });
  }
  database.exec('COMMIT');
  database.close();
  return owners;
}

/** Does the same with a MongoDB database, but for what did not run. */
async function tasksIntoMongo(url, { tasks, organizations, template }) {
  const connection = await mongoose.createConnection(url, { autoIndex: false }).asPromise();
  const collection = connection.collection('tasks');
  const made = await collection.findOne({ _id: template });
  const owners = Array.from({ length: tasks }, (_, index) => ({
    id: taskIdOf(index),
    organization: organizationOf(index, organizations),
  }));
  await inBatches(collection, tasks, (index) => {
    const { id, organization } = owners[index];
    const dueAt = dueAtOf(index);
    const own = { _id: id, organization, shard: Number.parseInt(id.slice(-2), 16) };
    return { ...made, ...own, next: { scheduledFor: dueAt, dueAt }, wakeAt: dueAt };
  });
  await connection.close();
  return owners;
}

/** Fills a store that has its schema with tasks like `template`, and with finished runs of them. */
export async function fill(url, history) {
  const owners = url.startsWith('mongodb')
    ? await tasksIntoMongo(url, history)
    : tasksIntoSqlite(url.replace(/^file:/, ''), history);
  await fillRuns(url, { runs: history.runs, owners, spanMs: SPAN_MS });
}
