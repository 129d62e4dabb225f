/**
 * What single statements cost on the MongoDB of MONGODB_URI, in milliseconds per statement (median) and documents per
 * second, by the number of documents: the ground on which the adapter in src/storage/mongo is built.
 * `node bench/mongo-writes.js [rounds]`.
 */
import { MongoClient } from 'mongodb';

const ROUNDS = Number(process.argv[2] ?? 7);
const SIZES = [1, 100, 1000];
const client = await new MongoClient(process.env.MONGODB_URI, { writeConcern: { w: 'majority', journal: true } }).connect();
const db = client.db(`bench-writes-${Date.now()}`);

let serial = 0;
const doc = () => {
  const n = ++serial;
  return {
    _id: `${(1_800_000_000_000 + n).toString(16)}-${n}`, organization: 'default', taskId: `task-${n}`, trigger: 'schedule',
    scheduledFor: 1.8e12 + n, generation: 1, priority: 5, createdAt: 1.8e12, retryOf: null, event: null, state: 'pending',
    dueAt: 1.8e12 + n, owner: 'instance-1', attempt: 1, attempts: [], startedAt: null, finishedAt: null, latenessMs: null,
    output: null, reason: null, holder: 'instance-1', lastWrite: 'aaaaaaaaaaaa',
  };
};
const docs = (n) => Array.from({ length: n }, doc).sort((a, b) => (a._id < b._id ? -1 : 1));
const RUN_INDEXES = [
  { name: 'list', key: { organization: 1, _id: -1 } },
  { name: 'task', key: { organization: 1, taskId: 1, _id: -1 } },
  { name: 'state', key: { organization: 1, state: 1, _id: -1 } },
  { name: 'holder', key: { holder: 1, dueAt: 1 }, partialFilterExpression: { holder: { $exists: true } } },
  { name: 'unfinished', key: { taskId: 1 }, partialFilterExpression: { holder: { $exists: true } } },
  { name: 'cancel', key: { holder: 1 }, partialFilterExpression: { cancelRequested: { $exists: true } } },
  { name: 'finished', key: { finishedAt: 1 } },
];
const ids = (ds) => ds.map(({ _id }) => _id);
const set = { state: 'succeeded', owner: 'instance-1', attempts: [{ number: 1, instance: 'instance-1', startedAt: 1.8e12, finishedAt: 1.8e12, outcome: 'succeeded' }], startedAt: 1.8e12, finishedAt: 1.8e12, latenessMs: 1, lastWrite: 'bbbbbbbbbbbb' };

