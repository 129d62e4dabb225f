import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SqliteApiKeyStore } from '../../src/storage/sqlite/sqlite-api-key.store.js';
import { SqliteConnection } from '../../src/storage/sqlite/sqlite-connection.js';
import { SqliteEventStore } from '../../src/storage/sqlite/sqlite-event.store.js';
import { SqliteIdempotencyStore } from '../../src/storage/sqlite/sqlite-idempotency.store.js';
import { SqliteInstanceStore } from '../../src/storage/sqlite/sqlite-instance.store.js';
import { SqliteLockStore } from '../../src/storage/sqlite/sqlite-lock.store.js';
import { SqliteLogStore } from '../../src/storage/sqlite/sqlite-log.store.js';
import { SqliteRunStore } from '../../src/storage/sqlite/sqlite-run.store.js';
import { SqliteAuditStore } from '../../src/storage/sqlite/sqlite-audit.store.js';
import { SqliteSealedStore } from '../../src/storage/sqlite/sqlite-sealed.store.js';
import { SqliteSettingsStore } from '../../src/storage/sqlite/sqlite-settings.store.js';
import { SqliteStatsStore } from '../../src/storage/sqlite/sqlite-stats.store.js';
import { SqliteStoreHealth } from '../../src/storage/sqlite/sqlite-store-health.js';
import { SqliteTaskStore } from '../../src/storage/sqlite/sqlite-task.store.js';
import { startContender } from './contender-process.js';
import type { StoreFixture, Stores } from './fixture.js';
import { describeProcesses } from './processes.contract.js';
import { describeStore } from './store.contract.js';

const storesOf = (connection: SqliteConnection): Stores => ({
  tasks: new SqliteTaskStore(connection),
  runs: new SqliteRunStore(connection),
  locks: new SqliteLockStore(connection),
  events: new SqliteEventStore(connection),
  logs: new SqliteLogStore(connection),
  idempotency: new SqliteIdempotencyStore(connection),
  instances: new SqliteInstanceStore(connection),
  settings: new SqliteSettingsStore(connection),
  audit: new SqliteAuditStore(connection),
  sealed: new SqliteSealedStore(connection),
  apiKeys: new SqliteApiKeyStore(connection),
  stats: new SqliteStatsStore(connection),
  health: new SqliteStoreHealth(connection),
});

async function open(): Promise<StoreFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'tasks-'));
  const path = join(directory, 'tasks.db');
  const connections: SqliteConnection[] = [];
  const connect = async () => {
    const connection = await SqliteConnection.open(path);
    connections.push(connection);
    return storesOf(connection);
  };
  return {
    ...(await connect()),
    url: `file:${path}`,
    reopen: connect,
    close: async () => {
      for (const connection of connections) connection.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

describeStore('SQLite', open);
describeProcesses('SQLite at several processes', open);

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
