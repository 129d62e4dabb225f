import { expect, it } from '@jest/globals';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { OverdueWatch } from '../../src/overdue/overdue-watch.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const SECOND = 1000;
/** By when every instance knows of a pause. */
const KNOWN_MS = 2000;

describeEngine('paused queues', (world) => {
  const heavy = (fields: Partial<TaskInput> = {}) =>
    work({ queue: 'heavy', triggers: [every(SECOND)], overlap: 'allow', ...fields });
  const startsOf = (task: { id: string }) =>
    world()
      .workshop.of(task.id)
      .map(({ at }) => at);

  it('start nothing on any instance, and go on within a second of their end', async () => {
    const a = await world().boot();
    const b = await world().boot();
    await world().advance(2000);
    const tasks = [];
    for (let index = 0; index < 4; index++) tasks.push(await a.scheduler.schedule(heavy()));
    const usual = await a.scheduler.schedule(work({ triggers: [every(SECOND)] }));
    await world().advance(3000);
    await world().done(b.scheduler.pauseQueue('heavy', 'the printer burns'));
    await world().advance(KNOWN_MS);
    const asked = await a.scheduler.runNow(tasks[0]!.id);
    const since = world().clock.now();
    await world().advance(10 * SECOND);
    for (const task of tasks) expect(startsOf(task).filter((at) => at > since)).toEqual([]);
    expect(startsOf(usual).filter((at) => at > since).length).toBeGreaterThanOrEqual(9);
    expect(await world().runsOf(tasks[0]!)).toContainEqual(expect.objectContaining({ id: asked.id, state: 'pending' }));
    await world().done(a.scheduler.resumeQueue('heavy'));
    const resumed = world().clock.now();
    await world().advance(SECOND);
    for (const task of tasks) {
      const [first] = startsOf(task).filter((at) => at > since);
      expect(first! - resumed).toBeLessThanOrEqual(SECOND);
    }
    await world().inState(asked, 'succeeded');
    await world().advance(3 * SECOND);
    const runs = (await Promise.all(tasks.map((task) => world().runsOf(task)))).flat();
    expect(runs.filter(({ attempt, state }) => attempt > 1 || state === 'failed')).toEqual([]);
  });

  it('make occurrences wait as in a downtime: misfire policy and start deadline apply at the end', async () => {
    const { scheduler } = await world().boot();
    await world().advance(SECOND);
    const triggers: TaskInput['triggers'] = [{ type: 'cron', expression: '*/10 * * * * *' }];
    const once = await scheduler.schedule(heavy({ triggers, misfire: { policy: 'fire-once', graceMs: 0 } }));
    const skips = await scheduler.schedule(heavy({ triggers, misfire: { policy: 'skip', graceMs: 0 } }));
    const strict = await scheduler.schedule(heavy({ triggers, startDeadlineMs: SECOND }));
    await world().done(scheduler.pauseQueue('heavy', 'a test'));
    await world().advance(KNOWN_MS);
    const since = world().clock.now();
    // Three seconds after the last occurrence that the pause has kept from starting.
    await world().advance(43 * SECOND - (since % (10 * SECOND)));
    await world().done(scheduler.resumeQueue('heavy'));
    await world().advance(SECOND);
    const late = (task: { id: string }) => startsOf(task).filter((at) => at > since).length;
    expect([late(once), late(skips), late(strict)]).toEqual([1, 0, 0]);
    await world().advance(10 * SECOND);
    expect([late(once), late(skips), late(strict)]).toEqual([2, 1, 1]);
  });

  it('are known to instances that start, and say so in explain, in what is overdue, and in the overview', async () => {
    const { scheduler } = await world().boot();
    await world().done(scheduler.pauseQueue('heavy', 'the printer burns'));
    await world().instances[0]!.stop();
    const b = await world().boot({ engine: { overdueAfterMs: 1000, overdueCheckMs: 1000 } });
    const since = world().clock.now();
    const task = await b.scheduler.schedule(heavy());
    const asked = await b.scheduler.runNow(task.id);
    await world().advance(5 * SECOND);
    expect(startsOf(task)).toEqual([]);
    const cause = { code: 'queue-paused', reason: 'the queue "heavy" is paused' };
    expect(await b.scheduler.explain(task.id)).toMatchObject(cause);
    expect(await b.scheduler.explain(task.id, new Date(asked.scheduledFor))).toMatchObject(cause);
    expect(b.module.get(OverdueWatch, { strict: false }).figures!.missing).toMatchObject([
      { kind: 'paused-queue', name: 'heavy', tasks: 1 },
    ]);
    const { queues, complete } = await b.scheduler.queues();
    expect(complete).toBe(true);
    expect(queues).toMatchObject([
      { name: 'default', waiting: 0, running: 0, upcoming: 0, oldest: null, paused: null },
      { name: 'heavy', waiting: 2, running: 0, upcoming: 0, paused: { reason: 'the printer burns' } },
    ]);
    expect(queues[1]!.oldest!.dueAt).toBeGreaterThanOrEqual(since);
    expect(queues[1]!.workers).toHaveLength(1);
  });

  it('let what is under way end, and belong to one organization', async () => {
    const { scheduler, slots } = await world().boot();
    world().workshop.answering = byHand;
    const other = scheduler.for('other');
    const own = await scheduler.schedule(heavy({ triggers: [{ type: 'manual' }] }));
    const theirs = await other.schedule(heavy({ triggers: [{ type: 'manual' }] }));
    const run = await scheduler.runNow(own.id);
    await world().until(() => world().workshop.calls.length === 1);
    await world().done(scheduler.pauseQueue('heavy', 'a test'));
    await other.runNow(theirs.id);
    await scheduler.runNow(own.id);
    await world().advance(3 * SECOND);
    expect(world().workshop.calls.map(({ context }) => context.run.taskId)).toEqual([own.id, theirs.id]);
    for (const call of world().workshop.calls) call.succeed();
    await world().inState(run, 'succeeded');
    expect((await scheduler.queues()).queues.find(({ name }) => name === 'heavy')).toMatchObject({
      waiting: 1,
      running: 0,
    });
    expect((await other.queues()).queues.filter(({ paused }) => paused !== null)).toEqual([]);
    expect(slots.taken).toBe(0);
    await expect(scheduler.pauseQueue('no such name!', 'x')).rejects.toThrow();
    for (let index = 0; index < 99; index++) await scheduler.pauseQueue(`q${index}`, 'x');
    await expect(scheduler.pauseQueue('one-more', 'x')).rejects.toMatchObject({ faults: [{ pointer: '' }] });
    await scheduler.pauseQueue('heavy', 'another reason');
    await scheduler.resumeQueue('never-paused');
  });
});
