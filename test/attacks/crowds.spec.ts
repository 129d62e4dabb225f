import { expect, it } from '@jest/globals';
import type { Run } from '../../src/domain/run.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import type { Task } from '../../src/domain/task.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const MANY = 200;
const times = <Result>(count: number, make: (index: number) => Result): Result[] =>
  Array.from({ length: count }, (_, index) => make(index));

describeEngine('many who ask for the same at once', (world) => {
  const boot = async (count: number) => {
    const instances: EngineInstance[] = [];
    while (instances.length < count) instances.push(await world().boot());
    return instances;
  };
  const all = <Result>(promises: Promise<Result>[]) => world().done(Promise.all(promises));
  /** A failed run of a task that allows no more attempts. */
  const failed = async ({ scheduler }: EngineInstance, fields: Partial<TaskInput> = {}): Promise<Run> => {
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(work({ retry: { maxAttempts: 1 }, ...fields }));
    const run = await world().done(scheduler.runNow(task.id));
    await world().advance(100);
    world().workshop.last().fail(new Error('no bread'));
    return world().inState(run, 'failed');
  };
  const retriesOf = async ({ taskId }: Run) =>
    (await world().runsOf({ id: taskId })).filter(({ trigger }) => trigger === 'retry');

  it.each([
    [MANY, 1],
    [60, 2],
  ])('may change one task, %i of them over %i instances, and none is turned away', async (many, count) => {
    const instances = await boot(count);
    const task = await instances[0]!.scheduler.schedule(work({ triggers: [every(3_600_000)] }));
    const changes = times(many, (index) => {
      const { scheduler } = instances[index % count]!;
      if (index % 4 === 1) return scheduler.pause(task.id, `pause ${index}`);
      return scheduler.change(task.id, { parameters: { [`change${index}`]: index } });
    });
    await all(changes);
    const after = await instances[0]!.scheduler.get(task.id);
    expect(after.generation).toBe(1 + many);
    expect(Object.keys(after.definition.parameters)).toHaveLength((many / 4) * 3);
    await all(times(20, (index) => instances[index % count]!.scheduler.resume(task.id)));
    expect((await instances[0]!.scheduler.get(task.id)).state).toBe('active');
  });

  it('may change settings, and none is turned away', async () => {
    const instances = await boot(2);
    const put = (index: number) => instances[index % 2]!.settings.put('acme', { resources: { browser: 1 + index } });
    const versions = (await all(times(60, put))).map(({ version }) => version);
    expect(new Set(versions).size).toBe(60);
  });

  it('may change a task of one organization while another one changes its own', async () => {
    const [instance] = (await boot(1)) as [EngineInstance];
    const task = await instance.scheduler.schedule(work());
    const theirs = await instance.scheduler.for('globex').schedule(work());
    let applied = 0;
    instance.events.on('task.changed', ({ task: { id } }) => void (id === task.id && applied++));
    const crowd = times(60, (index) => instance.scheduler.change(task.id, { parameters: { index } }));
    const own = instance.scheduler.for('globex').change(theirs.id, { name: 'theirs' });
    const appliedBefore = await world().done(own.then(() => applied));
    expect(appliedBefore).toBeLessThan(15);
    await all(crowd);
    expect(applied).toBe(60);
  });

  it('may delete one task: it is gone once, and the others hear that it is', async () => {
    const instances = await boot(2);
    const task = await instances[0]!.scheduler.schedule(work());
    const deletions = times(20, (index) => instances[index % 2]!.scheduler.remove(task.id));
    const changes = times(20, (index) => instances[index % 2]!.scheduler.change(task.id, { name: `${index}` }));
    const results = await world().done(Promise.allSettled([...deletions, ...changes]));
    const gone = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(results.slice(0, 20).filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const { reason } of gone) expect(reason).toMatchObject({ code: 'not-found' });
  });

  it.each([1, 2])('get one retry of a run, over %i instances', async (count) => {
    const instances = await boot(count);
    const run = await failed(instances[0]!);
    const retries = await all(times(40, (index) => instances[index % count]!.scheduler.retryRun(run.id)));
    expect(new Set(retries.map(({ id }) => id)).size).toBe(1);
    expect(await retriesOf(run)).toHaveLength(1);
    await world().advance(2000);
    expect(world().workshop.of(run.taskId)).toHaveLength(2);
    expect(await world().done(instances[0]!.scheduler.retryRun(run.id))).toMatchObject({ id: retries[0]!.id });
    world().workshop.last().succeed();
    await world().inState(retries[0]!, 'succeeded');
    // After the retry has ended, the same call is a new request.
    const later = await world().done(instances[0]!.scheduler.retryRun(run.id));
    expect(later).toMatchObject({ retryOf: run.id, scheduledFor: run.scheduledFor });
    expect(later.id).not.toBe(retries[0]!.id);
    expect(await retriesOf(run)).toHaveLength(2);
  });

  it('get one retry where some ask for the run and some for all that failed', async () => {
    const instances = await boot(2);
    const run = await failed(instances[0]!, { overlap: 'allow' });
    const asked = times(20, (index) => {
      const { scheduler } = instances[index % 2]!;
      return index % 4 < 2
        ? scheduler.retryRun(run.id).then(() => undefined)
        : scheduler.retryRuns().then(() => undefined);
    });
    await all(asked);
    expect(await retriesOf(run)).toHaveLength(1);
  });

  it('get one run of each occurrence that is made up for', async () => {
    const instances = await boot(2);
    const task = await instances[0]!.scheduler.schedule(work({ triggers: [every(1000)] }));
    await world().done(instances[0]!.scheduler.pause(task.id, 'for now'));
    await world().advance(10_000);
    const range = { from: new Date(T0), to: new Date(T0 + 8000) };
    const made = await all(times(10, (index) => instances[index % 2]!.scheduler.backfill(task.id, range)));
    const ids = made.flatMap(({ runIds }) => runIds);
    expect(new Set(ids).size).toBe(ids.length);
    const runs = (await world().runsOf(task)).filter(({ trigger }) => trigger === 'backfill');
    expect(runs).toHaveLength(ids.length);
    expect(new Set(runs.map(({ scheduledFor }) => scheduledFor)).size).toBe(runs.length);
  });

  it('cancel and retry a run: it ends once, and is driven again at most once', async () => {
    const instances = await boot(2);
    world().workshop.answering = byHand;
    const task = await instances[0]!.scheduler.schedule(work({ retry: { maxAttempts: 1 } }));
    const run = await world().done(instances[0]!.scheduler.runNow(task.id));
    await world().advance(100);
    const asked = times(20, (index) => {
      const { scheduler } = instances[index % 2]!;
      return index % 4 < 2 ? scheduler.cancelRun(run.id) : scheduler.retryRun(run.id);
    });
    const results = await world().done(Promise.allSettled(asked));
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'state-conflict' });
    expect((await instances[0]!.scheduler.getRun(run.id)).state).toBe('cancelled');
    expect((await retriesOf(run)).length).toBeLessThanOrEqual(1);
  });
});

