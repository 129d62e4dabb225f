import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import { addModels } from '../../src/storage/mongo/mongo-collections.js';
import { INDEXES } from '../../src/storage/mongo/mongo-indexes.js';
import { OLDEST_MAJOR } from '../../src/storage/mongo/server-check.js';
import { tablesOf } from '../docs/markdown-tables.js';
import { SHARD_KEYS } from '../support/cluster-rules.js';

const read = (file: string): string => readFileSync(resolve(import.meta.dirname, '../..', file), 'utf8');
const guide = read('docs/mongodb.md');
const script = read('deploy/mongodb/shard.js');

interface Sharded {
  namespace: string;
  key: Record<string, unknown>;
  unique: boolean;
}

/** Runs the script as mongosh does, against a cluster in which some collections are divided already. */
function shard({ divided = [] as string[], msg = 'isdbgrid', hasStarted = true } = {}) {
  const sharded: Sharded[] = [];
  const indexes: [string, unknown][] = [];
  const stored = divided.map((name) => ({ _id: `tasks.${name}` }));
  const db = {
    getName: () => 'tasks',
    hello: () => ({ msg }),
    meta: { findOne: () => (hasStarted ? { _id: 'schema', version: 1 } : null) },
    getSiblingDB: () => ({ collections: { find: () => ({ toArray: () => stored }) } }),
    getCollection: (name: string) => ({ createIndex: (key: unknown) => void indexes.push([name, key]) }),
  };
  const shardCollection = (namespace: string, key: Sharded['key'], unique: boolean) =>
    void sharded.push({ namespace, key, unique });
  runInNewContext(script, { db, sh: { shardCollection }, print: () => undefined });
  // Out of the other context.
  return JSON.parse(JSON.stringify({ sharded, indexes })) as { sharded: Sharded[]; indexes: typeof indexes };
}

const nameOf = ({ namespace }: Sharded): string => namespace.replace(/^tasks\./, '');
const isUnique = ({ unique }: { unique?: unknown }): boolean => unique === true;

describe('deploy/mongodb/shard.js', () => {
  const { sharded, indexes } = shard();

  it('divides the collections by the keys that the statements are checked for', () => {
    expect(Object.fromEntries(sharded.map((each) => [nameOf(each), Object.keys(each.key)]))).toEqual(SHARD_KEYS);
  });

  it('names collections and members that there are', () => {
    const { models } = addModels(mongoose.createConnection());
    for (const each of sharded) {
      const { schema } = models[nameOf(each)]!;
      for (const member of Object.keys(each.key))
        expect([nameOf(each), schema.path(member)?.path]).toEqual([nameOf(each), member]);
    }
    expect(Object.keys(models).length).toBeGreaterThan(20);
  });

  it('divides by no key that a unique index of the collection does not begin with', () => {
    for (const each of sharded) {
      const keys = (INDEXES[nameOf(each) as keyof typeof INDEXES] ?? [])
        .filter(isUnique)
        .map(({ key }) => Object.keys(key));
      const own = Object.keys(each.key);
      for (const key of keys) expect([nameOf(each), key.slice(0, own.length)]).toEqual([nameOf(each), own]);
      // Only where an index makes the key unique may the cluster be asked to keep it so.
      expect([nameOf(each), each.unique]).toEqual([nameOf(each), keys.length > 0]);
    }
  });

  it('has an index by the key of each before it divides it', () => {
    const hashed = sharded.filter(({ unique }) => !unique);
    expect(indexes).toEqual(hashed.map((each) => [nameOf(each), each.key]));
    expect(hashed.every(({ key }) => Object.values(key).join() === 'hashed')).toBe(true);
  });

  it('leaves alone what is divided, and does nothing where it must not', () => {
    expect(shard({ divided: ['runs', 'audit'] }).sharded.map(nameOf)).toEqual([
      'events',
      'idempotency',
      'logs',
      'ledger',
    ]);
    expect(shard({ divided: Object.keys(SHARD_KEYS) })).toEqual({ sharded: [], indexes: [] });
    expect(() => shard({ msg: '' })).toThrow('This is no sharded cluster');
    expect(() => shard({ hasStarted: false })).toThrow('tasks is not the database of a runner that has started');
  });
});

describe('docs/mongodb.md', () => {
  it('has the collections and keys of the script', () => {
    const rows = tablesOf(guide, ['Sharding']).flat();
    const told = rows.map((row): [string, string[]] => [
      row['collection']!,
      row['shard key']!.split(', ').filter((word) => word !== 'hashed'),
    ]);
    expect(Object.fromEntries(told)).toEqual(SHARD_KEYS);
  });

  it('says which versions are supported, and names the script where it is', () => {
    expect(guide).toContain(`**MongoDB ${OLDEST_MAJOR}.0 or later is supported**`);
    expect(guide).toContain('--file deploy/mongodb/shard.js');
  });

  it('has the options that the driver gets', () => {
    const rows = tablesOf(guide, ['The address']).flat();
    const ours = Object.fromEntries(rows.map((row) => [row['option']!, row['ours']!]));
    expect(ours).toMatchObject({ wtimeoutMS: '10000', serverSelectionTimeoutMS: '5000' });
    expect(ours['maxPoolSize']).toMatch(/^32, and 6 more/);
  });
});
