import 'reflect-metadata';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  SettableClock,
  TaskHandler,
  TaskRunnerModule,
  TaskScheduler,
  type HandlerContext,
} from 'scheduled-task-runner';
import { fullMoonTrigger } from './full-moon.trigger.js';

@Injectable()
class Werewolf {
  readonly nights: string[] = [];

  @TaskHandler('howl')
  howl({ run }: HandlerContext): void {
    this.nights.push(run.scheduledFor.toISOString().slice(0, 10));
  }
}

test('the wolf howls at full moon', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'moon-'));
  const clock = new SettableClock(Date.parse('2026-01-03T00:00:00Z'));
  const runner = TaskRunnerModule.forRoot({
    storeUrl: `file:${join(folder, 'tasks.db')}`,
    triggerTypes: [fullMoonTrigger],
    clock,
  });
  @Module({ imports: [runner], providers: [Werewolf] })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: ['warn', 'error'] });
  const wolf = app.get(Werewolf);
  const trigger = { type: 'acme:full-moon' } as const;
  const action = { type: 'handler', name: 'howl' } as const;
  const { nextRunAt } = await app
    .get(TaskScheduler)
    .schedule({ name: 'howl', triggers: [trigger], action })
    .then(({ next }) => ({ nextRunAt: next!.dueAt }));
  await clock.advance(nextRunAt - clock.now() - 1000);
  while (wolf.nights.length === 0) await clock.advance(100);
  assert.deepEqual(wolf.nights, [new Date(nextRunAt).toISOString().slice(0, 10)]);
  const closing = app.close();
  let isClosed = false;
  void closing.then(() => (isClosed = true));
  while (!isClosed) await clock.advance(100);
  await rm(folder, { recursive: true });
});
