import { expect, it } from '@jest/globals';
import { QuotaExceededError } from '../../src/domain/errors.js';
import type { LockStore } from '../../src/locking/lock.store.js';
import { describeEngine, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

/** Lets the permits of a minute expire, as the store sees it: the store has its own clock. */
async function passMinute(store: LockStore): Promise<void> {
  const keys = Array.from({ length: 60 }, (_, permit) => `quota/starts/default/${permit}`);
  for (const [key, owner] of await store.holders(keys)) await store.release([key], owner);
}

describeEngine('quotas of an organization', (world) => {
  it('on tasks hold for creations at the same time, through two instances and in bulk', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    await a.settings.put('default', { quotas: { tasks: 10 } });
    await world().advance(1000);
    const one = (by: typeof a) => by.tasks.create('default', work()).then(() => 1, refusal);
    const many = (by: typeof a) =>
      by.tasks
        .createMany(
          'default',
          Array.from({ length: 6 }, () => work()),
        )
        .then(created);
    const counts = await world().done(Promise.all([one(a), many(a), one(b), many(b), one(a), one(b)]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10);
    const tasks = (await a.tasks.list('default', {}, { limit: 100 })).items;
    expect(tasks).toHaveLength(10);
    await a.tasks.remove('default', tasks[0]!.id);
    expect(await world().done(one(b))).toBe(1);
    expect(await world().done(one(b))).toBe(0);
    expect(await a.tasks.create('other', work())).toMatchObject({ organization: 'other' });
  });

  it('on concurrent runs hold over two instances; the others wait, say why, and start later', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    await a.settings.put('default', { quotas: { concurrentRuns: 2 } });
    await world().advance(1000);
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ overlap: 'allow', timeoutMs: 600_000 }));
    const runs = [];
    for (let i = 0; i < 6; i++) runs.push(await (i % 2 ? a : b).scheduler.runNow(task.id));
    for (let begun = 2; begun <= 6; begun += 2) {
      await world().until(() => world().workshop.calls.length >= begun);
      await world().advance(1000);
      expect(world().workshop.calls).toHaveLength(begun);
      if (begun === 2) expect(await reasons(runs.map(({ id }) => a.scheduler.getRun(id)))).toEqual(4);
      for (const call of world().workshop.calls.slice(begun - 2)) call.succeed();
    }
    for (const run of runs) expect(await world().inState(run, 'succeeded')).toMatchObject({ reason: null });
  });

  it('on starts a minute let the rest wait for the next one, and lose none', async () => {
    const { scheduler, settings, lockStore, gate } = await world().boot();
    await settings.put('default', { quotas: { startsPerMinute: 3 } });
    const task = await scheduler.schedule(work({ overlap: 'allow' }));
    const runs = [];
    for (let i = 0; i < 5; i++) runs.push(await scheduler.runNow(task.id));
    await world().until(() => world().workshop.calls.length === 3);
    await world().advance(5000);
    expect(world().workshop.calls).toHaveLength(3);
    const waiting = await Promise.all(runs.map(({ id }) => scheduler.getRun(id)));
    expect(waiting.filter(({ state }) => state === 'pending')).toHaveLength(2);
    expect(waiting.at(-1)!.reason).toContain('the quota of 3 starts per minute');
    // It is known when the next start may come, so that hardly anybody asks.
    let asked = 0;
    const goOn = gate.obstruct((method, [keys]) => {
      if (method === 'remaining' && (keys as string[])[0]?.startsWith('quota/starts/')) asked++;
      return Promise.resolve();
    });
    await world().advance(30_000);
    goOn();
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(7);
    await passMinute(lockStore);
    for (const run of runs) expect(await world().inState(run, 'succeeded')).toMatchObject({ reason: null });
    expect(world().workshop.calls).toHaveLength(5);
  });
});

const refusal = (error: unknown) => {
  expect(error).toBeInstanceOf(QuotaExceededError);
  return 0;
};
const created = (results: readonly object[]) => results.filter((result) => 'task' in result).length;
const reasons = async (runs: Promise<{ reason: string | null }>[]) =>
  (await Promise.all(runs)).filter(({ reason }) => reason?.includes('the quota of 2 concurrent runs')).length;
