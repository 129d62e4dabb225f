// Divides the collections of the runner that grow among the shards of a cluster: docs/mongodb.md says which and why.
//
//     mongosh "$STORE_URL" --file deploy/mongodb/shard.js
//
// The database must be that of the runner, which has to have started on it once. Services may work on meanwhile. What is
// divided already is left as it is, so that the script may be run again.
/* global db, sh, print */

const KEYS = {
  runs: { _id: 'hashed' },
  events: { _id: 'hashed' },
  idempotency: { _id: 'hashed' },
  logs: { runId: 'hashed' },
  ledger: { taskId: 'hashed' },
  audit: { organization: 1, sequence: 1 },
};
const UNIQUE = ['audit'];

if (db.hello().msg !== 'isdbgrid') throw new Error('This is no sharded cluster: connect to a mongos.');
if (!db.meta.findOne({ _id: 'schema' }))
  throw new Error(`${db.getName()} is not the database of a runner that has started.`);

const divided = new Set(
  db
    .getSiblingDB('config')
    .collections.find({ _id: { $regex: `^${db.getName()}\\.` } })
    .toArray()
    .filter(({ dropped }) => dropped !== true)
    .map(({ _id }) => _id),
);

for (const [name, key] of Object.entries(KEYS)) {
  const namespace = `${db.getName()}.${name}`;
  if (divided.has(namespace)) {
    print(`${namespace} is divided already.`);
    continue;
  }
  // A collection that holds documents needs an index by its key first; the trail has one.
  if (!UNIQUE.includes(name)) db.getCollection(name).createIndex(key, {}, 'majority');
  sh.shardCollection(namespace, key, UNIQUE.includes(name));
  print(`${namespace} is divided by ${JSON.stringify(key)}.`);
}
