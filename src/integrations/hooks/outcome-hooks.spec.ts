import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { aRun, aTask, T0 } from '../../../test/support/builders.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { HookCaller } from './hook-caller.js';
import { HookRegistry } from './hook-registry.js';
import { OutcomeHooks } from './outcome-hooks.js';
import type { OutcomeContext, RetryContext } from './run-hook.js';

let warned: string[];
beforeEach(() => {
  warned = [];
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void warned.push(String(line)));
});
afterEach(() => void jest.restoreAllMocks());

function world() {
  const clock = new SettableClock(T0);
  const hooks = new HookRegistry();
  const events = new LifecycleEvents();
  const outcomes = new OutcomeHooks(hooks, new HookCaller(clock), events, clock);
  outcomes.onModuleInit();
  const finish = (fields: Parameters<typeof aRun>[0] = {}) =>
    events.emit('run.finished', { run: aRun({ state: 'succeeded', ...fields }), task: aTask() });
  return { clock, hooks, events, outcomes, finish };
}

const ERROR = { code: 'e', message: 'broken' };
const attempt = { number: 1, instance: 'i', startedAt: T0, finishedAt: T0, outcome: 'failed', error: ERROR } as const;

describe('OutcomeHooks', () => {
  it('tells how a run ended, and when another attempt follows', async () => {
    const { clock, hooks, events, finish } = world();
    const told: (OutcomeContext | RetryContext)[] = [];
    hooks.register('outcome', (context) => void told.push({ ...(context as OutcomeContext) }), 'Outcomes');
    hooks.register('retry', (context) => void told.push({ ...(context as RetryContext) }), 'Retries');
    const run = aRun({ state: 'retrying', attempt: 2, attempts: [attempt], dueAt: T0 + 1000 });
    events.emit('run.retrying', { run, task: aTask() });
    finish({ state: 'skipped', reason: 'the task is paused', attempt: 0, attempts: [] });
    finish({ state: 'failed', reason: 'broken', attempts: [attempt] });
    await clock.advance(0);
    expect(told).toMatchObject([
      { attempt: 1, error: ERROR, nextAt: new Date(T0 + 1000) },
      { attempt: 0, outcome: 'skipped', reason: 'the task is paused', error: null, output: null },
      { attempt: 1, outcome: 'failed', reason: 'broken', error: ERROR },
    ]);
  });

  it('lets so many outcomes wait, and those of one organization not take all the room', async () => {
    const { clock, hooks, finish, outcomes } = world();
    const ends: (() => void)[] = [];
    hooks.register('outcome', () => new Promise<void>((resolve) => ends.push(resolve)), 'Slow');
    const output = 'x'.repeat(1024 * 1024);
    for (let count = 0; count < 40; count++) finish({ organization: 'loud', output });
    // Half of 32 MiB, and 16 of them are told at once: these hold their memory, too.
    expect(outcomes.untold).toBe(25);
    finish({ organization: 'quiet', output });
    expect(outcomes.untold).toBe(25);
    for (let count = 0; count < 20_000; count++) finish({ organization: `o-${count}` });
    expect(outcomes.untold).toBeGreaterThan(10_000);
    expect(warned).toEqual([
      'An outcome was told to no hook, because too many others wait for theirs',
      'An outcome was told to no hook, because too many others wait for theirs; further ones of this minute are not told.',
    ]);
    for (let told = 0; told < 16; told++) ends[told]!();
    await clock.advance(0);
    expect(ends.length).toBeGreaterThan(16);
  });

  it('waits at a shutdown for what is under way, up to its grace', async () => {
    const { clock, hooks, finish, outcomes } = world();
    const told: string[] = [];
    hooks.register('outcome', async () => (await clock.sleep(100), void told.push('told')), 'Slow');
    for (let count = 0; count < 48; count++) finish();
    let closed = false;
    void outcomes.close(250).then(() => (closed = true));
    await clock.advance(249);
    expect([told.length, closed]).toEqual([32, false]);
    await clock.advance(1);
    expect(closed).toBe(true);
    finish();
    expect(outcomes.untold).toBe(1);

    const quick = world();
    quick.hooks.register('outcome', () => undefined, 'Quick');
    quick.finish();
    await quick.outcomes.close(1000);
    expect(quick.outcomes.untold).toBe(0);
  });
});
