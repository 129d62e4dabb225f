import { expect, it } from '@jest/globals';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { Deferred } from '../../src/scheduling/holding/deferred.js';
import type { RunChange } from '../../src/scheduling/ports/run.store.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { onEvent, T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const version = (name: string) => ({ parameters: { version: name } });

describeEngine('changes while an occurrence is armed', (world) => {
  /** Boots `count` instances and stores a task due at `T0` + 10 s, which one of them has armed. */
  const armed = async (fields: Partial<TaskInput> = {}, count = 1) => {
    const instances: EngineInstance[] = [];
    for (let i = 0; i < count; i++) instances.push(await world().boot());
    const task = await instances[0]!.scheduler.schedule(
      work({ triggers: [every(10_000)], ...version('old'), ...fields }),
    );
    await world().advance(9500);
    const [run] = await world().runsOf(task);
    expect(run).toMatchObject({ state: 'pending', scheduledFor: T0 + 10_000 });
    const owner = instances.find(({ locks }) => locks.owner === run!.owner)!;
    return { task, owner, other: instances.find((instance) => instance !== owner) ?? owner };
  };
  const startsOf = (task: { id: string }) =>
    world()
      .workshop.of(task.id)
      .map(({ at, context }) => [at - T0, context.parameters['version']]);

  it('runs the armed occurrence once, on time and under the new definition', async () => {
    const { task, owner } = await armed();
    await world().done(owner.scheduler.change(task.id, version('new')));
    await world().advance(11_000);
    expect(startsOf(task)).toEqual([
      [10_000, 'new'],
      [20_000, 'new'],
    ]);
  });

  it('runs each occurrence once while the task is changed again and again', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(work({ triggers: [every(1000)], overlap: 'allow', ...version('0') }));
    for (let i = 1; i <= 40; i++) {
      await world().advance(170);
      await world().done(scheduler.change(task.id, version(String(i))));
    }
    expect(startsOf(task).map(([at]) => at)).toEqual([1000, 2000, 3000, 4000, 5000, 6000]);
    for (const [at, name] of startsOf(task)) expect(name).toBe(String(Math.floor((at as number) / 170)));
  });

  it('starts nothing at the old time when the triggers change, and starts at the new one', async () => {
    const { task, owner } = await armed();
    await world().done(owner.scheduler.change(task.id, { triggers: [every(9700)], ...version('new') }));
    await world().advance(10_500);
    expect(startsOf(task)).toEqual([
      [9700, 'new'],
      [19_400, 'new'],
    ]);
    expect(await world().runsOf(task)).toHaveLength(2);
  });

  it('starts nothing while paused, and goes on after being resumed', async () => {
    const { task, owner } = await armed();
    const paused = await world().done(owner.scheduler.pause(task.id, 'maintenance'));
    expect(paused).toMatchObject({ state: 'paused', pausedReason: 'maintenance', next: null });
    await world().advance(25_500);
    expect(startsOf(task)).toEqual([]);
    await world().done(owner.scheduler.resume(task.id));
    await world().advance(6000);
    expect(startsOf(task)).toEqual([[40_000, 'old']]);
  });

  it('starts nothing while paused that it was taking over from another instance just then', async () => {
    const { task, owner, other } = await armed({}, 2);
    let goOn!: () => void;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let isTaking = false;
    other.gate.obstruct((method, [changes]) => {
      const takes = ({ progress }: RunChange) => progress.owner === other.locks.owner && progress.state === 'pending';
      if (method !== 'update' || !(changes as RunChange[]).some(takes)) return undefined;
      isTaking = true;
      return held;
    });
    const stopped = owner.stop();
    for (let steps = 0; !isTaking && steps < 100; steps++) await world().advanceHeldUp(10, other);
    expect(isTaking).toBe(true);
    const paused = other.scheduler.pause(task.id, 'maintenance');
    const isStored = async () => (await other.scheduler.get(task.id)).state === 'paused';
    for (let steps = 0; !(await isStored()) && steps < 200; steps++) await world().advanceHeldUp(1, other);
    goOn();
    await world().done(stopped);
    await world().done(paused);
    await world().advance(15_000);
    expect(startsOf(task)).toEqual([]);
  });

  it('counts what another instance started before it died, and that a pause took back', async () => {
    const { task, owner, other } = await armed({ maxRuns: 2, overlap: 'allow' }, 2);
    // By now the store has been told that the occurrence may begin.
    await world().advance(400);
    const cutOff = owner.gate.failAll();
    const paused = other.scheduler.pause(task.id, 'maintenance', new Date(T0 + 15_000));
    await world().until(() => startsOf(task).length === 1);
    await owner.crash(other);
    cutOff();
    await world().done(paused);
    await world().advance(40_000);
    expect(startsOf(task).map(([at]) => at)).toEqual([10_000, 20_000]);
    expect((await other.scheduler.get(task.id)).state).toBe('completed');
  });

  it.each([
    ['by itself', async () => undefined],
    ['by request', (ender: EngineInstance, id: string) => world().done(ender.scheduler.resume(id))],
    [
      'by a request to the instance that holds the run',
      (_: EngineInstance, id: string, owner: EngineInstance) => world().done(owner.scheduler.resume(id)),
    ],
  ] as const)('accounts once for what was armed before a pause that was cut short and ends %s', async (how, end) => {
    const { task, owner, other } = await armed({ overlap: 'allow' }, 3);
    const ender = world().instances.find((each) => each !== owner && each !== other)!;
    const cutOff = owner.gate.failAll();
    const until = how === 'by itself' ? T0 + 10_200 : T0 + 60_000;
    const paused = other.scheduler.pause(task.id, 'maintenance', new Date(until));
    paused.catch(() => undefined);
    await world().until(async () => (await ender.scheduler.get(task.id)).state === 'paused');
    await other.crash(ender);
    await world().advance(T0 + 10_600 - world().clock.now());
    expect(startsOf(task)).toEqual([]);
    cutOff();
    await end(ender, task.id, owner);
    await world().until(() => startsOf(task).some(([at]) => (at as number) >= 20_000));
    const ledger = await ender.runStore.ledger('default', task.id, { from: 0, before: T0 + 12_000, limit: 10 });
    const runs = (await world().runsOf(task)).filter(({ scheduledFor }) => scheduledFor === T0 + 10_000);
    expect([...ledger, ...runs]).toHaveLength(1);
  });

  it('leaves no run of the dead behind that the end of a pause has accounted for, though nothing is taken over', async () => {
    const { task, owner, other } = await armed({ overlap: 'allow' }, 3);
    const ender = world().instances.find((each) => each !== owner && each !== other)!;
    owner.gate.failAll();
    other.scheduler.pause(task.id, 'maintenance').catch(() => undefined);
    await world().until(async () => (await ender.scheduler.get(task.id)).state === 'paused');
    ender.gate.fail('heldBy');
    await other.crash(ender);
    await owner.crash(ender);
    await world().advance(T0 + 10_600 - world().clock.now());
    await world().done(ender.scheduler.resume(task.id));
    const ledger = await ender.runStore.ledger('default', task.id, { from: 0, before: T0 + 12_000, limit: 10 });
    expect(ledger).toMatchObject([{ from: T0 + 10_000, to: T0 + 10_000, count: 1, outcome: 'skipped' }]);
    expect(await world().runsOf(task)).toEqual([]);
  });

  it('starts by the definition of today what an event began to start before a change', async () => {
    const { scheduler, module } = await world().boot();
    const task = await scheduler.schedule(work({ triggers: [onEvent('told')], ...version('old') }));
    const tasks = module.get(TaskStore, { strict: false });
    const read = tasks.forEvent.bind(tasks);
    const answered = new Deferred<void>();
    tasks.forEvent = async (...asked) => {
      const found = await read(...asked);
      await answered.promise;
      return found;
    };
    const raised = scheduler.raise('told');
    await world().advance(100);
    await world().done(scheduler.change(task.id, version('new')));
    await world().advance(2500);
    answered.resolve();
    await world().done(raised);
    await world().until(() => startsOf(task).length > 0);
    expect(startsOf(task).map(([, name]) => name)).toEqual(['new']);
  });

  it('resumes by itself, and starts nothing before the end of the pause', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(work({ triggers: [every(250)], overlap: 'allow' }));
    await world().advance(1100);
    await world().done(scheduler.pause(task.id, 'maintenance', new Date(T0 + 5000)));
    await world().advance(5000);
    const starts = startsOf(task).map(([at]) => at as number);
    expect(starts.filter((at) => at <= 1100)).toEqual([250, 500, 750, 1000]);
    expect(starts.filter((at) => at > 1100 && at < 5000)).toEqual([]);
    expect(starts.filter((at) => at >= 5000)).toEqual([5000, 5250, 5500, 5750, 6000]);
    expect((await scheduler.get(task.id)).state).toBe('active');
  });

  it('resumes once when a pause ends by itself while somebody asks for that', async () => {
    const instance = await world().boot();
    const { scheduler, gate } = instance;
    const task = await scheduler.schedule(work({ triggers: [every(1000)] }));
    await world().done(scheduler.pause(task.id, 'maintenance', new Date(T0 + 2500)));
    let goOn = () => undefined as void;
    const heldUp = [new Promise<void>((resolve) => (goOn = resolve))];
    const free = gate.obstruct((method) => (method === 'replace' ? heldUp.pop() : undefined));
    const resumed = scheduler.resume(task.id);
    await world().advanceHeldUp(3600, instance);
    goOn();
    free();
    expect(await world().done(resumed)).toMatchObject({ state: 'active', generation: 3 });
  });

  it('resumes after a downtime over the end of a pause without losing what came due since', async () => {
    const a = await world().boot();
    const task = await a.scheduler.schedule(work({ triggers: [every(10_000)] }));
    await world().done(a.scheduler.pause(task.id, 'maintenance', new Date(T0 + 15_000)));
    await world().done(a.stop());
    world().clock.setWall(T0 + 48_000);
    const b = await world().boot();
    await world().advance(1500);
    expect(startsOf(task).map(([at]) => at)).toEqual([48_000]);
    expect((await world().runsOf(task)).map(({ scheduledFor }) => scheduledFor - T0)).toContain(40_000);
    const ledger = await b.runStore.ledger('default', task.id, { from: 0, before: T0 + 99_000, limit: 10 });
    expect(ledger).toMatchObject([
      { from: T0 + 10_000, to: T0 + 10_000, count: 1, outcome: 'skipped' },
      { from: T0 + 20_000, to: T0 + 30_000, count: 2, outcome: 'coalesced' },
    ]);
  });

  it('starts nothing of a deleted task, and cancels what it left unfinished', async () => {
    const { task, owner } = await armed({ overlap: 'queue', retry: { jitter: 0, baseDelayMs: 60_000 } });
    world().workshop.answering = byHand;
    const running = await owner.scheduler.runNow(task.id);
    await world().advance(50);
    const queued = await owner.scheduler.runNow(task.id);
    await world().advance(50);
    await world().done(owner.scheduler.remove(task.id));
    await world().advance(15_000);
    expect(world().workshop.of(task.id)).toHaveLength(1);
    expect(world().workshop.last().context.signal.aborted).toBe(true);
    for (const { id } of [running, queued]) {
      expect((await owner.scheduler.getRun(id)).state).toBe('cancelled');
    }
    expect(await owner.runStore.unfinishedOf([task.id], 9)).toEqual([]);
  });

  it('cancels the run of a deleted task that waits for its next attempt', async () => {
    const { scheduler, slots } = await world().boot();
    world().workshop.answering = () => Promise.reject(new Error('no'));
    const task = await scheduler.schedule(work({ retry: { jitter: 0, baseDelayMs: 60_000 } }));
    const run = await scheduler.runNow(task.id);
    await world().inState(run, 'retrying');
    await world().done(scheduler.remove(task.id));
    expect((await scheduler.getRun(run.id)).state).toBe('cancelled');
    expect(slots.taken).toBe(0);
  });

  it('starts nothing that was queued behind another run once the task is paused', async () => {
    const { scheduler } = await world().boot();
    world().workshop.answering = byHand;
    const task = await scheduler.schedule(work({ triggers: [every(1000)], overlap: 'queue' }));
    await world().advance(2500);
    await world().done(scheduler.pause(task.id, 'maintenance'));
    world().workshop.last().succeed();
    await world().advance(3000);
    expect(startsOf(task).map(([at]) => at)).toEqual([1000]);
    expect(await scheduler.listRuns({ taskId: task.id, state: 'running' })).toEqual([]);
  });

  it.each([['change'], ['pause'], ['remove']] as const)(
    '%s on another instance than the one that armed',
    async (what) => {
      const { task, owner, other } = await armed({}, 2);
      expect(other).not.toBe(owner);
      const act: Record<string, () => Promise<unknown>> = {
        change: () => other.scheduler.change(task.id, version('new')),
        pause: () => other.scheduler.pause(task.id, 'maintenance'),
        remove: () => other.scheduler.remove(task.id),
      };
      await world().done(act[what]!());
      const answered = world().clock.now();
      await world().advance(T0 + 25_000 - answered);
      const late = world().workshop.of(task.id).filter(({ at }) => at > answered); // prettier-ignore
      expect(late.filter(({ context }) => context.parameters['version'] === 'old')).toEqual([]);
      const starts = startsOf(task).map(([at]) => at);
      expect(starts).toEqual([...new Set(starts)]);
      if (what === 'change') expect(starts).toEqual([10_000, 20_000]);
      else expect(starts.filter((at) => (at as number) > answered - T0)).toEqual([]);
    },
  );

  it('loses nothing when a change overtakes the claim of an occurrence', async () => {
    const { scheduler, gate } = await world().boot();
    const task = await scheduler.schedule(work({ triggers: [every(10_000)], ...version('old') }));
    await world().advance(8990);
    let overtaken = () => undefined as void;
    const change = new Promise<void>((resolve) => (overtaken = resolve));
    const free = gate.obstruct((method) => (method === 'open' ? change : undefined));
    await world().clock.advance(20);
    const watch = gate.obstruct((method) => (method === 'withdraw' || method === 'heldElsewhere' ? overtaken() : undefined)); // prettier-ignore
    const changed = scheduler.change(task.id, version('new'));
    setImmediate(() => overtaken());
    await world().done(changed);
    free();
    watch();
    await world().advance(12_000);
    expect(startsOf(task)).toEqual([
      [10_000, 'new'],
      [20_000, 'new'],
    ]);
  });

  it('answers a change of a task that another instance arms all the time, and starts nothing twice', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const task = await a.scheduler.schedule(work({ triggers: [every(1000)], overlap: 'allow', ...version('0') }));
    await world().advance(2500);
    for (let i = 1; i <= 8; i++) {
      await world().done([a, b][i % 2]!.scheduler.change(task.id, version(String(i))));
      await world().advance(330);
    }
    await world().advance(2000);
    // An occurrence that two changes in a row leave to others is taken up within a second.
    const starts = startsOf(task).map(([at]) => Math.floor((at as number) / 1000) * 1000);
    const expected = Array.from({ length: starts.length }, (_, i) => (i + 1) * 1000);
    expect(starts).toEqual(expected);
    expect(starts.length).toBe(Math.floor((world().clock.now() - T0) / 1000));
  });

  it('starts an occurrence once although a third instance sees the change while the first has it armed', async () => {
    const { task, other } = await armed({}, 2);
    const changed = other.scheduler.change(task.id, version('new'));
    await world().settle();
    await world().boot();
    await world().done(changed);
    await world().advance(15_000);
    expect(startsOf(task).map(([at]) => at)).toEqual([10_000, 20_000]);
  });
});
