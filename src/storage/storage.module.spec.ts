import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type BeforeApplicationShutdown } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { InstanceStore } from '../cluster/instance.store.js';
import { SettingsError, StoreUnavailableError } from '../domain/errors.js';
import { LogStore } from '../execution-log/log.store.js';
import { LockStore } from '../locking/lock.store.js';
import { IdempotencyStore } from '../rest/idempotency.store.js';
import { RunStore } from '../scheduling/run.store.js';
import { TaskStore } from '../scheduling/task.store.js';
import { EventStore } from '../triggers/event.store.js';
import { StorageModule } from './storage.module.js';
import { StoreHealth } from './store-health.js';

const PORTS = [TaskStore, RunStore, LockStore, EventStore, LogStore, IdempotencyStore, InstanceStore, StoreHealth];

/** Stands for the engine, which gives back its locks before the application shuts down. */
@Injectable()
class Engine implements BeforeApplicationShutdown {
  released = false;

  constructor(private readonly locks: LockStore) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.locks.release(['a'], 'i-1');
    this.released = true;
  }
}

@Module({ providers: [Engine] })
class EngineModule {}

describe('StorageModule', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tasks-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const start = async (storeUrl: string) => {
    const imports = [EngineModule, await StorageModule.forRoot(storeUrl)];
    return (await Test.createTestingModule({ imports }).compile()).init();
  };

  it('provides every port from a file, and closes it after the engine has stopped', async () => {
    const app = await start(`file:${join(directory, 'data', 'tasks.db')}`);
    for (const port of PORTS) expect(app.get(port, { strict: false })).toBeInstanceOf(port);
    const [engine, health] = [app.get(Engine, { strict: false }), app.get(StoreHealth, { strict: false })];
    await expect(health.ping()).resolves.toBeUndefined();
    await app.close();
    expect(engine.released).toBe(true);
    await expect(health.ping()).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('rejects with the reason when the store cannot be opened', async () => {
    await expect(start(`file:${directory}`)).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it.each(['', 'file:', 'redis://localhost', 'data/tasks.db', 'mongodb'])(
    'names STORE_URL when it is %p',
    async (url) => {
      const refused = StorageModule.forRoot(url);
      await expect(refused).rejects.toBeInstanceOf(SettingsError);
      await expect(refused).rejects.toThrow(/STORE_URL/);
    },
  );
});
