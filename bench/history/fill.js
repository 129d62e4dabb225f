import { randomBytes } from 'node:crypto';
import Database from 'libsql';
import mongoose from 'mongoose';

/** The time that the history covers; less than the retention of runs, but for the part that a purge is to remove. */
const SPAN_MS = 25 * 86_400_000;
const BATCH = 2000;

/** In thousandths: a few runs did not succeed, and some in a hundred were not made by a schedule. */
const STATES = [970, 'succeeded', 985, 'failed', 990, 'timed_out', 995, 'cancelled', 998, 'skipped', 1000, 'missed'];
const TRIGGERS = [920, 'schedule', 940, 'manual', 970, 'event', 990, 'backfill', 1000, 'retry'];

const hex = (value, digits) => value.toString(16).padStart(digits, '0');
const among = (table, place) => table[table.findIndex((below) => typeof below === 'number' && place < below) + 1];
const sqlAmong = (table, place) => {
  const cases = table.flatMap((each, index) =>
    typeof each === 'number' ? [`WHEN ${place} < ${each} THEN '${table[index + 1]}'`] : [],
  );
  return `CASE ${cases.join(' ')} END`;
};

/** A tenth of all belongs to the organization `default`, which is asked; the rest to the others in turn. */
export const organizationOf = (index, organizations) =>
  index % 10 === 0 ? 'default' : `tenant-${index % (organizations - 1)}`;

/** The id of the `index`-th task; the last digits, which decide who minds it, are random. */
const taskIdOf = (index) => `01900000-0000-7000-8000-${hex(index, 10)}${randomBytes(1).toString('hex')}`;

/** Copies of a task that the service has made itself, which start in 30 days. */
const dueAtOf = (index) => Date.now() + 30 * 86_400_000 + index;

function fillTasks(database, { tasks, organizations, template }) {
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
  database.exec('CREATE TEMP TABLE named (task INTEGER PRIMARY KEY, id TEXT, organization TEXT)');
  const name = database.prepare('INSERT INTO temp.named VALUES (?, ?, ?)');
  database.exec('BEGIN');
  for (let index = 0; index < tasks; index++) {
    const [id, organization, dueAt] = [taskIdOf(index), organizationOf(index, organizations), dueAtOf(index)];
    const shard = Number.parseInt(id.slice(-2), 16);
    const own = { ...row, ...{ number: first + index, id, organization, shard } };
    const made = { ...own, next_scheduled_for: dueAt, next_due_at: dueAt, wake_at: dueAt };
    insert.run(...columns.map((column) => made[column]));
    detail.run(first + index, details.folded_name, details.details);
    name.run(index, id, organization);
  }
  database.exec('COMMIT');
}

