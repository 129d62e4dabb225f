import { expect, it } from '@jest/globals';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { describeEngine, work } from '../support/engine-world.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { byHand } from '../support/workshop.js';

const HOUR = 3_600_000;
const needing = (resources: Record<string, number>, fields: Partial<TaskInput> = {}) =>
  work({ resources, overlap: 'allow', timeoutMs: 600_000, ...fields });

const keys = (pool: string) => Array.from({ length: 10 }, (_, slot) => `rate/default/${pool}/${slot}`);

/** Lets the window of a rate pass, as the store sees it: the store has its own clock. */
async function passWindow({ lockStore }: EngineInstance, pool: string): Promise<void> {
  for (const [key, owner] of await lockStore.holders(keys(pool))) await lockStore.release([key], owner);
}

describeEngine('pools with a rate', (world) => {
  const begun = () => world().workshop.calls.length;

  it('let so many attempts begin over two instances, however soon those end; the others wait and say why', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    await a.settings.put('default', { resources: { api: { capacity: 3, perMs: HOUR } } });
    await world().advance(1100);
    const task = await a.scheduler.schedule(needing({ api: 1 }));
    const runs = [];
    for (let i = 0; i < 7; i++) runs.push(await (i % 2 ? a : b).scheduler.runNow(task.id));
    await world().until(() => begun() === 3);
    await world().advance(6000);
    expect([begun(), a.slots.taken, b.slots.taken]).toEqual([3, 0, 0]);
    const all = await Promise.all(runs.map(({ id }) => a.scheduler.getRun(id)));
    const waiting = all.filter(({ state }) => state === 'pending');
    expect(waiting.map(({ reason }) => reason)).toEqual(
      Array(4).fill(`waits for resources: 1 of pool "api" (rate: 3 starts in ${HOUR} ms)`),
    );
    for (let times = 6; times <= 7; times += 3) {
      await passWindow(a, 'api');
      await world().until(() => begun() >= Math.min(times, 7));
      await world().advance(6000);
      expect(begun()).toBe(times);
    }
    await passWindow(a, 'api');
    for (const run of runs) expect(await world().inState(run, 'succeeded')).toMatchObject({ reason: null });
  });

  it('count every attempt, also that of a run that was started before', async () => {
    const { scheduler, settings, lockStore } = await world().boot();
    await settings.put('default', { resources: { api: { capacity: 2, perMs: HOUR } } });
    world().workshop.answering = () => Promise.reject(new Error('no'));
    const retry = { maxAttempts: 3, backoff: 'fixed' as const, baseDelayMs: 100, jitter: 0 };
    const task = await scheduler.schedule(needing({ api: 1 }, { retry }));
    const run = await scheduler.runNow(task.id);
    await world().until(() => begun() === 2);
    await world().advance(6000);
    expect(begun()).toBe(2);
    expect(await scheduler.getRun(run.id)).toMatchObject({ state: 'retrying', attempt: 3 });
    const lives = await lockStore.remaining(keys('api'));
    // They are kept for the window from the starts on, and no longer.
    expect(lives.size).toBe(2);
    for (const life of lives.values()) expect(life).toBeLessThanOrEqual(HOUR + 2);
  });

  it('are left alone by a run that gets nothing of its other pools, and the other way round', async () => {
    const { scheduler, settings, lockStore } = await world().boot();
    const resources = { api: { capacity: 2, perMs: HOUR }, export: { capacity: 1, perMs: 2 * HOUR } };
    await settings.put('default', { resources });
    world().workshop.answering = byHand;
    const browser = await scheduler.schedule(needing({ browser: 1 }));
    const both = await scheduler.schedule(needing({ browser: 1, api: 1, export: 1 }));
    await scheduler.runNow(browser.id);
    await world().until(() => begun() === 1);
    const run = await scheduler.runNow(both.id);
    await world().advance(1000);
    expect([begun(), (await lockStore.holders([...keys('api'), ...keys('export')])).size]).toEqual([1, 0]);
    world().workshop.last().succeed();
    await world().inState(run, 'running');
    expect((await lockStore.holders([...keys('api'), ...keys('export')])).size).toBe(2);
    world().workshop.last().succeed();
    await world().inState(run, 'succeeded');
    // There is a unit of "api" left and none of "export", so that the browser stays free.
    await scheduler.runNow(both.id);
    await world().advance(1000);
    expect([begun(), (await lockStore.holders(['pool/default/browser/0'])).size]).toEqual([2, 0]);
  });

  it('let a need of several units wait for as many, and refuse one of more than there are', async () => {
    const instance = await world().boot();
    const { scheduler, settings } = instance;
    await settings.put('default', { resources: { api: { capacity: 2, perMs: HOUR } } });
    const detail = `must be at most 2, of which the pool has no more in ${HOUR} ms`;
    const faults = [{ pointer: '/resources/api', detail }];
    await expect(scheduler.schedule(needing({ api: 3 }))).rejects.toMatchObject({ faults });
    const [one, two] = [await scheduler.schedule(needing({ api: 1 })), await scheduler.schedule(needing({ api: 2 }))];
    await scheduler.runNow(one.id);
    await world().until(() => begun() === 1);
    const large = await scheduler.runNow(two.id);
    await world().advance(500);
    const small = await scheduler.runNow(one.id);
    await world().advance(6000);
    expect(begun()).toBe(1);
    await passWindow(instance, 'api');
    await world().inState(large, 'succeeded');
    expect((await scheduler.getRun(small.id)).state).toBe('pending');
  });

  it('stay used up when the instance dies, and the run that is taken over begins by another unit', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    await a.settings.put('default', { resources: { api: { capacity: 1, perMs: HOUR } } });
    await world().advance(1100);
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(needing({ api: 1 }));
    const run = await a.scheduler.runNow(task.id);
    await world().until(() => begun() === 1);
    await a.crash(b);
    await world().advance(15_000);
    expect(begun()).toBe(1);
    await passWindow(b, 'api');
    await world().until(() => begun() === 2);
    world().workshop.last().succeed();
    expect((await world().inState(run, 'succeeded')).attempts).toHaveLength(2);
  });

  it('are given back unused when the answer comes too late for the start', async () => {
    const { scheduler, settings, gate, lockStore } = await world().boot();
    await settings.put('default', { resources: { api: { capacity: 1, perMs: HOUR } } });
    const task = await scheduler.schedule(needing({ api: 1 }));
    let isSlow = true;
    const goOn = gate.obstruct(async (method, [asked]) => {
      if (method !== 'acquire' || !isSlow || !(asked as string[])[0]!.startsWith('rate/')) return;
      isSlow = false;
      await world().clock.advance(6000);
    });
    const run = await scheduler.runNow(task.id);
    await world().inState(run, 'succeeded');
    goOn();
    expect([isSlow, begun(), (await lockStore.holders(keys('api'))).size]).toEqual([false, 1, 1]);
    expect((await scheduler.getRun(run.id)).latenessMs).toBeGreaterThanOrEqual(6000);
  });

  it('begin by a higher rate that another instance has set, within seconds', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    await a.settings.put('default', { resources: { api: { capacity: 1, perMs: HOUR } } });
    await world().advance(1100);
    const task = await a.scheduler.schedule(needing({ api: 1 }));
    for (let i = 0; i < 3; i++) await a.scheduler.runNow(task.id);
    await world().until(() => begun() === 1);
    await world().advance(3000);
    await b.settings.put('default', { resources: { api: { capacity: 3, perMs: HOUR } } });
    await world().advance(7000);
    expect(begun()).toBe(3);
  });

  it('tell when the next unit comes back', async () => {
    const { scheduler, settings } = await world().boot();
    await settings.put('default', { resources: { api: { capacity: 1, perMs: HOUR + 60_000 } } });
    const task = await scheduler.schedule(needing({ api: 1 }));
    await scheduler.runNow(task.id);
    await world().until(() => begun() === 1);
    await world().advance(50);
    const second = await scheduler.runNow(task.id);
    await world().advance(2000);
    const { outcome, code, sentence, evidence } = await scheduler.explain(task.id, new Date(second.scheduledFor));
    expect([outcome, code]).toEqual(['pending', 'rate']);
    expect(sentence).toContain(
      `it waits for the rate of pool "api" (1 start in ${HOUR + 60_000} ms; 1 needed, 0 left), next unit in about 1 h`,
    );
    const data = { name: 'api', needed: 1, capacity: 1, free: 0, perMs: HOUR + 60_000, nextMs: expect.any(Number) };
    expect(evidence).toContainEqual(expect.objectContaining({ type: 'pool', data }));
  });
});
