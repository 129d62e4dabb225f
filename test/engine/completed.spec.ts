import { expect, it } from '@jest/globals';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { TaskReads } from '../../src/scheduling/ports/task.reads.js';
import { StatsReads } from '../../src/stats/stats.store.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const at = (ms: number): string => new Date(T0 + ms).toISOString();

/** Triggers whose last occurrence is ten seconds after the start. */
const LAST: [name: string, fields: Partial<TaskInput>][] = [
  ['once', { triggers: [{ type: 'once', at: at(10_000) }] }],
  ['an interval with an end', { triggers: [every(5000)], endAt: at(11_000) }],
  ['cron with an end', { triggers: [{ type: 'cron', expression: '*/5 * * * * *' }], endAt: at(11_000) }],
  ['as many runs as it may', { triggers: [every(5000)], maxRuns: 2 }],
  ['a rule that ends', { triggers: [{ type: 'rrule', rule: 'FREQ=SECONDLY;INTERVAL=5;COUNT=3', timeZone: 'UTC' }] }],
];

describeEngine('a task whose last occurrence comes', (world) => {
  /** The task, with its last occurrence armed, and the instance that armed it. */
  const armed = async (fields: Partial<TaskInput>) => {
    const instance = await world().boot();
    const task = await instance.scheduler.schedule(work(fields));
    await world().advance(9500);
    const runs = await world().runsOf(task);
    expect(runs.at(-1)).toMatchObject({ state: 'pending', scheduledFor: T0 + 10_000 });
    return { scheduler: instance.scheduler, task };
  };

  it.each(LAST)('is active until its run has ended: %s', async (_, fields) => {
    const { scheduler, task } = await armed(fields);
    const states = async () => ({
      task: (await scheduler.get(task.id)).state,
      all: (await scheduler.list()).map(({ state }) => state),
      completed: (await scheduler.list({ state: 'completed' })).map(({ id }) => id),
    });
    expect(await states()).toEqual({ task: 'active', all: ['active'], completed: [] });
    world().workshop.answering = byHand;
    await world().advance(1000);
    expect(await states()).toEqual({ task: 'active', all: ['active'], completed: [] });
    world().workshop.last().succeed();
    await world().advance(200);
    expect(await states()).toEqual({ task: 'completed', all: ['completed'], completed: [task.id] });
  });

  it('leaves a record of what was armed when it is deleted', async () => {
    const { scheduler, task } = await armed(LAST[0]![1]);
    await world().done(scheduler.remove(task.id));
    await world().advance(5000);
    const [run] = await world().runsOf(task);
    expect(run).toMatchObject({ state: 'cancelled', reason: 'the task was deleted', scheduledFor: T0 + 10_000 });
    expect(world().workshop.of(task.id)).toHaveLength(0);
  });

  it('leaves a record also where another instance had armed it', async () => {
    const instances = [await world().boot(), await world().boot()];
    const task = await instances[0]!.scheduler.schedule(work(LAST[0]![1]));
    await world().advance(9500);
    const [pending] = await world().runsOf(task);
    const other = instances.find(({ locks }) => locks.owner !== pending!.owner)!;
    await world().done(other.scheduler.remove(task.id));
    await world().advance(5000);
    const [run] = await world().runsOf(task);
    expect(['cancelled', 'succeeded']).toContain(run?.state);
  });

  it('can be paused while that is armed, and goes on with it', async () => {
    const { scheduler, task } = await armed(LAST[0]![1]);
    await world().done(scheduler.pause(task.id, 'wait'));
    await world().advance(5000);
    expect(world().workshop.of(task.id)).toHaveLength(0);
    await world().done(scheduler.resume(task.id));
    await world().advance(1000);
    expect(world().workshop.of(task.id)).toHaveLength(1);
    expect((await scheduler.get(task.id)).state).toBe('completed');
  });
});

/** What the instances tell of a task, one after the other. */
function changesOf({ id }: { id: string }, ...instances: EngineInstance[]): string[] {
  const told: string[] = [];
  for (const { events } of instances)
    events.on('task.changed', ({ change, task }) => void (task.id === id && told.push(`${change} ${task.state}`)));
  return told;
}

/** The counts of the only organization, which are those of all that the metric tells. */
async function countsOf({ module }: EngineInstance) {
  const counts = await module.get(StatsReads, { strict: false }).tasksByState('default', 100);
  expect(await module.get(TaskReads, { strict: false }).countByState(100)).toEqual(counts);
  return counts;
}