/** Fills an SQLite file that no process uses with tasks and runs, and rebuilds its indexes at the end. */
function fillSqlite(path, { runs, tasks, organizations, template }) {
  const database = new Database(path);
  const from = Date.now() - SPAN_MS - 60_000;
  database.exec('PRAGMA synchronous = OFF');
  database.exec('PRAGMA cache_size = -1048576');
  fillTasks(database, { tasks, organizations, template });
  const indexes = database
    .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'runs'")
    .all();
  const made = indexes.filter(({ sql }) => sql !== null);
  for (const { name } of made) database.exec(`DROP INDEX ${name}`);
  const time = `printf('%012x', at)`;
  database.exec(`
    INSERT INTO runs (id, organization, task_id, trigger, scheduled_for, origin, state, unfinished, due_at, attempt,
      started_at, finished_at, progress)
    WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${runs}),
      times AS (SELECT n, ${from} + n * ${SPAN_MS} / ${runs} AS at FROM numbers)
    SELECT printf('%s-%s-8%03x-9%03x-%012x', substr(${time}, 1, 8), substr(${time}, 9), n % 4096, n % 4096, n),
      named.organization, named.id, ${sqlAmong(TRIGGERS, '(n * 7) % 1000')}, at,
      '{"generation":1,"priority":5,"createdAt":' || at || ',"retryOf":null,"event":null}',
      ${sqlAmong(STATES, '(n * 13) % 1000')}, 0, at, 1, at, at + 40,
      '{"attempts":[{"number":1,"instance":"i","startedAt":' || at || ',"finishedAt":' || (at + 40) ||
        ',"outcome":"succeeded"}],"latenessMs":1,"output":null,"reason":null}'
    FROM times CROSS JOIN temp.named AS named ON named.task = times.n % ${tasks}`);
  for (const { sql } of made) database.exec(sql);
  database.exec(`INSERT INTO ledger (organization, task_id, from_at, to_at, count, outcome, reason)
    SELECT organization, id, ${from} + task, ${from} + task + 60000, 3, 'coalesced', 'misfire policy "fire-once"'
    FROM temp.named WHERE task % 5 = 0`);
  // The audit trail counts these as recorded.
  database.exec(`INSERT OR REPLACE INTO audit_outcomes (id, at, run_id) VALUES (1, ${Date.now() - 30_000}, '')`);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

/** The `index`-th of the finished runs, in order of time. */
function runAt(index, { runs, owners }, from) {
  const at = from + Math.floor((index * SPAN_MS) / runs);
  const time = hex(at, 12);
  const { _id: taskId, organization } = owners[index % owners.length];
  const attempt = { number: 1, instance: 'i', startedAt: at, finishedAt: at + 40, outcome: 'succeeded' };
  return {
    _id: `${time.slice(0, 8)}-${time.slice(8)}-8${hex(index % 4096, 3)}-9${hex(index % 4096, 3)}-${hex(index, 12)}`,
    ...{ organization, taskId, trigger: among(TRIGGERS, (index * 7) % 1000), scheduledFor: at },
    ...{ generation: 1, priority: 5, createdAt: at, retryOf: null, event: null },
    ...{ state: among(STATES, (index * 13) % 1000), dueAt: at, owner: null, attempt: 1, attempts: [attempt] },
    ...{ startedAt: at, finishedAt: at + 40, latenessMs: 1, output: null, reason: null, lastWrite: 'history' },
  };
}

async function inBatches(count, documentAt, insert) {
  for (let first = 0; first < count; first += BATCH) {
    const size = Math.min(BATCH, count - first);
    await insert(Array.from({ length: size }, (_, index) => documentAt(first + index)));
  }
}

/** Does the same with a MongoDB database. */
async function fillMongo(url, { runs, tasks, organizations, template }) {
  const connection = await mongoose.createConnection(url, { autoIndex: false }).asPromise();
  const [taskCollection, runCollection] = ['tasks', 'runs'].map((name) => connection.collection(name));
  const made = await taskCollection.findOne({ _id: template });
  const options = { ordered: false, writeConcern: { w: 1 } };
  const owners = [];
  await inBatches(
    tasks,
    (index) => {
      const [_id, dueAt] = [taskIdOf(index), dueAtOf(index)];
      const own = {
        _id,
        organization: organizationOf(index, organizations),
        shard: Number.parseInt(_id.slice(-2), 16),
      };
      owners.push(own);
      return { ...made, ...own, next: { scheduledFor: dueAt, dueAt }, wakeAt: dueAt };
    },
    (documents) => taskCollection.insertMany(documents, options),
  );
  const from = Date.now() - SPAN_MS - 60_000;
  await inBatches(
    runs,
    (index) => runAt(index, { runs, owners }, from),
    (documents) => runCollection.insertMany(documents, options),
  );
  const position = { $set: { at: Date.now() - 30_000, run: '' } };
  await connection.collection('auditOutcomes').updateOne({ _id: 'position' }, position, { upsert: true });
  await connection.close();
}

/** Fills a store that has its schema with tasks like `template`, and with finished runs of them. */
export const fill = (url, history) =>
  url.startsWith('mongodb') ? fillMongo(url, history) : fillSqlite(url.replace(/^file:/, ''), history);