const WAYS = {
  insertMany: { prepare: () => undefined, run: (c, ds) => c.insertMany(ds, { ordered: false }) },
  'bulkWrite updateOne': {
    run: (c, ds) => c.bulkWrite(ds.map(({ _id }) => ({ updateOne: { filter: { _id, owner: 'instance-1', attempt: 1, holder: { $exists: true } }, update: { $set: set, $unset: { holder: '' } } } })), { ordered: false }),
  },
  'bulkWrite replaceOne': {
    run: (c, ds) => c.bulkWrite(ds.map((d) => ({ replaceOne: { filter: { _id: d._id, owner: 'instance-1', attempt: 1 }, replacement: { ...d, ...set } } })), { ordered: false }),
  },
  'updateMany $in, same $set': {
    run: (c, ds) => c.updateMany({ _id: { $in: ids(ds) }, owner: 'instance-1', attempt: 1, holder: { $exists: true } }, { $set: set, $unset: { holder: '' } }),
  },
  'updateMany $in, one field': {
    run: (c, ds) => c.updateMany({ _id: { $in: ids(ds) } }, { $set: { lastWrite: 'x' } }),
  },
  'updateMany $in, pipeline lookup': {
    run: (c, ds) => c.updateMany({ _id: { $in: ids(ds) }, owner: 'instance-1' }, [
      { $set: { tmp: { $arrayElemAt: [{ $literal: ds.map(() => set) }, { $indexOfArray: [{ $literal: ids(ds) }, '$_id'] }] } } },
      { $replaceWith: { $mergeObjects: ['$$ROOT', '$tmp'] } },
      { $unset: 'tmp' },
    ]),
  },
  'updateMany $in, pipeline getField': {
    run: (c, ds) => c.updateMany({ _id: { $in: ids(ds) }, owner: 'instance-1' }, [
      { $replaceWith: { $mergeObjects: ['$$ROOT', { $getField: { field: '$_id', input: { $literal: Object.fromEntries(ds.map((d) => [d._id, set])) } } }] } },
    ]),
  },
  '$documents $merge whenMatched pipeline': {
    run: (c, ds) => db.aggregate([{ $documents: ds.map(({ _id }) => ({ _id, p: set })) }, { $merge: { into: c.collectionName, on: '_id', whenMatched: [{ $replaceWith: { $cond: [{ $eq: ['$owner', 'instance-1'] }, { $mergeObjects: ['$$ROOT', '$$new.p'] }, '$$ROOT'] } }], whenNotMatched: 'discard' } }]).toArray(),
  },
  '$documents $merge whenMatched merge': {
    run: (c, ds) => db.aggregate([{ $documents: ds.map(({ _id }) => ({ _id, ...set })) }, { $merge: { into: c.collectionName, on: '_id', whenMatched: 'merge', whenNotMatched: 'discard' } }]).toArray(),
  },
  'deleteMany $in': { run: (c, ds) => c.deleteMany({ _id: { $in: ids(ds) }, owner: 'instance-1' }) },
  'bulkWrite deleteOne': { run: (c, ds) => c.bulkWrite(ds.map(({ _id }) => ({ deleteOne: { filter: { _id } } })), { ordered: false }) },
  'find $in': { run: (c, ds) => c.find({ _id: { $in: ids(ds) } }).toArray() },
  'find $in, _id only': { run: (c, ds) => c.find({ _id: { $in: ids(ds) }, lastWrite: 'aaaaaaaaaaaa' }, { projection: { _id: 1 } }).toArray() },
  'findOneAndUpdate each': { run: (c, ds) => Promise.all(ds.map(({ _id }) => c.findOneAndUpdate({ _id }, { $set: { lastWrite: 'z' } }))), most: 100 },
};

const only = process.argv[3];
async function measure(name, way, indexes, size) {
  const c = db.collection(`c${serial}x${Math.random().toString(36).slice(2)}`);
  await db.createCollection(c.collectionName);
  if (indexes.length) await c.createIndexes(indexes);
  const times = [];
  for (let round = 0; round < ROUNDS + 1; round++) {
    const ds = docs(size);
    if (!way.prepare) await c.insertMany(ds);
    const began = performance.now();
    const cpu = process.cpuUsage();
    await way.run(c, ds);
    const { user, system } = process.cpuUsage(cpu);
    times.push([performance.now() - began, (user + system) / 1000]);
  }
  await c.drop();
  times.shift();
  const med = (xs) => xs.sort((a, b) => a - b)[xs.length >> 1];
  const t = med(times.map(([x]) => x));
  return `${t.toFixed(1)}(${med(times.map(([, x]) => x)).toFixed(0)}) ${Math.round((size / t) * 1000)}/s`;
}
for (const [name, way] of Object.entries(WAYS)) {
  if (only && !name.includes(only)) continue;
  const row = [];
  for (const [label, ix] of [['0ix', []], ['7ix', RUN_INDEXES]])
    for (const size of SIZES) {
      if (size > (way.most ?? 1e9)) continue;
      row.push(`${label}/${size}: ${await measure(name, way, ix, size).catch((e) => `FAIL ${e.message.slice(0, 80)}`)}`);
    }
  console.log(name.padEnd(40), row.join(' | '));
}
await db.dropDatabase();
await client.close();
