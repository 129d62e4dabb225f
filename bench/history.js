import Database from 'libsql';
import mongoose from 'mongoose';

/** The time that the history covers; less than the retention of runs. */
const SPAN_MS = 5 * 86_400_000;
const BATCH = 5000;
const SIDE_BY_SIDE = 4;

const FINISHED = { attempts: [{ number: 1, instance: 'i', startedAt: 1, finishedAt: 2, outcome: 'succeeded' }] };

/** A few in a thousand did not succeed, and a few in a hundred were not made by a schedule. */
const STATES = [
  [970, 'succeeded'],
  [985, 'failed'],
  [990, 'timed_out'],
  [995, 'cancelled'],
  [998, 'skipped'],
  [1000, 'missed'],
];
const TRIGGERS = [
  [92, 'schedule'],
  [94, 'manual'],
  [97, 'event'],
  [99, 'backfill'],
  [100, 'retry'],
];

const among = (table, place) => table.find(([below]) => place < below)[1];
const sqlAmong = (table, place) =>
  `CASE ${table.map(([below, value]) => `WHEN ${place} < ${below} THEN '${value}'`).join(' ')} END`;

const hex = (value, digits) => value.toString(16).padStart(digits, '0');

/** The `index`-th of `count` finished runs of these tasks, in order of time. */
function runAt({ organization, taskIds }, index, count, from) {
  const at = from + Math.floor((index * SPAN_MS) / count);
  const time = hex(at, 12);
  return {
    _id: `${time.slice(0, 8)}-${time.slice(8)}-8${hex(index % 4096, 3)}-9${hex(index % 4096, 3)}-${hex(index, 12)}`,
    organization,
    taskId: taskIds[index % taskIds.length],
    trigger: among(TRIGGERS, (index * 7) % 100),
    scheduledFor: at,
    ...{ generation: 1, priority: 5, createdAt: at, retryOf: null, event: null },
    state: among(STATES, (index * 13) % 1000),
    ...{ dueAt: at, owner: null, attempt: 1, attempts: FINISHED.attempts, startedAt: at, finishedAt: at + 40 },
    ...{ latenessMs: 1, output: null, reason: null, lastWrite: 'history' },
  };
}

/** Puts finished runs into an SQLite file that no process uses, and rebuilds its indexes at the end. */
function fillSqlite(path, count, { organization, taskIds }) {
  const database = new Database(path);
  const from = Date.now() - SPAN_MS - 60_000;
  database.exec('PRAGMA synchronous = OFF');
  database.exec('PRAGMA cache_size = -262144');
  const indexes = database
    .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'runs'")
    .all();
  const made = indexes.filter(({ sql }) => sql !== null);
  for (const { name } of made) database.exec(`DROP INDEX ${name}`);
  database.exec('CREATE TEMP TABLE named (n INTEGER PRIMARY KEY, id TEXT)');
  const name = database.prepare('INSERT INTO temp.named VALUES (?, ?)');
  taskIds.forEach((id, n) => name.run(n, id));
  const time = `printf('%012x', at)`;
  database.exec(`
    INSERT INTO runs (id, organization, task_id, trigger, scheduled_for, origin, state, unfinished, due_at, attempt,
      started_at, finished_at, progress)
    WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${count}),
      times AS (SELECT n, ${from} + n * ${SPAN_MS} / ${count} AS at FROM numbers)
    SELECT printf('%s-%s-8%03x-9%03x-%012x', substr(${time}, 1, 8), substr(${time}, 9), n % 4096, n % 4096, n),
      '${organization}', 
      (SELECT id FROM temp.named WHERE n = times.n % ${taskIds.length}), ${sqlAmong(TRIGGERS, '(n * 7) % 100')}, at,
      '{"generation":1,"priority":5,"createdAt":' || at || ',"retryOf":null,"event":null}',
      ${sqlAmong(STATES, '(n * 13) % 1000')}, 0, at, 1, at, at + 40,
      '${JSON.stringify({ ...FINISHED, latenessMs: 1, output: null, reason: null })}'
    FROM times`);
  for (const { sql } of made) database.exec(sql);
  // The audit trail counts these as recorded.
  database.exec(`INSERT OR REPLACE INTO audit_outcomes (id, at, run_id) VALUES (1, ${Date.now() - 30_000}, '')`);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

/** Does the same with a MongoDB database, several inserts at a time. */
async function fillMongo(url, count, owner) {
  const connection = await mongoose.createConnection(url, { autoIndex: false }).asPromise();
  const from = Date.now() - SPAN_MS - 60_000;
  const runs = connection.collection('runs');
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const first = next;
      next += BATCH;
      const size = Math.min(BATCH, count - first);
      const documents = Array.from({ length: size }, (_, index) => runAt(owner, first + index, count, from));
      await runs.insertMany(documents, { ordered: false, writeConcern: { w: 1 } });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  const position = { $set: { at: Date.now() - 30_000, run: '' } };
  await connection.collection('auditOutcomes').updateOne({ _id: 'position' }, position, { upsert: true });
  await connection.close();
}

/** Fills a store that has its schema with `count` finished runs of these tasks of the organization `default`. */
export const fill = (url, count, taskIds) =>
  url.startsWith('mongodb')
    ? fillMongo(url, count, { organization: 'default', taskIds })
    : fillSqlite(url.replace(/^file:/, ''), count, { organization: 'default', taskIds });
