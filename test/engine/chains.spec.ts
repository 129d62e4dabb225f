import { expect, it } from '@jest/globals';
import { EventRecords } from '../../src/events/event-records.js';
import { onEvent } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, work } from '../support/engine-world.js';

const recordsOf = ({ module }: EngineInstance): EventRecords => module.get(EventRecords, { strict: false });
const after = (id: string, outcome = 'succeeded') => ({ triggers: [onEvent(`run.${outcome}`, { 'data.taskId': id })] });

describeEngine('a chain', (world) => {
  const childrenOf = async ({ scheduler }: EngineInstance, taskId: string) =>
    scheduler.listRuns({ taskId }, { limit: 50 });
  const isChildOf = (instance: EngineInstance, taskId: string, count = 1) =>
    world().until(async () => {
      const runs = await childrenOf(instance, taskId);
      return runs.length === count && runs.every(({ finishedAt }) => finishedAt !== null);
    });

  it('starts a task once for each end of another that it waits for, with what came of that', async () => {
    const a = await world().boot();
    const { scheduler } = a;
    const first = await scheduler.schedule(work({ name: 'first', tags: ['nightly'] }));
    const second = await scheduler.schedule(work(after(first.id)));
    const third = await scheduler.schedule(work(after(second.id)));
    const tagged = await scheduler.schedule(work({ triggers: [onEvent('run.succeeded', { 'data.tags': 'nightly' })] }));
    const onFailure = await scheduler.schedule(work(after(first.id, 'failed')));
    world().workshop.answering = () => Promise.resolve({ ok: 1 });
    const run = await scheduler.runNow(first.id);
    await isChildOf(a, third.id);
    await isChildOf(a, tagged.id);
    const [child] = await childrenOf(a, second.id);
    expect(child).toMatchObject({ trigger: 'event', state: 'succeeded' });
    expect(world().workshop.of(second.id)[0]!.context.event).toMatchObject({
      type: 'run.succeeded',
      data: {
        taskId: first.id,
        taskName: 'first',
        tags: ['nightly'],
        runId: run.id,
        outcome: 'succeeded',
        output: { ok: 1 },
      },
    });
    expect(await childrenOf(a, onFailure.id)).toEqual([]);
    // Driven again, it ends again.
    await world().done(a.runs.retry('default', run.id));
    await isChildOf(a, second.id, 2);
  });

  it('waits for the final outcome, and hands over an output only up to its bound', async () => {
    const a = await world().boot();
    const { scheduler } = a;
    const retry = { maxAttempts: 2, baseDelayMs: 1000, jitter: 0 } as const;
    const parent = await scheduler.schedule(work({ retry }));
    const child = await scheduler.schedule(work(after(parent.id, 'failed')));
    const good = await scheduler.schedule(work(after(parent.id)));
    world().workshop.answering = ({ context }) =>
      context.run.taskId === parent.id ? Promise.reject(new Error('broken')) : Promise.resolve(null);
    await scheduler.runNow(parent.id);
    await world().advance(500);
    expect(await childrenOf(a, child.id)).toEqual([]);
    await isChildOf(a, child.id);
    expect(world().workshop.of(child.id)[0]!.context.event).toMatchObject({ data: { outcome: 'failed', attempt: 2, error: { message: 'broken' } } }); // prettier-ignore
    world().workshop.answering = () => Promise.resolve('x'.repeat(40_000));
    await scheduler.runNow(parent.id);
    await isChildOf(a, good.id);
    const { event } = world().workshop.of(good.id)[0]!.context;
    expect(event!.data).toMatchObject({ outputCut: true });
    expect(event!.data).not.toHaveProperty('output');
  });

  it('starts a child once though the instance dies right after the end of its parent', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const parent = await world().done(a.scheduler.schedule(work({})));
    const child = await world().done(a.scheduler.schedule(work(after(parent.id))));
    await world().advance(5000);
    let isEnded = false;
    a.gate.obstruct((method, [events]) => {
      const isEvent = method === 'insert' && JSON.stringify(events).includes('run.succeeded');
      isEnded ||= isEvent;
      return isEnded ? new Promise(() => undefined) : undefined;
    });
    // Its answer may be held up with everything else.
    void a.scheduler.runNow(parent.id).catch(() => undefined);
    await world().untilHeldUp(() => isEnded, b);
    expect((await childrenOf(b, parent.id)).map(({ state }) => state)).toEqual(['succeeded']);
    await a.crash(b);
    // What it held beside its own lock runs out by the store's clock, which does not follow the world's.
    await b.lockStore.release(['outbox/chains'], a.locks.owner);
    await isChildOf(b, child.id);
    await world().advance(6000);
    expect(await childrenOf(b, child.id)).toHaveLength(1);
  });

  it('refuses a cycle by the ids of tasks, and names the way', async () => {
    const a = await world().boot();
    const { scheduler } = a;
    const first = await scheduler.schedule(work({ name: 'first' }));
    const second = await scheduler.schedule(work({ name: 'second', ...after(first.id) }));
    const third = await scheduler.schedule(work({ name: 'third', ...after(second.id) }));
    await expect(world().done(scheduler.change(first.id, after(third.id)))).rejects.toThrow(
      `first (${first.id}) → second (${second.id}) → third (${third.id}) → first (${first.id})`,
    );
    await expect(world().done(scheduler.change(first.id, after(first.id, 'failed')))).rejects.toThrow('cycle');
    const loose = await scheduler.schedule(work({ name: 'loose' }));
    const results = await Promise.allSettled([
      world().done(scheduler.change(loose.id, after(third.id))),
      world().done(scheduler.change(first.id, after(loose.id))),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('ends a cycle through tags at a depth of 16, and records it', async () => {
    const a = await world().boot();
    const { scheduler } = a;
    const task = await scheduler.schedule(
      work({ tags: ['round'], triggers: [onEvent('run.succeeded', { 'data.tags': 'round' })] }),
    );
    await scheduler.runNow(task.id);
    await isChildOf(a, task.id, 18);
    const runs = await childrenOf(a, task.id);
    const skipped = runs.filter(({ state }) => state === 'skipped');
    expect(skipped.map(({ reason }) => reason)).toEqual([expect.stringContaining('chain is too long')]);
    const { left } = await recordsOf(a).get('default', skipped[0]!.event!.id);
    expect(left).toEqual([{ taskId: task.id, reason: 'depth' }]);
  });

  it('starts nothing by what was refused, so that a cycle over skipped runs ends, too', async () => {
    const a = await world().boot();
    const { scheduler } = a;
    const ends = ['run.succeeded', 'run.skipped'].map((type) => onEvent(type, { 'data.tags': 'round' }));
    const task = await scheduler.schedule(work({ tags: ['round'], triggers: ends }));
    await scheduler.runNow(task.id);
    await isChildOf(a, task.id, 18);
    await world().advance(6000);
    expect(await childrenOf(a, task.id)).toHaveLength(18);
  });

  it('starts a task once when all of several others have ended', async () => {
    const a = await world().boot();
    const { scheduler } = a;
    const [left, right] = [await scheduler.schedule(work({})), await scheduler.schedule(work({}))];
    const ends = [left, right].map(({ id }) => ({ event: 'run.succeeded', filter: { 'data.taskId': id } }));
    const both = { type: 'event', all: { events: ends, withinMs: 60_000 } } as const;
    const child = await scheduler.schedule(work({ triggers: [both] }));
    await expect(world().done(scheduler.change(left.id, after(child.id)))).rejects.toThrow('cycle');
    await scheduler.runNow(left.id);
    await isChildOf(a, left.id);
    await world().advance(1000);
    expect(await childrenOf(a, child.id)).toEqual([]);
    await scheduler.runNow(right.id);
    await isChildOf(a, child.id);
    await world().advance(6000);
    expect(await childrenOf(a, child.id)).toHaveLength(1);
    const { event } = world().workshop.of(child.id)[0]!.context;
    const parents = [event!, ...event!.together!].map(({ data }) => (data as { taskId: string }).taskId);
    expect(new Set(parents)).toEqual(new Set([left.id, right.id]));
  });

  it('starts no more by what follows from an event than it may, also where events and ends take turns', async () => {
    const a = await world().boot({ engine: { eventDescendants: 40 } });
    const { scheduler } = a;
    const follower = work({ triggers: [onEvent('go')], tags: ['link'], overlap: 'allow' });
    const raising = work({
      triggers: [onEvent('run.succeeded', { 'data.tags': 'link' })],
      action: { type: 'event', event: 'go', data: {} },
      overlap: 'allow',
    });
    const tasks: string[] = [];
    for (const task of [follower, follower, raising, raising]) tasks.push((await scheduler.schedule(task)).id);
    await scheduler.raise('go', {});
    const counts = async () => {
      const runs = await Promise.all(tasks.map(async (taskId) => scheduler.listRuns({ taskId }, { limit: 200 })));
      return runs.flat().filter(({ state }) => state !== 'skipped').length;
    };
    let seen = 0;
    await world().until(async () => {
      const before = seen;
      await world().advance(1000);
      return (seen = await counts()) === before && seen > 0;
    });
    // Each of the two runs of the first event begins a chain with its end.
    expect(seen).toBeLessThanOrEqual(2 + 2 * 40);
    expect(seen).toBeGreaterThan(10);
  });

  it('records that a child was paused, and stores nothing where nobody waits', async () => {
    const a = await world().boot();
    const { scheduler } = a;
    const parent = await scheduler.schedule(work({}));
    const other = await scheduler.schedule(work({}));
    const child = await scheduler.schedule(work(after(parent.id)));
    await world().done(scheduler.pause(child.id, 'holidays'));
    await scheduler.runNow(other.id);
    await scheduler.runNow(parent.id);
    const events = async () => (await recordsOf(a).list('default', {}, { limit: 9 })).items;
    await world().until(async () => (await events())[0]?.dispatched === true);
    const [event, ...others] = await events();
    expect(others).toEqual([]);
    expect((await recordsOf(a).get('default', event!.id)).left).toEqual([{ taskId: child.id, reason: 'paused' }]);
  });

  it('knows no other events of the engine, and none of its types from others', async () => {
    const { scheduler } = await world().boot();
    await expect(scheduler.schedule(work({ triggers: [onEvent('run.started')] }))).rejects.toThrow('run.succeeded');
    const action = { type: 'event', event: 'run.succeeded', data: {} } as const;
    await expect(scheduler.schedule(work({ action }))).rejects.toThrow('run.');
  });
});
