import 'reflect-metadata';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TaskHandler, TaskRunnerModule, TaskScheduler } from 'scheduled-task-runner';
import { StoreUnavailableError, type CustomStore } from 'scheduled-task-runner/store';
import { ShelfData } from './shelves/data.js';
import { openShelves } from './shelves/open-shelves.js';

@Injectable()
class Librarian {
  @TaskHandler('tidy')
  tidy(): { books: number } {
    return { books: 3 };
  }
}

test('a task runs on the shelves', async () => {
  const data = new ShelfData(() => Date.now());
  const opened: CustomStore[] = [];
  const store = (): CustomStore => {
    opened.push(openShelves(data));
    return opened[0]!;
  };
  const encryptionKeys = `k1:${randomBytes(32).toString('base64')}`;
  @Module({ imports: [TaskRunnerModule.forRoot({ store, encryptionKeys })], providers: [Librarian] })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: ['warn', 'error'] });
  const scheduler = app.get(TaskScheduler);
  const action = { type: 'handler', name: 'tidy' } as const;
  const task = await scheduler.schedule({ name: 'tidy', triggers: [{ type: 'manual' }], action });
  const run = await scheduler.runNow(task.id);
  assert.deepEqual((await scheduler.result(run.id, { timeoutMs: 30_000 })).output, { books: 3 });
  assert.deepEqual([...data.tasks.keys()], [task.id]);
  await app.close();
  assert.equal(opened.length, 1);
  await assert.rejects(opened[0]!.ports.health.ping(), StoreUnavailableError);
});
