import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/domain/ids.js';
import type { RunFilter } from '../../src/scheduling/ports/run.reads.js';
import { StoreThread } from '../../src/storage/sqlite/store-thread.js';
import { ServiceProcess } from '../e2e/service-process.js';
import { times } from '../conformance/with-fixture.js';
import { aRun, T0 } from '../support/builders.js';

const BUILT = new URL('../../dist/storage/sqlite/store-thread-program.js', import.meta.url);
const HISTORY = 30_000;
/** Filters that match nothing, or a little that lies far back. */
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
  const runs = () => engine.ports.runs;
  const readers = () => reading.ports.runs;

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

(process.platform === 'linux' ? describe : describe.skip)('the threads of readers on SQLite', () => {
  it('step back behind the engine’s, those of the driver too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'readers-'));
    const service = await ServiceProcess.start(`file:${join(folder, 'tasks.db')}`);
    try {
      expect((await service.call('GET', '/v1/runs')).status).toBe(200);
      const threads = readdirSync(`/proc/${service.pid}/task`).map((id) => {
        const stat = readFileSync(`/proc/${service.pid}/task/${id}/stat`, 'utf8');
        return { name: /\((.*)\)/.exec(stat)![1]!, nice: Number(stat.split(') ')[1]!.split(' ')[16]) };
      });
      const drivers = threads.filter(({ name }) => name.startsWith('tokio-runtime'));
      expect(drivers.length).toBeGreaterThan(0);
      for (const { nice } of drivers) expect(nice).toBe(10);
      expect(threads.filter(({ nice }) => nice < 10).length).toBeGreaterThan(2);
    } finally {
      await service.killHard();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
