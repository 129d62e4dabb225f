import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Connection, createConnection } from 'mongoose';
import { SCHEMA_VERSION } from '../../src/storage/mongo/mongo-migrations.js';
import { databaseOf } from '../conformance/mongo-databases.js';
import { call } from './cli-process.js';

const uri = process.env['MONGODB_URI'];
const suite = uri ? describe : describe.skip;

interface Finding {
  what: string;
  state: string;
  detail: string;
}
interface Planned {
  version: number;
  pending: { version: number; breaks: boolean; statements: string[] }[];
  indexes: string[];
}

suite('the command line on MongoDB', () => {
  let store: string;
  let connection: Connection;
  beforeEach(async () => {
    store = databaseOf(uri!);
    connection = await createConnection(store).asPromise();
  });
  afterEach(async () => {
    await connection.dropDatabase();
    await connection.close();
  });

  const env = { ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}` };
  const planned = async () =>
    JSON.parse((await call(['migrate', '--dry-run', '--store', store, '--output', 'json'])).out) as Planned;
  const examined = async () => {
    const { code, out } = await call(['doctor', '--store', store, '--output', 'json'], env);
    const findings = JSON.parse(out) as Finding[];
    return { code, findings, states: Object.fromEntries(findings.map(({ what, state }) => [what, state])) };
  };

  it('says what a start would change, and changes nothing', async () => {
    const { version, pending, indexes } = await planned();
    expect([version, pending.length, pending[0]]).toEqual([
      0,
      SCHEMA_VERSION,
      { version: 1, breaks: false, statements: ['create collections'] },
    ]);
    expect(indexes).toContain('runs.holder');
    expect(await connection.listCollections()).toEqual([]);
    const { states, code } = await examined();
    expect([code, states]).toMatchObject([1, { server: 'ok', clock: 'ok', schema: 'warning', indexes: 'fault' }]);
    expect(Object.keys(states)).not.toContain('round trip');
    expect(await connection.listCollections()).toEqual([]);
  });

  it('says that a step breaks with programs from before, where such programs may run', async () => {
    expect((await call(['migrate', '--store', store])).code).toBe(0);
    const breaking = async (version: number) => {
      await connection.collection('meta').updateOne({ _id: 'schema' as never }, { $set: { version } });
      return (await planned()).pending.filter(({ breaks }) => breaks).map((step) => step.version);
    };
    expect([await breaking(17), await breaking(18)]).toEqual([[19], []]);
  });

  it('finds a migrated database in order, and an index that is missing, without building it', async () => {
    expect((await call(['migrate', '--store', store])).code).toBe(0);
    expect((await call(['migrate', '--dry-run', '--store', store])).out).toContain(
      `The schema is ${SCHEMA_VERSION}: nothing to do.`,
    );
    const { code, states } = await examined();
    const fine = {
      server: 'ok',
      clock: 'ok',
      schema: 'ok',
      indexes: 'ok',
      'round trip': 'ok',
      keys: 'ok',
      overdue: 'ok',
    };
    expect([code, states]).toMatchObject([0, fine]);
    await connection.collection('runs').dropIndex('holder');
    const told = await examined();
    expect(told.findings.filter(({ state }) => state === 'fault')).toEqual([
      { what: 'indexes', state: 'fault', detail: 'missing: runs.holder' },
    ]);
    expect((await call(['migrate', '--dry-run', '--store', store])).out).toContain(
      'no step to take. 1 index would be built: runs.holder',
    );
    expect(await connection.collection('runs').indexExists('holder')).toBe(false);
  });

  it('is for the embedded store where it writes files, and says so', async () => {
    const refused = await call(['vacuum', '--store', store]);
    expect(refused.code).not.toBe(0);
    expect(refused.err).toContain('This is for the embedded store (file:…).');
  });
});