describeEngine('that a task is completed', (world) => {
  it.each(LAST)('is told once, and counted, when its last run has ended: %s', async (_, fields) => {
    const instance = await world().boot();
    const task = await instance.scheduler.schedule(work(fields));
    const told = changesOf(task, instance);
    world().workshop.answering = ({ context }) =>
      context.run.scheduledFor.getTime() === T0 + 10_000 ? undefined : Promise.resolve(null);
    await world().advance(12_000);
    expect(told).toEqual([]);
    expect(await countsOf(instance)).toEqual({ active: 1, paused: 0, completed: 0 });
    world().workshop.last().succeed();
    await world().advance(2000);
    expect(told).toEqual(['completed completed']);
    expect(await countsOf(instance)).toEqual({ active: 0, paused: 0, completed: 1 });
    await world().advance(fields === LAST[0]![1] ? 75_000 : 1000);
    expect(told).toHaveLength(1);
  });

  it('is told by whoever ends the last of its runs, which may end in any order and at once', async () => {
    for (const order of [[0, 1], [1, 0], 'at once'] as const) {
      const instances = [await world().boot(), await world().boot()];
      const start = world().clock.now();
      const times = [start + 5000, start + 5500].map((ms) => new Date(ms).toISOString());
      const triggers = times.map((time) => ({ type: 'once' as const, at: time }));
      const task = await instances[0]!.scheduler.schedule(work({ triggers, overlap: 'allow' }));
      const told = changesOf(task, ...instances);
      const counts: number[] = [];
      for (const { events } of instances)
        events.on('task.changed', ({ task: { id, scheduledRuns } }) => {
          if (id === task.id) counts.push(scheduledRuns);
        });
      world().workshop.answering = byHand;
      await world().until(() => world().workshop.of(task.id).length === 2);
      await world().advance(1000);
      expect(told).toEqual([]);
      const calls = world().workshop.of(task.id);
      for (const index of order === 'at once' ? [0, 1] : order) {
        calls[index]!.succeed();
        if (order !== 'at once') await world().advance(3000);
        if (order !== 'at once' && index === order[0]) expect(told).toEqual([]);
      }
      await world().advance(15_000);
      expect([order, told, counts]).toEqual([order, ['completed completed'], [2]]);
      for (const instance of instances) await world().done(instance.stop());
    }
  });

  it('is told after a crash, when another instance has ended the last run', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const task = await a.scheduler.schedule(work({ ...LAST[0]![1], retry: { maxAttempts: 3, baseDelayMs: 10 } }));
    world().workshop.answering = byHand;
    await world().until(() => world().workshop.of(task.id).length === 1);
    const [first] = world().workshop.of(task.id);
    const [dies, lives] = first!.instance === a.label ? [a, b] : [b, a];
    const told = changesOf(task, lives);
    await dies.crash(lives);
    await world().until(() => world().workshop.of(task.id).length === 2);
    expect(told).toEqual([]);
    world().workshop.last().succeed();
    await world().advance(15_000);
    expect(told).toEqual(['completed completed']);
  });

  it('is told when what is last is left out while a former run goes on', async () => {
    const instance = await world().boot();
    const task = await instance.scheduler.schedule(work({ triggers: [every(5000)], endAt: at(11_000) }));
    const told = changesOf(task, instance);
    world().workshop.answering = byHand;
    await world().advance(12_000);
    expect(world().workshop.of(task.id)).toHaveLength(1);
    expect(told).toEqual([]);
    world().workshop.last().succeed();
    await world().advance(1000);
    expect(told).toEqual(['completed completed']);
  });

  it('is not told of a task that is deleted first, nor of one that a change lets go on', async () => {
    const instance = await world().boot();
    const [goes, stays] = [
      await instance.scheduler.schedule(work(LAST[0]![1])),
      await instance.scheduler.schedule(work(LAST[0]![1])),
    ];
    const [ofFirst, ofSecond] = [changesOf(goes, instance), changesOf(stays, instance)];
    world().workshop.answering = byHand;
    await world().advance(11_000);
    await world().done(instance.scheduler.remove(goes.id));
    await world().done(instance.scheduler.change(stays.id, { triggers: [every(60_000)] }));
    for (const call of world().workshop.calls) call.succeed();
    await world().advance(5000);
    expect(ofFirst.map((line) => line.split(' ')[0])).toEqual(['deleted']);
    expect(ofSecond).toEqual(['changed active']);
    await world().done(instance.scheduler.remove(stays.id));
    await world().advance(15_000);
    expect(ofSecond).toEqual(['changed active', 'deleted active']);
  });
});
