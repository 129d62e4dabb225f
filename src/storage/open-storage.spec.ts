import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SettingsError, StoreUnavailableError } from '../domain/errors.js';
import { openStorage } from './open-storage.js';
import { PORT_NAMES, READ_NAMES, READ_PORTS, STORE_PORTS } from './ports.js';

describe('opening a store', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tasks-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('serves every port from a file, until it is closed', async () => {
    const path = join(directory, 'data', 'tasks.db');
    const store = await openStorage(`file:${path}`);
    expect(store.kind).toBe(`SQLite in ${path}`);
    for (const name of PORT_NAMES) expect(store.ports[name]).toBeInstanceOf(STORE_PORTS[name]);
    for (const name of READ_NAMES) expect(store.readers[name]).toBeInstanceOf(READ_PORTS[name]);
    await expect(store.ports.health.ping()).resolves.toBeUndefined();
    await store.close();
    await expect(store.ports.health.ping()).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('rejects with the reason when the store cannot be opened', async () => {
    await expect(openStorage(`file:${directory}`)).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it.each(['', 'file:', 'redis://localhost', 'data/tasks.db', 'mongodb'])(
    'names STORE_URL when it is %p',
    async (url) => {
      const refused = openStorage(url);
      await expect(refused).rejects.toBeInstanceOf(SettingsError);
      await expect(refused).rejects.toThrow(/STORE_URL/);
    },
  );
});
