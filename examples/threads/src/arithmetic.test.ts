import 'reflect-metadata';
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { TaskInput } from 'scheduled-task-runner';
import { TestRunner } from 'scheduled-task-runner/testing';
import { AppModule } from './arithmetic.js';

let runner: TestRunner;
afterEach(() => runner.close());

test('primes are counted in a thread, and what never ends is ended', async () => {
  const logger = { log: () => undefined, warn: () => undefined, error: () => undefined };
  runner = await TestRunner.create({ imports: [AppModule], now: '2026-01-01T00:00:00Z', patienceMs: 1000, logger });
  const daily: Pick<TaskInput, 'triggers' | 'retry'> = {
    triggers: [{ type: 'cron', expression: '0 9 * * *' }],
    retry: { maxAttempts: 1 },
  };
  await runner.scheduler.schedule({
    ...daily,
    name: 'count primes',
    action: { type: 'handler', name: 'primes' },
    parameters: { below: 100_000 },
  });
  await runner.scheduler.schedule({ ...daily, name: 'spin', action: { type: 'handler', name: 'forever' } });
  await runner.advanceTo('2026-01-02T00:00:00Z');
  const [run] = runner.expectRan('primes', { times: 1 });
  assert.equal(run?.output, 9592);
  runner.expectRan('forever', { times: 1, state: 'timed_out' });
});
