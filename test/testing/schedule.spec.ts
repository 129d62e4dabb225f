import { Injectable, Module } from '@nestjs/common';
import { Cron, Interval, ScheduleModule, SchedulerRegistry } from '../../src/schedule/index.js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TestRunner } from '../../src/testing/index.js';

@Injectable()
class Jobs {
  calls = 0;
  polls = 0;

  @Cron('0 2 * * *', { name: 'nightly', timeZone: 'Europe/Paris', retry: { maxAttempts: 2 } })
  nightly(): void {
    this.calls++;
    if (this.calls === 1) throw new Error('once');
  }

  @Interval('poll', 30_000)
  poll(): void {
    this.polls++;
  }
}

/** It has no runner: the module of the jobs brings one up, or uses that of the test. */
@Module({ imports: [ScheduleModule.forRoot()], providers: [Jobs] })
class App {}

let runner: TestRunner;
afterEach(() => runner?.close());

describe('jobs in place of @nestjs/schedule, in a test', () => {
  it('run by the clock of the test', async () => {
    const logger = { log: () => undefined, warn: () => undefined, error: () => undefined };
    runner = await TestRunner.create({ imports: [App], now: '2026-03-01T00:00:00Z', logger });
    await runner.advanceTo('2026-03-01T01:00:00Z');
    expect(runner.get(Jobs).polls).toBe(120);
    expect(runner.runs('nightly').map(({ state }) => state)).toEqual(['retrying']);
    await runner.finish('nightly');
    runner.expectRan('nightly', { times: 1, at: '2026-03-01T01:00:00Z', attempts: 2 });
    runner.get(SchedulerRegistry).deleteInterval('poll');
    await runner.advanceTo('2026-03-08T12:00:00Z');
    runner.expectRan('nightly', { times: 8 });
    expect(runner.get(Jobs).polls).toBeLessThan(125);
  });
});
