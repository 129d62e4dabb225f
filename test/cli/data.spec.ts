import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { MIGRATIONS, migrate } from '../../src/storage/sqlite/migrate.js';
import type { Sql } from '../../src/storage/sqlite/sql.js';
import { SqliteUpkeep } from '../../src/storage/sqlite/upkeep/sqlite-upkeep.js';
import { ServiceProcess } from '../e2e/service-process.js';
import { call } from './cli-process.js';

const NEWEST = MIGRATIONS.at(-1)!.version;
const TASK = { triggers: [{ type: 'manual' }], action: { type: 'noop' } };

let folder: string;
let path: string;
let store: string;
let service: ServiceProcess | undefined;
const inFolder = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-data-'));
  path = inFolder('tasks.db');
  store = `file:${path}`;
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<ServiceProcess> {
  service = await ServiceProcess.start(store);
  return service;
}

async function stop(): Promise<void> {
  await service?.stop();
  service = undefined;
}

const addTask = async (name: string) => {
  expect((await service!.call('POST', '/v1/tasks', { ...TASK, name })).status).toBe(201);
};
const taskNames = async () => (await service!.all<{ name: string }>('/v1/tasks')).map(({ name }) => name).toSorted();

/** A database as programs with fewer migrations left it. */
function olderStore(at: string, steps = MIGRATIONS.slice(0, -2)): void {
  const old = new Database(at);
  const sql: Sql = {
    run: (text, values) => old.prepare(text).run(values).changes,
    all: <Row>(text: string, values: unknown[]) => old.prepare(text).all(values) as Row[],
    first: <Row>(text: string, values: unknown[]) => old.prepare(text).get(values) as Row,
  };
  migrate(sql, steps);
  old.close();
}

function setNeeded(at: string, version: number): void {
  const database = new Database(at);
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}

