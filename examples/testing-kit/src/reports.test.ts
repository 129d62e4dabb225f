import 'reflect-metadata';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { TestRunner } from 'scheduled-task-runner/testing';
import { AppModule, Mailer } from './reports.js';

let runner: TestRunner;
afterEach(() => runner.close());

/** Fails as often as it is told, then keeps what it sends. */
class Outbox {
  readonly sent: string[] = [];
  failures = 0;

  async send(subject: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (this.failures-- > 0) throw new Error('busy');
    this.sent.push(subject);
  }
}

async function begin(): Promise<Outbox> {
  const outbox = new Outbox();
  runner = await TestRunner.create({
    imports: [AppModule],
    now: '2026-01-01T00:00:00Z',
    override: (builder) => builder.overrideProvider(Mailer).useValue(outbox),
    logger: { log: () => undefined, warn: () => undefined, error: () => undefined },
  });
  return outbox;
}

test('the report leaves on the last business day of each month', async () => {
  const { sent } = await begin();
  await runner.advanceTo('2026-01-30T15:59:59Z');
  runner.expectNotRan('monthly-report');
  await runner.advanceTo('2026-04-01T00:00:00Z');
  // In summer, five in Berlin is an hour earlier.
  runner.expectRan('monthly-report', { at: ['2026-01-30T16:00:00Z', '2026-02-27T16:00:00Z', '2026-03-31T15:00:00Z'] });
  assert.deepEqual(sent, ['Report of 2026-01', 'Report of 2026-02', 'Report of 2026-03']);
  assert.equal(existsSync('./data'), false);
});

test('the report is tried again each hour', async () => {
  const outbox = await begin();
  outbox.failures = 3;
  await runner.advanceToNext('monthly-report');
  await runner.finish();
  runner.expectRan('monthly-report', { times: 1, attempts: 4 });
  assert.equal(runner.now.toISOString(), '2026-01-30T19:00:00.000Z');
});

test('ten years take no longer than a test may', async () => {
  const outbox = await begin();
  await runner.advanceTo('2036-01-01T00:00:00Z');
  assert.equal(outbox.sent.length, 120);
  runner.expectNoFailures();
});
