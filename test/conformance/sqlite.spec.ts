import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { AuditStore } from '../../src/audit/audit.store.js';
import { ApiKeyStore } from '../../src/auth/api-key.store.js';
import { InstanceStore } from '../../src/cluster/instance.store.js';
import { LogStore } from '../../src/execution-log/log.store.js';
import { LockStore } from '../../src/locking/lock.store.js';
import { SettingsStore } from '../../src/organizations/settings.store.js';
import { IdempotencyStore } from '../../src/rest/idempotency.store.js';
import { RunStore } from '../../src/scheduling/run.store.js';
import { TaskStore } from '../../src/scheduling/task.store.js';
import { SealedStore } from '../../src/secrets/sealed.store.js';
import { StatsStore } from '../../src/stats/stats.store.js';
import { serving, type OpenStores } from '../../src/storage/sqlite/sqlite-ports.js';
import { SqliteStores } from '../../src/storage/sqlite/sqlite-stores.js';
import { StoreThread } from '../../src/storage/sqlite/store-thread.js';
import { StoreHealth } from '../../src/storage/store-health.js';
import { EventStore } from '../../src/triggers/event.store.js';
import { startContender } from './contender-process.js';
import type { StoreFixture, Stores } from './fixture.js';
import { describeProcesses } from './processes.contract.js';
import { describeStore } from './store.contract.js';

/** Worker threads have no transformation of the sources. */
const BUILT = new URL('../../dist/storage/sqlite/store-thread-program.js', import.meta.url);

/** Opens a file, and once more for readers. */
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

function storesOf(stores: OpenStores): Stores {
  const of = <Port extends object>(port: abstract new () => Port) => serving(stores, port);
  return {
    tasks: of(TaskStore),
    runs: of(RunStore),
    locks: of(LockStore),
    events: of(EventStore),
    logs: of(LogStore),
    idempotency: of(IdempotencyStore),
    instances: of(InstanceStore),
    settings: of(SettingsStore),
    audit: of(AuditStore),
    sealed: of(SealedStore),
    apiKeys: of(ApiKeyStore),
    stats: of(StatsStore),
    health: of(StoreHealth),
  };
}

const fixtures =
  ({ open, forReading }: Open) =>
  async (): Promise<StoreFixture> => {
    const directory = await mkdtemp(join(tmpdir(), 'tasks-'));
    const path = join(directory, 'tasks.db');
    const opened: OpenStores[] = [];
    const connect = async () => {
      const stores = await open(path);
      opened.push(stores);
      return storesOf(stores);
    };
    const first = await connect();
    const readers = await forReading(path);
    opened.unshift(readers);
    return {
      ...first,
      readers: storesOf(readers),
      url: `file:${path}`,
      reopen: connect,
      close: async () => {
        for (const stores of opened) await stores.close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  };

describeStore('SQLite', fixtures(here));
describeStore('SQLite on a thread of its own', fixtures(onThread));
describeProcesses('SQLite at several processes', fixtures(here));

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