describe('backup and restore', () => {
  it('write one checked file while the service runs, and bring the state back of which it is', async () => {
    await start();
    await addTask('before');
    const backup = inFolder('backup.db');
    const made = await call(['backup', backup, '--output', 'json'], { STORE_URL: store });
    expect([made.code, made.err]).toEqual([0, '']);
    expect(JSON.parse(made.out)).toEqual({ path: backup, bytes: statSync(backup).size, schema: NEWEST });
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith('backup'))).toEqual(['backup.db']);
    await addTask('after');
    expect(await taskNames()).toEqual(['after', 'before']);

    const inUse = await call(['restore', backup, '--store', store, '--force']);
    expect([inUse.code, inUse.err]).toEqual([1, `${path} is in use. Stop the services that work with it first.\n`]);
    await stop();
    const refused = await call(['restore', backup, '--store', store]);
    expect([refused.code, refused.err]).toEqual([1, `There is a store in ${path}. --force replaces it.\n`]);
    const restored = await call(['restore', backup, '--store', store, '--force']);
    expect([restored.code, restored.err]).toEqual([0, '']);
    expect(restored.out).toContain(`${path} is written and checked: `);
    expect(readdirSync(folder).toSorted()).toEqual(['backup.db', 'tasks.db']);
    await start();
    expect(await taskNames()).toEqual(['before']);
  });

  it('leaves a program that opened the former file nothing to write into', async () => {
    olderStore(path, [...MIGRATIONS]);
    const backup = inFolder('backup.db');
    expect((await call(['backup', backup, '--store', store])).code).toBe(0);
    // It has the file open, and no lock yet.
    const late = new Database(path);
    expect((await call(['restore', backup, '--store', store, '--force'])).code).toBe(0);
    expect(late.pragma('user_version')).toEqual([{ user_version: 2_147_483_647 }]);
    late.close();
  });

  it('replaces no file unasked, and is not the store itself', async () => {
    olderStore(path);
    const backup = inFolder('backup.db');
    writeFileSync(backup, 'something else');
    const refused = await call(['backup', backup, '--store', store]);
    expect([refused.code, refused.err]).toEqual([1, `There is a file ${backup} already. --force replaces it.\n`]);
    expect(readFileSync(backup, 'utf8')).toBe('something else');
    expect((await call(['backup', backup, '--store', store, '--force'])).code).toBe(0);
    const itself = await call(['backup', path, '--store', store, '--force']);
    expect([itself.code, itself.err]).toEqual([1, `${path} is the store itself.\n`]);
    expect(readdirSync(folder).toSorted()).toEqual(['backup.db', 'tasks.db']);
  });

  it('restores nothing that is newer, damaged or of something else', async () => {
    const backup = inFolder('backup.db');
    const told = async () => (await call(['restore', backup, '--store', store])).err;
    expect(await told()).toBe(`There is no file ${backup}.\n`);
    writeFileSync(backup, 'no database, though long enough to be taken for one. '.repeat(40));
    expect(await told()).toContain('the file is not an SQLite database');
    rmSync(backup);
    new Database(backup).exec('CREATE TABLE other (x)');
    expect(await told()).toBe(`${backup} is not a store of the runner.\n`);
    rmSync(backup);
    olderStore(backup);
    setNeeded(backup, NEWEST + 1);
    expect(await told()).toBe(
      `${backup} needs a newer version of the runner: its schema is ${NEWEST + 1} or later, and this one knows up to ${NEWEST}.\n`,
    );
    setNeeded(backup, 1);
    const bytes = readFileSync(backup);
    // The second half, but for the first bytes of each page, which say what it is.
    for (let at = bytes.length / 2; at < bytes.length; at++) if (at % 4096 > 100) bytes[at] = 0xff;
    writeFileSync(backup, bytes);
    expect((await call(['restore', backup, '--store', store])).code).not.toBe(0);
    expect(readdirSync(folder)).toEqual(['backup.db']);
  });

  it('brings no log of a store that is gone together with another one', async () => {
    const backup = inFolder('backup.db');
    olderStore(backup);
    writeFileSync(`${path}-wal`, 'left over');
    const refused = await call(['restore', backup, '--store', store]);
    expect([refused.code, refused.err]).toEqual([
      1,
      `There is no store in ${path}, but its log ${path}-wal. Move that away first.\n`,
    ]);
  });

  it('takes no log beside a backup for its own', async () => {
    olderStore(path);
    const backup = inFolder('backup.db');
    writeFileSync(`${backup}-wal`, 'left over');
    for (const force of [[], ['--force']]) {
      const refused = await call(['backup', backup, '--store', store, ...force]);
      expect([refused.code, refused.err]).toEqual([
        1,
        `Beside ${backup} is a log, ${backup}-wal, which SQLite would take for its own. Move that away first.\n`,
      ]);
    }
    expect(readdirSync(folder).toSorted()).toEqual(['backup.db-wal', 'tasks.db']);
  });

  it('takes a file that is named as a store is', async () => {
    olderStore(path, [...MIGRATIONS]);
    const made = await call(['backup', 'file:b.db', '--store', store, '--output', 'json'], {}, '', folder);
    expect([made.code, made.err]).toEqual([0, '']);
    const { mode, size } = statSync(inFolder('b.db'));
    expect([mode & 0o777, JSON.parse(made.out)]).toEqual([0o600, { path: 'b.db', bytes: size, schema: NEWEST }]);
    expect(size).toBeGreaterThan(100_000);
    expect(readdirSync(folder).toSorted()).toEqual(['b.db', 'tasks.db']);
    const restored = await call(['restore', 'file:b.db', '--store', 'file:other.db'], {}, '', folder);
    expect([restored.code, restored.err, statSync(inFolder('other.db')).size]).toEqual([0, '', size]);
    // The class is given paths alone: there, this is a name as any other.
    const odd = inFolder('file:b.db');
    await new SqliteUpkeep(path).backup(odd);
    expect([statSync(odd).size, statSync(odd).mode & 0o777]).toEqual([size, 0o600]);
  });

  it('says which file it cannot make', async () => {
    olderStore(path);
    const backup = inFolder('none/backup.db');
    const refused = await call(['backup', backup, '--store', store]);
    expect([refused.code, refused.err]).toEqual([1, `The file ${backup} cannot be made: its folder is not there.\n`]);
  });

  it('works on no other store when the file that names it cannot be read', async () => {
    const other = inFolder('settings.yaml');
    olderStore(path);
    writeFileSync(other, `storeUrl: ${store}\n`);
    const env = { CONFIG_FILE: other };
    expect((await call(['backup', inFolder('one.db')], env)).code).toBe(0);
    const refused = await call(['backup', inFolder('two.db')], { ...env, STORE_URL_FILE: inFolder('none') });
    expect([refused.code, refused.err]).toEqual([1, 'The file of STORE_URL_FILE cannot be read (ENOENT).\n']);
    expect(readdirSync(folder)).not.toContain('two.db');
  });

  it('leaves a store its link, its owner and what its group may', async () => {
    const [data, link] = [inFolder('data.db'), path];
    olderStore(data, [...MIGRATIONS]);
    symlinkSync(data, link);
    chmodSync(data, 0o664);
    // Only root can give a file to somebody else.
    if (process.getuid!() === 0) chownSync(data, 12345, 12346);
    const { uid, gid } = statSync(data);
    const backup = inFolder('backup.db');
    expect((await call(['backup', backup, '--store', store])).code).toBe(0);
    const restored = await call(['restore', backup, '--store', store, '--force']);
    expect([restored.code, restored.err]).toEqual([0, '']);
    expect(readlinkSync(link)).toBe(data);
    expect(statSync(data)).toMatchObject({ uid, gid });
    expect(statSync(data).mode & 0o777).toBe(0o660);
    expect(readdirSync(folder).toSorted()).toEqual(['backup.db', 'data.db', 'tasks.db']);
  });

  it('is for embedded stores', async () => {
    const refused = await call(['backup', 'x', '--store', 'mongodb://nobody.example/']);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('mongodump');
  });
});

