import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import { StoreThread } from '../../src/storage/sqlite/store-thread.js';
import { aTask } from '../support/builders.js';

const BUILT = new URL('../../dist/storage/sqlite/store-thread-program.js', import.meta.url);
/** Ends in the middle of its second call, as a thread does when it runs out of memory. */
const MORTAL = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    let calls = 0;
    parentPort.on('message', ({ id }) => {
      if (++calls === 2) throw new Error('out of memory');
      parentPort.postMessage({ id, result: new Set() });
    });`)}`,
);

const tasksOf = (thread: StoreThread) => thread.ports.tasks;

describe('StoreThread', () => {
  let folder: string;
  const opened: StoreThread[] = [];

  const open = async (path: string, program = BUILT) => {
    const thread = await StoreThread.open(path, 'full', program);
    opened.push(thread);
    return thread;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tasks-'));
  });
  afterEach(async () => {
    for (const thread of opened.splice(0)) await thread.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('says in one sentence why the file cannot be opened', async () => {
    const path = join(folder, 'tasks.db');
    await writeFile(path, 'name,state\n'.repeat(500));
    const opening = StoreThread.open(path, 'full', BUILT);
    await expect(opening).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(opening).rejects.toThrow(`The database ${path} cannot be used: the file is not an SQLite database.`);
  });

  it('leaves what it was handed as it was at the call', async () => {
    const tasks = tasksOf(await open(join(folder, 'tasks.db')));
    const task = aTask();
    const inserted = tasks.insert([task]);
    const before = structuredClone(task);
    task.definition.name = 'changed meanwhile';
    await inserted;
    expect(await tasks.get('acme', task.id)).toEqual(before);
  });

  it('finishes what it was asked for before it closes, and refuses what comes after', async () => {
    const path = join(folder, 'tasks.db');
    const thread = await open(path);
    const task = aTask();
    await tasksOf(thread).insert([task]);
    await thread.close();
    await expect(tasksOf(thread).get('acme', task.id)).rejects.toThrow(`The database ${path} is closed.`);
    expect(await tasksOf(await open(path)).get('acme', task.id)).toEqual(task);
  });

  it('calls the store unavailable when the thread dies, and starts another one', async () => {
    const tasks = tasksOf(await open(join(folder, 'tasks.db'), MORTAL));
    const [first, second] = await Promise.allSettled([tasks.insert([aTask()]), tasks.insert([aTask()])]);
    for (const { status, reason } of [first, second] as PromiseRejectedResult[]) {
      expect(status).toBe('rejected');
      expect(reason).toBeInstanceOf(StoreUnavailableError);
      expect((reason as Error).message).toBe('out of memory');
    }
    expect(await tasks.insert([aTask()])).toEqual(new Set());
  });
});
