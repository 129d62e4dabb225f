import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { SettableClock } from '../../clock/settable-clock.js';
import { SystemClock } from '../../clock/system-clock.js';
import { StoreUnavailableError, TooBroadError } from '../../domain/errors.js';
import { SqliteConnection } from './sqlite-connection.js';

describe('SqliteConnection', () => {
  let directory: string;
  let path: string;
  const opened: { close(): unknown }[] = [];

  const open = async (...args: Parameters<typeof SqliteConnection.open>) => {
    const connection = await SqliteConnection.open(...args);
    opened.push(connection);
    return connection;
  };
  /** A connection of another program. */
  const stranger = () => {
    const database = new Database(path);
    opened.push(database);
    return database;
  };
  const count = (connection: SqliteConnection) =>
    connection.first<{ count: number }>('SELECT count(*) AS count FROM instances', [])?.count;
  const insert = (connection: SqliteConnection, id: string) =>
    connection.run('INSERT INTO instances (id, details) VALUES (?, ?)', [id, '{}']);

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tasks-'));
    path = join(directory, 'data', 'tasks.db');
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('makes the directory and the file, durable and for several connections', async () => {
    const connection = await open(path);
    expect(connection.all('PRAGMA journal_mode', [])).toEqual([{ journal_mode: 'wal' }]);
    expect(connection.all('PRAGMA synchronous', [])).toEqual([{ synchronous: 2 }]);
    expect(count(connection)).toBe(0);
  });

  it('loses nothing when another process closes the file, whatever was opened here since', async () => {
    const first = await open(path);
    await first.write(() => insert(first, 'i-1'));
    opened.push(await SqliteConnection.openForReading(path));
    const elsewhere = (sql: string): string => {
      const program = `const Database = require('libsql'); const database = new Database(process.argv[1]);
        console.log(JSON.stringify(database.prepare(process.argv[2]).all())); database.close();`;
      return execFileSync(process.execPath, ['-e', program, path, sql], { encoding: 'utf8' });
    };
    expect(elsewhere('SELECT count(*) AS count FROM instances')).toContain('"count":1');
    await first.write(() => insert(first, 'i-2'));
    expect(elsewhere('SELECT count(*) AS count FROM instances')).toContain('"count":2');
  });

  it('keeps folder and files for their owner alone, and closes what was open to all', async () => {
    const modes = async () =>
      Promise.all(['', '-wal', '-shm'].map(async (end) => (await stat(path + end)).mode & 0o777));
    const first = await open(path);
    await first.write(() => insert(first, 'i-1'));
    expect((await stat(join(directory, 'data'))).mode & 0o777).toBe(0o700);
    expect(await modes()).toEqual([0o600, 0o600, 0o600]);
    for (const end of ['', '-wal', '-shm']) await chmod(path + end, 0o644);
    await open(path);
    expect(await modes()).toEqual([0o600, 0o600, 0o600]);
    await chmod(path, 0o640);
    await open(path);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
  });

  it('waits for no disk where the writes need not outlive a power cut', async () => {
    const connection = await open(path, new SystemClock(), 'relaxed');
    expect(connection.all('PRAGMA synchronous', [])).toEqual([{ synchronous: 1 }]);
  });

  it('finds what was stored before when it is opened again', async () => {
    const connection = await open(path);
    await connection.write(() => insert(connection, 'i-1'));
    await connection.close();
    expect(count(await open(path))).toBe(1);
  });

  it('says in one sentence that a path is a directory', async () => {
    await mkdir(path, { recursive: true });
    await expect(SqliteConnection.open(path)).rejects.toThrow(
      `The database ${path} cannot be used: the file cannot be opened or made; it must be a regular file in a writable directory.`,
    );
  });

  it('says in one sentence that the directory cannot be made', async () => {
    await writeFile(join(directory, 'data'), '');
    await expect(SqliteConnection.open(path)).rejects.toThrow(
      /^The directory .*data for the database cannot be created/,
    );
    await expect(SqliteConnection.open(path)).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('does not wait forever where the file system takes no new directory', async () => {
    const opening = SqliteConnection.open('/proc/nowhere/tasks.db');
    await expect(opening).rejects.toThrow('The directory /proc/nowhere for the database cannot be created (ENOENT).');
  });

  it('says in one sentence that the file is not a database, and leaves it as it is', async () => {
    await mkdir(join(directory, 'data'));
    await writeFile(path, 'name,state\n'.repeat(500));
    const opening = SqliteConnection.open(path);
    await expect(opening).rejects.toThrow(/^The database .* cannot be used: the file is not an SQLite database\.$/);
    await expect(opening).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('works on a database to which a newer version has added', async () => {
    const connection = await open(path);
    connection.run('INSERT INTO schema_versions VALUES (99, 0)', []);
    connection.run('ALTER TABLE tasks ADD COLUMN of_tomorrow TEXT', []);
    await connection.close();
    const again = await open(path);
    await again.write(() => insert(again, 'i-1'));
    expect(count(again)).toBe(1);
  });

  it('does not touch a database that a newer version has changed beyond what this one knows', async () => {
    const connection = await open(path);
    connection.run('INSERT INTO schema_versions VALUES (99, 0)', []);
    connection.run('PRAGMA user_version = 99', []);
    await connection.close();
    const opening = SqliteConnection.open(path);
    await expect(opening).rejects.toThrow(/needs a newer version of the runner: its schema is 99/);
    await expect(opening).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('rejects everything once it is closed', async () => {
    const connection = await open(path);
    await connection.close();
    await connection.close();
    await expect(connection.query('SELECT 1', [])).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(connection.write(() => insert(connection, 'i-1'))).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('stores nothing of a write that fails, and rejects with its error', async () => {
    const connection = await open(path);
    const failure = new Error('in the middle');
    const writing = connection.write(() => {
      insert(connection, 'i-1');
      throw failure;
    });
    await expect(writing).rejects.toBe(failure);
    expect(count(connection)).toBe(0);
    await connection.write(() => insert(connection, 'i-2'));
    expect(count(connection)).toBe(1);
  });

  it('waits for another writer without holding up the process', async () => {
    const connection = await open(path);
    const other = stranger();
    other.exec('BEGIN IMMEDIATE');
    const writing = connection.write(() => insert(connection, 'i-1'));
    for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(count(connection)).toBe(0);
    other.exec('COMMIT');
    await expect(writing).resolves.toBe(1);
  });

  it('gives up when another writer never ends', async () => {
    const clock = new SettableClock(0);
    const connection = await open(path, clock);
    stranger().exec('BEGIN IMMEDIATE');
    const writing = connection.write(() => insert(connection, 'i-1'));
    const [outcome] = await Promise.all([Promise.allSettled([writing]), clock.advance(11_000)]);
    expect(outcome).toMatchObject([{ status: 'rejected', reason: { code: 'store-unavailable' } }]);
    await expect(writing).rejects.toThrow(`The database ${path} cannot be used: another process keeps it locked.`);
  });

  it('waits for another process that is just making the file', async () => {
    const first = await open(path);
    first.run('BEGIN EXCLUSIVE', []);
    const second = open(path);
    for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
    first.run('COMMIT', []);
    expect(count(await second)).toBe(0);
  });

  describe('for reading', () => {
    /** Counts for some minutes; if the driver fetches rows one by one, the first row comes before that. */
    const ENDLESS = {
      aggregate: `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1e10) SELECT count(*) FROM n`,
      'scan with an early row': `SELECT x FROM (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1e10)
        SELECT x FROM n) WHERE x = 1 OR x < 0`,
    };
    const openForReading = async (longestMs?: number) => {
      await open(path);
      const connection = await SqliteConnection.openForReading(path, new SystemClock(), longestMs);
      opened.unshift(connection);
      return connection;
    };

    it.each(Object.entries(ENDLESS))('ends a statement that takes too long: %s', async (_, sql) => {
      const reading = await openForReading(100);
      const begun = performance.now();
      const [broad, next] = await Promise.allSettled([reading.query(sql, []), reading.query('SELECT 1 AS one', [])]);
      expect(performance.now() - begun).toBeLessThan(5000);
      expect(broad).toMatchObject({ status: 'rejected', reason: { code: 'too-broad' } });
      expect(next).toEqual({ status: 'fulfilled', value: [{ one: 1 }] });
      await expect(reading.query(sql, [])).rejects.toBeInstanceOf(TooBroadError);
    });

    it('leaves the thread free meanwhile', async () => {
      const reading = await openForReading(300);
      let turns = 0;
      const timer = setInterval(() => turns++, 10);
      await expect(reading.query(ENDLESS.aggregate, [])).rejects.toBeInstanceOf(TooBroadError);
      clearInterval(timer);
      expect(turns).toBeGreaterThan(5);
    });

    it.each([0, 1, 50])('closes at once, whatever is at work and waits (for %i ms)', async (ms) => {
      const reading = await openForReading(60_000);
      const asked = [ENDLESS.aggregate, 'SELECT 1'].map((sql) => reading.query(sql, []));
      const outcomes = Promise.allSettled(asked);
      // A statement that is on its way to its thread cannot be interrupted yet.
      await new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)));
      await reading.close();
      const unavailable = { status: 'rejected', reason: { code: 'store-unavailable' } };
      expect(await outcomes).toMatchObject([unavailable, unavailable]);
    });

    it('refuses to write, and shows what was committed before', async () => {
      const reading = await openForReading();
      await expect(reading.write(() => insert(reading, 'i-1'))).rejects.toThrow();
      const writing = await open(path);
      await writing.write(() => insert(writing, 'i-2'));
      expect(await reading.query('SELECT id FROM instances WHERE id > ?', ['i'])).toEqual([{ id: 'i-2' }]);
    });
  });
});
