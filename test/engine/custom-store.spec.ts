import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  InjectTaskScheduler,
  LifecycleEvents,
  TaskRunnerModule,
  TaskScheduler,
  type TaskInput,
} from '../../src/index.js';
import type { CustomStore } from '../../src/store/index.js';
import { MemoryData } from '../../src/testing/memory/memory-data.js';
import { memoryStores } from '../../src/testing/memory/memory-store.js';

const encryptionKeys = `k1:${randomBytes(32).toString('base64')}`;
const NOOP: TaskInput = { name: 'n', action: { type: 'noop' }, triggers: [{ type: 'manual' }] };

async function boot(metadata: ModuleMetadata) {
  @Module(metadata)
  class Host {}
  return NestFactory.createApplicationContext(Host, { logger: false, abortOnError: false });
}

/** A store of an application, and what its runner did with it. */
function aShelf() {
  const data = new MemoryData(() => Date.now());
  const told: string[] = [];
  const open = (): CustomStore => {
    told.push('opened');
    return {
      kind: 'shelf',
      ports: memoryStores(data),
      close: () => {
        told.push('closed');
        data.closed = true;
        return Promise.resolve();
      },
    };
  };
  return { data, told, open };
}

describe('a store of the application', () => {
  it('serves its runner, which opens it at the start and closes it at the end', async () => {
    const { data, told, open } = aShelf();
    const app = await boot({ imports: [TaskRunnerModule.forRoot({ store: open, encryptionKeys })] });
    const finished = app.get(LifecycleEvents).next('run.finished');
    const task = await app.get(TaskScheduler).schedule(NOOP);
    await app.get(TaskScheduler).runNow(task.id);
    expect((await finished).run.state).toBe('succeeded');
    expect([...data.tasks.keys()]).toEqual([task.id]);
    expect(told).toEqual(['opened']);
    await app.close();
    expect(told).toEqual(['opened', 'closed']);
    expect(data.instances.size).toBe(0);
  });

  it('stands beside another runner, and may come from a provider', async () => {
    const [shelf, other] = [aShelf(), aShelf()];
    class Schedulers {
      constructor(@InjectTaskScheduler('other') readonly named: TaskScheduler) {}
    }
    const app = await boot({
      imports: [
        TaskRunnerModule.forRoot({ store: shelf.open, encryptionKeys }),
        TaskRunnerModule.forRootAsync({ name: 'other', useFactory: () => ({ store: other.open, encryptionKeys }) }),
      ],
      providers: [Schedulers],
    });
    await app.get(Schedulers).named.schedule(NOOP);
    expect([shelf.data.tasks.size, other.data.tasks.size]).toEqual([0, 1]);
    await app.close();
    expect([shelf.told, other.told]).toEqual([
      ['opened', 'closed'],
      ['opened', 'closed'],
    ]);
  });

  it('stops the start with a sentence when it lacks a port, and is closed', async () => {
    const { told, open } = aShelf();
    const store = () => {
      const { ports, ...rest } = open();
      return { ...rest, ports: { ...ports, stats: undefined } } as unknown as CustomStore;
    };
    const start = boot({ imports: [TaskRunnerModule.forRoot({ store, encryptionKeys })] });
    await expect(start).rejects.toThrow('The store of the option store lacks ports.stats.');
    expect(told).toEqual(['opened', 'closed']);
  });

  it('stops the start when it does not open, with its own reason', async () => {
    const store = () => Promise.reject(new Error('the shelf is empty'));
    const start = boot({ imports: [TaskRunnerModule.forRoot({ store, encryptionKeys })] });
    await expect(start).rejects.toThrow('the shelf is empty');
  });
});
