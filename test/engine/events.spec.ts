import { expect, it } from '@jest/globals';
import { newId } from '../../src/domain/ids.js';
import { onEvent, T0 } from '../support/builders.js';
import { describeEngine, work } from '../support/engine-world.js';

describeEngine('events', (world) => {
  const onFailure = onEvent('test-completion', { 'data.status': 'failed' });

  it('starts the tasks whose filter the event matches, and hands it to them', async () => {
    const { scheduler } = await world().boot();
    const matching = await scheduler.schedule(work({ triggers: [onFailure] }));
    const all = await scheduler.schedule(work({ triggers: [onEvent('test-completion')] }));
    const others = [
      work({ triggers: [onEvent('test-completion', { 'data.status': 'passed' })] }),
      work({ triggers: [onEvent('other')] }),
    ];
    for (const other of others) await scheduler.schedule(other);
    const answer = await scheduler.raise('test-completion', { status: 'failed', suite: 'smoke' }, 'event-1');
    expect(answer.eventId).toBe('event-1');
    expect(new Set(answer.triggeredTasks)).toEqual(new Set([matching.id, all.id]));
    expect(answer.runs).toHaveLength(2);
    await world().advance(100);
    expect(world().workshop.calls).toHaveLength(2);
    const [call] = world().workshop.of(matching.id);
    expect(call!.context.event).toEqual({
      id: 'event-1',
      type: 'test-completion',
      data: { status: 'failed', suite: 'smoke' },
      receivedAt: T0,
    });
    expect((await scheduler.getRun(answer.runs[0]!)).trigger).toBe('event');
  });

  it('counts from when the event came how late a run of it started', async () => {
    const instance = await world().boot();
    await instance.scheduler.schedule(work({ triggers: [onEvent('test-completion')] }));
    let goOn!: () => void;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const takeAway = instance.gate.obstruct((method) => (method === 'forEvent' ? held : undefined));
    const raised = instance.scheduler.raise('test-completion', {});
    await world().advanceHeldUp(300, instance);
    goOn();
    takeAway();
    const { runs } = await world().done(raised);
    const run = await world().inState({ id: runs[0]! }, 'succeeded');
    expect(run.startedAt! - run.scheduledFor).toBeGreaterThanOrEqual(300);
    expect(run.latenessMs).toBe(run.startedAt! - run.scheduledFor);
  });

  it('starts a task once for two triggers that match, and not while it is paused', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(work({ triggers: [onFailure, onEvent('test-completion')] }));
    expect((await scheduler.raise('test-completion', { status: 'failed' })).runs).toHaveLength(1);
    await world().advance(100);
    await world().done(scheduler.pause(task.id, 'maintenance'));
    expect((await scheduler.raise('test-completion', { status: 'failed' })).runs).toEqual([]);
    await world().advance(100);
    expect(world().workshop.calls).toHaveLength(1);
  });

  it('starts nothing twice for an event that comes again, also on another instance', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    await a.scheduler.schedule(work({ triggers: [onFailure] }));
    const first = await a.scheduler.raise('test-completion', { status: 'failed' }, 'event-1');
    await world().advance(1000);
    expect(await b.scheduler.raise('test-completion', { status: 'failed' }, 'event-1')).toEqual(first);
    const together = await world().done(
      Promise.all([a, b, a, b].map(({ scheduler }) => scheduler.raise('test-completion', { status: 'failed' }, 'event-2'))), // prettier-ignore
    );
    expect(new Set(together.flatMap(({ runs }) => runs)).size).toBe(1);
    await world().advance(1000);
    expect(world().workshop.calls).toHaveLength(2);
    expect([a.slots.taken, b.slots.taken]).toEqual([0, 0]);
  });

  it('starts nothing twice for an event that comes several times while the store is slow', async () => {
    const { scheduler, gate, eventStore } = await world().boot();
    await scheduler.schedule(work({ triggers: [onFailure] }));
    let store = () => undefined as void;
    const ready = new Promise<void>((resolve) => (store = resolve));
    const slow = gate.obstruct((method, [items]) => {
      const isEvents = method === 'insert' && JSON.stringify(items).includes('dispatched');
      return isEvents ? ready : undefined;
    });
    const answers = [scheduler.raise('other', null)];
    for (let i = 0; i < 3; i++) {
      await world().clock.advance(7);
      answers.push(scheduler.raise('test-completion', { status: 'failed' }, 'event-1'));
    }
    await world().clock.advance(7);
    slow();
    store();
    const [, ...same] = await world().done(Promise.all(answers));
    expect(new Set(same.flatMap(({ runs }) => runs)).size).toBe(1);
    await world().advance(7000);
    expect(world().workshop.calls).toHaveLength(1);
    expect(await eventStore.undispatched(T0 + 60_000, 10)).toEqual([]);
  });

  it('triggers nothing in another organization, also under the same event id', async () => {
    const { scheduler } = await world().boot();
    const acme = await scheduler.for('acme').schedule(work({ triggers: [onFailure] }));
    const globex = await scheduler.for('globex').schedule(work({ triggers: [onFailure] }));
    const answers = [
      await scheduler.for('acme').raise('test-completion', { status: 'failed' }, 'event-1'),
      await scheduler.for('globex').raise('test-completion', { status: 'failed' }, 'event-1'),
    ];
    expect(answers.map(({ triggeredTasks }) => triggeredTasks)).toEqual([[acme.id], [globex.id]]);
    await world().advance(100);
    expect(world().workshop.of(acme.id)).toHaveLength(1);
    await expect(scheduler.for('globex').getRun(answers[0]!.runs[0]!)).rejects.toThrow('no run');
    await expect(scheduler.for('globex').get(acme.id)).rejects.toThrow('no task');
    expect(await scheduler.for('globex').listRuns({ taskId: acme.id })).toEqual([]);
  });

  it('starts what an event was stored for when its instance died before', async () => {
    const { scheduler, eventStore } = await world().boot();
    const task = await scheduler.schedule(work({ triggers: [onFailure] }));
    const event = { organization: 'default', id: newId(T0), type: 'test-completion', data: { status: 'failed' } };
    await eventStore.insert([{ ...event, receivedAt: world().clock.now(), dispatched: false }]);
    await world().until(() => world().workshop.calls.length === 1);
    await world().advance(10_000);
    expect(world().workshop.of(task.id)).toHaveLength(1);
    expect((await world().runsOf(task)).map(({ state }) => state)).toEqual(['succeeded']);
    expect(await eventStore.undispatched(T0 + 600_000, 10)).toEqual([]);
  });

  it('starts what an event was acknowledged for although its instance died at once', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const task = await a.scheduler.schedule(work({ triggers: [onFailure] }));
    await a.scheduler.raise('test-completion', { status: 'failed' }, 'event-1');
    await a.crash(b);
    await world().until(async () => (await world().runsOf(task))[0]?.state === 'succeeded');
    expect(await world().runsOf(task)).toHaveLength(1);
  });

  it('runs a chain of tasks in which one raises the event that starts the next, and ends one that has no end', async () => {
    const { scheduler } = await world().boot();
    const last = await scheduler.schedule(work({ triggers: [onEvent('built')] }));
    const build = await scheduler.schedule(work({ action: { type: 'event', event: 'built', data: { ok: true } } }));
    await scheduler.runNow(build.id);
    await world().advance(100);
    expect(world().workshop.of(last.id)[0]?.context.event?.data).toEqual({ ok: true });
    const loop = await scheduler.schedule(
      work({ triggers: [onEvent('loop')], action: { type: 'event', event: 'loop' }, overlap: 'allow' }),
    );
    await scheduler.raise('loop');
    await world().advance(5000);
    const runs = await world().runsOf(loop);
    expect(runs.length).toBeLessThan(30);
    expect(runs.filter(({ state }) => state === 'failed')).toHaveLength(1);
  });
});