describe('vacuum', () => {
  /** A store in which much was and little is. */
  function looseStore(): number {
    olderStore(path, [...MIGRATIONS]);
    const database = new Database(path);
    database.exec('CREATE TABLE ballast (x); INSERT INTO ballast VALUES (zeroblob(8000000)); DELETE FROM ballast');
    database.close();
    return statSync(path).size;
  }

  it('gives the room back when nobody uses the file, and says how where somebody does', async () => {
    const before = looseStore();
    const done = await call(['vacuum', '--store', store, '--output', 'json']);
    expect([done.code, done.err]).toEqual([0, '']);
    expect(JSON.parse(done.out)).toEqual({ path, before, after: statSync(path).size });
    expect(statSync(path).size).toBeLessThan(before / 4);
    await start();
    const refused = await call(['vacuum', '--store', store]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('is in use. Stop the services');
    expect(refused.err).toContain('With --online');
  });

  it('does it beside a service that works on', async () => {
    const before = looseStore();
    await start();
    await addTask('first');
    const done = await call(['vacuum', '--online', '--store', store]);
    expect([done.code, done.err]).toEqual([0, '']);
    await addTask('second');
    expect(await taskNames()).toEqual(['first', 'second']);
    await stop();
    expect(statSync(path).size).toBeLessThan(before / 4);
  });
});

describe('migrate', () => {
  it('says which steps it would take and takes none, and then takes them', async () => {
    olderStore(path);
    const plan = await call(['migrate', '--dry-run', '--store', store, '--output', 'json']);
    expect([plan.code, plan.err]).toEqual([0, '']);
    const { version, newest, pending } = JSON.parse(plan.out) as {
      version: number;
      newest: number;
      pending: { version: number; breaks: boolean; statements: string[] }[];
    };
    expect([version, newest, pending.map((step) => step.version)]).toEqual([NEWEST - 2, NEWEST, [NEWEST - 1, NEWEST]]);
    const shown = await call(['migrate', '--dry-run', '--store', store]);
    expect(shown.out).toContain(`The schema is ${NEWEST - 2}; 2 steps to ${NEWEST}. Nothing was changed.`);
    for (const step of [NEWEST - 1, NEWEST])
      expect(shown.out).toMatch(new RegExp(`^${step} +(yes|no) +(CREATE|ALTER|UPDATE|INSERT|DROP) `, 'm'));
    const done = await call(['migrate', '--store', store]);
    expect([done.code, done.err]).toEqual([0, '']);
    expect((await call(['migrate', '--dry-run', '--store', store])).out).toBe(
      `The schema is ${NEWEST}: nothing to do.\n`,
    );
  });

  it('says so where a step shuts earlier programs out, or this one is shut out', async () => {
    olderStore(path, MIGRATIONS.slice(0, 11));
    expect((await call(['migrate', '--dry-run', '--store', store])).out).toContain(
      'From schema 12 on, programs of schema 11 cannot use the store: make a backup first.',
    );
    setNeeded(path, NEWEST + 5);
    const shut = await call(['migrate', '--dry-run', '--store', store]);
    expect([shut.code, shut.out]).toEqual([
      1,
      `This program cannot use the store: its schema is ${NEWEST + 5} or later, and this one knows up to ${NEWEST}.\n`,
    ]);
  });

  it('makes no store by looking for one', async () => {
    const none = await call(['migrate', '--dry-run', '--store', store]);
    expect([none.code, none.err, readdirSync(folder)]).toEqual([1, `There is no file ${path}.\n`, []]);
  });
});
