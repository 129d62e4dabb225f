import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/domain/ids.js';
import type { RunFilter } from '../../src/scheduling/run.reads.js';
import { RunStore } from '../../src/scheduling/run.store.js';
import { serving } from '../../src/storage/sqlite/sqlite-ports.js';
import { StoreThread } from '../../src/storage/sqlite/store-thread.js';
import { times } from '../conformance/with-fixture.js';
import { aRun, T0 } from '../support/builders.js';

const BUILT = new URL('../../dist/storage/sqlite/store-thread-program.js', import.meta.url);
const HISTORY = 30_000;
/** Each fits nothing, or little that lies far back. */
const BROAD: RunFilter[] = [
  { trigger: 'schedule', state: 'pending' },
  { state: 'succeeded', trigger: 'schedule' },
  { taskId: 'task-1', state: 'missed' },
  { from: T0 - 1, to: T0 + HISTORY, state: 'succeeded', trigger: 'schedule' },
  { to: T0 + 1, state: 'retrying' },
];

describe('readers of a long history on SQLite', () => {
  let folder: string;
  let engine: StoreThread;
  let reading: StoreThread;
  const runs = () => serving(engine, RunStore);
  const readers = () => serving(reading, RunStore);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'readers-'));
    engine = await StoreThread.open(join(folder, 'tasks.db'), 'relaxed', BUILT);
    reading = StoreThread.forReading(join(folder, 'tasks.db'), BUILT);
    for (let first = 0; first < HISTORY; first += 5000) {
      const part = times(5000, (index) => {
        const scheduledFor = T0 + first + index;
        return aRun({ id: newId(scheduledFor), scheduledFor, state: 'succeeded', finishedAt: scheduledFor });
      });
      await runs().insert(part);
    }
  }, 60_000);
  afterAll(async () => {
    await reading.close();
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('do not stand in the line of the engine, whatever they ask', async () => {
    let answered = 0;
    const asked = times(20, (index) =>
      readers()
        .list('acme', BROAD[index % BROAD.length]!, { limit: 200 })
        .then(() => void answered++),
    );
    for (let write = 0; write < 3; write++) await runs().insert([aRun({ owner: 'i-1', attempt: 1 })]);
    expect(answered).toBeLessThan(asked.length);
    await Promise.all(asked);
  });

  it('are not in the way of each other for long: each look ends after a part of the history', async () => {
    const { items, next } = await readers().list('acme', BROAD[1]!, { limit: 10 });
    expect(items).toEqual([]);
    expect(next).not.toBeNull();
  });

  it('cannot write', async () => {
    await expect(readers().insert([aRun()])).rejects.toThrow();
  });
});
