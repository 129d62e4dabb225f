import { rm } from 'node:fs/promises';
import Database from 'libsql';
import mongoose from 'mongoose';

const BATCH = 1000;
const WATCH_MS = 2000;

const document = (index) => ({
  _id: `raw-${index}`,
  organization: 'default',
  state: 'pending',
  attempt: 1,
  dueAt: index,
});

/** How many items per second `write` stores, called over and over with the number of the next item. */
async function rate(size, write) {
  let done = 0;
  const began = performance.now();
  while (performance.now() - began < WATCH_MS) {
    await write(done);
    done += size;
  }
  return done / ((performance.now() - began) / 1000);
}

const range = (from) => Array.from({ length: BATCH }, (_, index) => from + index);

async function mongo(url) {
  const connection = await mongoose.createConnection(url).asPromise();
  try {
    const grouped = connection.collection('grouped');
    const inserted = await rate(BATCH, (from) => grouped.insertMany(range(from).map(document)));
    const updated = await rate(BATCH, () =>
      grouped.bulkWrite(
        range(0).map((index) => ({ updateOne: { filter: { _id: `raw-${index}` }, update: { $inc: { attempt: 1 } } } })),
        { ordered: false },
      ),
    );
    const single = connection.collection('single');
    const commits = await rate(1, (index) => single.insertOne(document(index)));
    return { 'insertMany, rows': inserted, 'bulkWrite of updateOne, rows': updated, 'single commits': commits };
  } finally {
    await connection.dropDatabase();
    await connection.close();
  }
}

async function sqlite(url) {
  const path = url.replace(/^file:/, '');
  const database = new Database(path);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('CREATE TABLE raw (id TEXT PRIMARY KEY, state TEXT, attempt INTEGER, due_at INTEGER) WITHOUT ROWID');
    const insert = database.prepare('INSERT INTO raw VALUES (?, ?, ?, ?)');
    const put = (index) => insert.run(`raw-${index}`, 'pending', 1, index);
    const group = database.transaction((from) => range(from).forEach(put));
    const rows = await rate(BATCH, group);
    database.exec('DELETE FROM raw');
    return { 'rows in groups of 1,000': rows, 'single commits': await rate(1, put) };
  } finally {
    database.close();
    await rm(path, { force: true });
  }
}

/** What the store itself can do on this machine, per second. */
export const rawLimits = (url) => (url.startsWith('mongodb') ? mongo(url) : sqlite(url));
