import Database from 'libsql';
import mongoose from 'mongoose';

const BATCH = 5000;
const SIDE_BY_SIDE = 4;

/** In thousandths: a few runs did not succeed, and some in a hundred were not made by a schedule. */
const STATES = [
  [970, 'succeeded'],
  [985, 'failed'],
  [990, 'timed_out'],
  [995, 'cancelled'],
  [998, 'skipped'],
  [1000, 'missed'],
];
const TRIGGERS = [
  [920, 'schedule'],
  [940, 'manual'],
  [970, 'event'],
  [990, 'backfill'],
  [1000, 'retry'],
];

const among = (table, place) => table.find(([below]) => place < below)[1];
const sqlAmong = (table, place) =>
  `CASE ${table.map(([below, value]) => `WHEN ${place} < ${below} THEN '${value}'`).join(' ')} END`;

export const hex = (value, digits) => value.toString(16).padStart(digits, '0');

/** When a history of this length begins. */
export const beginningOf = (spanMs) => Date.now() - spanMs - 60_000;

/** Puts runs into an SQLite file that no process uses, and rebuilds its indexes at the end. */
function intoSqlite(path, { runs, owners, spanMs }) {
  const database = new Database(path);
  const from = beginningOf(spanMs);
  database.exec('PRAGMA synchronous = OFF');
  database.exec('PRAGMA cache_size = -1048576');
  const indexes = database
    .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'runs'")
    .all();
  const made = indexes.filter(({ sql }) => sql !== null);
  for (const { name } of made) database.exec(`DROP INDEX ${name}`);
  database.exec('CREATE TEMP TABLE named (task INTEGER PRIMARY KEY, id TEXT, organization TEXT)');
  const name = database.prepare('INSERT INTO temp.named VALUES (?, ?, ?)');
  database.exec('BEGIN');
  for (const [index, { id, organization }] of owners.entries()) name.run(index, id, organization);
  database.exec('COMMIT');
  const time = `printf('%012x', at)`;
  database.exec(`
    INSERT INTO runs (id, organization, task_id, trigger, scheduled_for, origin, state, unfinished, due_at, attempt,
      started_at, finished_at, progress)
    WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${runs}),
      times AS (SELECT n, ${from} + n * ${spanMs} / ${runs} AS at FROM numbers)
    SELECT printf('%s-%s-8%03x-9%03x-%012x', substr(${time}, 1, 8), substr(${time}, 9), n % 4096, n % 4096, n),
      named.organization, named.id, ${sqlAmong(TRIGGERS, '(n * 7) % 1000')}, at,
      '{"generation":1,"priority":5,"createdAt":' || at || ',"retryOf":null,"event":null}',
      ${sqlAmong(STATES, '(n * 13) % 1000')}, 0, at, 1, at, at + 40,
      '{"attempts":[{"number":1,"instance":"i","startedAt":' || at || ',"finishedAt":' || (at + 40) ||
        ',"outcome":"succeeded"}],"latenessMs":1,"output":null,"reason":null}'
    FROM times CROSS JOIN temp.named AS named ON named.task = times.n % ${owners.length}`);
  for (const { sql } of made) database.exec(sql);
  // The audit trail counts these as recorded.
  database.exec(`INSERT OR REPLACE INTO audit_outcomes (id, at, run_id) VALUES (1, ${Date.now() - 30_000}, '')`);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

/** The `index`-th of the finished runs, in order of time. */
function runAt(index, { runs, owners, spanMs }, from) {
  const at = from + Math.floor((index * spanMs) / runs);
  const time = hex(at, 12);
  const { id: taskId, organization } = owners[index % owners.length];
  const attempt = { number: 1, instance: 'i', startedAt: at, finishedAt: at + 40, outcome: 'succeeded' };
  return {
    _id: `${time.slice(0, 8)}-${time.slice(8)}-8${hex(index % 4096, 3)}-9${hex(index % 4096, 3)}-${hex(index, 12)}`,
    ...{ organization, taskId, trigger: among(TRIGGERS, (index * 7) % 1000), scheduledFor: at },
    ...{ generation: 1, priority: 5, createdAt: at, retryOf: null, event: null },
    ...{ state: among(STATES, (index * 13) % 1000), dueAt: at, owner: null, attempt: 1, attempts: [attempt] },
    ...{ startedAt: at, finishedAt: at + 40, latenessMs: 1, output: null, reason: null, lastWrite: 'history' },
  };
}

/** Inserts documents, several batches at a time. */
export async function inBatches(collection, count, documentAt) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const first = next;
      next += BATCH;
      const documents = Array.from({ length: Math.min(BATCH, count - first) }, (_, index) => documentAt(first + index));
      await collection.insertMany(documents, { ordered: false, writeConcern: { w: 1 } });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
}

/** Does the same with a MongoDB database. */
async function intoMongo(url, history) {
  const connection = await mongoose.createConnection(url, { autoIndex: false }).asPromise();
  const from = beginningOf(history.spanMs);
  await inBatches(connection.collection('runs'), history.runs, (index) => runAt(index, history, from));
  const position = { $set: { at: Date.now() - 30_000, run: '' } };
  await connection.collection('auditOutcomes').updateOne({ _id: 'position' }, position, { upsert: true });
  await connection.close();
}

/** Fills a store that has its schema with finished runs of these tasks (`id`, `organization`), in turn, over `spanMs`. */
export const fillRuns = (url, history) =>
  url.startsWith('mongodb') ? intoMongo(url, history) : intoSqlite(url.replace(/^file:/, ''), history);