describeEngine('a batch of tasks with one that fails as nobody foresaw', (world) => {
  it('is created without that one, which has a result of its own', async () => {
    const { tasks, scheduler, gate, module } = await world().boot();
    expect(module.get(TaskStore, { strict: false })).toBeDefined();
    const isPoison = ({ definition }: Task) => definition.name === 'poison';
    gate.obstruct((method, [given]) => {
      if (method === 'insert' && (given as Task[]).some((each) => each.definition && isPoison(each)))
        throw new TypeError('Cannot read properties of undefined');
    });
    const hostile = Object.defineProperty(work({ name: 'thrower' }), 'tags', {
      enumerable: true,
      get: () => {
        throw new RangeError('from within');
      },
    });
    const inputs = [work({ name: 'a' }), work({ name: 'poison' }), hostile, { name: 1 }, work({ name: 'b' })];
    const results = await world().done(tasks.createMany('default', inputs));
    expect(results.map((result) => ('task' in result ? result.task.definition.name : result.unforeseen))).toEqual([
      'a',
      true,
      true,
      undefined,
      'b',
    ]);
    expect((await scheduler.list()).map(({ definition }) => definition.name).sort()).toEqual(['a', 'b']);
    expect(world().logged.join('\n')).toContain('Cannot read properties of undefined');
  });
});
