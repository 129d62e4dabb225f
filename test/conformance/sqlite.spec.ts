import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import type { OpenStores } from '../../src/storage/sqlite/sqlite-adapters.js';
import { SqliteStores } from '../../src/storage/sqlite/sqlite-stores.js';
import { StoreThread } from '../../src/storage/sqlite/store-thread.js';
import { fixtureOf } from '../../src/store/contract/fixture.js';
import { describeStore, type StoreUnderTest } from '../../src/store/contract/index.js';
import { startContender } from './contender-process.js';
import { runner } from './jest-kit.js';
import { describeProcesses } from './processes.contract.js';

/** Worker threads run the built code, because they do not transform the sources. */
const BUILT = new URL('../../dist/storage/sqlite/store-thread-program.js', import.meta.url);

/** Opens a file, with a second connection for readers. */
interface Open {
  open: (path: string) => Promise<OpenStores>;
  forReading: (path: string) => Promise<OpenStores>;
}
const here: Open = {
  open: (path) => SqliteStores.open(path, 'full'),
  forReading: (path) => SqliteStores.openForReading(path),
};
const onThread: Open = {
  open: (path) => StoreThread.open(path, 'full', BUILT),
  forReading: (path) => Promise.resolve(StoreThread.forReading(path, BUILT)),
};

/** An empty file. */
async function aFile({ open, forReading }: Open): Promise<StoreUnderTest & { url: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'tasks-'));
  const path = join(directory, 'tasks.db');
  return {
    url: `file:${path}`,
    open: async () => {
      const [stores, readers] = [await open(path), await forReading(path)];
      return {
        ...{ kind: 'SQLite', ports: stores.ports, readers: readers.ports },
        close: async () => {
          await readers.close();
          await stores.close();
        },
      };
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

describeStore('SQLite', () => aFile(here), runner);
describeStore('SQLite on a thread of its own', () => aFile(onThread), runner);
describeProcesses('SQLite at several processes', async () => {
  const file = await aFile(here);
  return { ...(await fixtureOf(file)), url: file.url };
});

describe('a new SQLite file', () => {
  it('can be made by several processes at once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tasks-'));
    const url = `file:${join(directory, 'data', 'tasks.db')}`;
    const owners = ['p-1', 'p-2', 'p-3'];
    const contenders = await Promise.allSettled(owners.map((owner) => startContender(url, owner)));
    const started = contenders.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const outcomes = await Promise.all(started.map((contender) => contender.contend([], ['only'])));
    await Promise.all(started.map((contender) => contender.stop()));
    await rm(directory, { recursive: true, force: true });
    expect(contenders.map(({ status }) => status)).toEqual(owners.map(() => 'fulfilled'));
    expect(outcomes.flatMap(({ held }) => held)).toEqual(['only']);
  });
});

describe('locks of an SQLite file whose clock was set back by an hour', () => {
  it('are held by the dead for one life more, and by the living as before', async () => {
    const LIFE_MS = 30_000;
    const file = await aFile(here);
    const { ports, close } = await file.open();
    await ports.locks.acquire(['dead', 'old'], 'i-1', LIFE_MS);
    await ports.locks.acquire(['living'], 'i-2', LIFE_MS);
    // As if all three had been taken an hour later; one of them by a program that does not write for how long.
    const database = new Database(file.url.slice('file:'.length));
    database.exec('UPDATE locks SET expires_at = expires_at + 3600000');
    database.exec("UPDATE locks SET life_ms = NULL WHERE key = 'old'");
    database.close();
    expect(await ports.locks.renew('i-2', LIFE_MS)).toEqual(new Set(['living']));
    const lives = await ports.locks.remaining(['dead', 'living', 'old']);
    for (const key of ['dead', 'living']) {
      expect(lives.get(key)).toBeGreaterThan(LIFE_MS - 10_000);
      expect(lives.get(key)).toBeLessThanOrEqual(LIFE_MS);
    }
    expect(lives.get('old')).toBeGreaterThan(3_600_000);
    await close?.();
    await file.remove?.();
  });
});
