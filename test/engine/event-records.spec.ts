import { expect, it } from '@jest/globals';
import type { Task } from '../../src/domain/task.js';
import { EventRecords } from '../../src/events/event-records.js';
import { onEvent, T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, work } from '../support/engine-world.js';

const recordsOf = ({ module }: EngineInstance): EventRecords => module.get(EventRecords, { strict: false });

describeEngine('the record of an event', (world) => {
  it('says which runs the event caused and in what state they are, and why others did not start', async () => {
    const instance = await world().boot({ engine: { eventDescendants: 2 } });
    const { scheduler } = instance;
    const trigger = (status: string) => ({ triggers: [onEvent('build', { 'data.status': status })] });
    const waiting = [];
    for (let i = 0; i < 3; i++) waiting.push(await scheduler.schedule(work(trigger('failed'))));
    // In this order they start.
    const [first, busy, beyond] = waiting.sort((a, b) => (a.id < b.id ? -1 : 1)) as [Task, Task, Task];
    const other = await scheduler.schedule(work(trigger('passed')));
    world().workshop.answering = ({ context }) => (context.run.taskId === busy.id ? undefined : Promise.resolve(null));
    const way = await scheduler.runNow(busy.id);
    await world().advance(100);
    const { runs } = await world().done(scheduler.raise('build', { status: 'failed' }, 'e-1'));
    await world().inState({ id: runs[0]! }, 'succeeded');
    await world().until(async () => (await scheduler.getRun(runs[1]!)).state === 'skipped');
    const record = await recordsOf(instance).get('default', 'e-1');
    expect(record).toMatchObject({ id: 'e-1', type: 'build', data: { status: 'failed' }, receivedAt: T0 + 100 });
    expect(record.runs).toEqual([{ taskId: first.id, runId: runs[0], state: 'succeeded' }]);
    expect(record.left).toEqual(
      expect.arrayContaining([
        { taskId: busy.id, runId: runs[1], reason: 'overlap' },
        { taskId: beyond.id, reason: 'fan-out' },
        { taskId: other.id, reason: 'filter' },
      ]),
    );
    expect([record.left.length, record.runsCut, record.leftCut]).toEqual([3, false, false]);
    world().workshop.of(busy.id)[0]!.succeed();
    await world().inState(way, 'succeeded');
  });

  it('is bounded, and says that it is cut', async () => {
    const instance = await world().boot();
    for (let i = 0; i < 102; i++)
      await instance.scheduler.schedule(work({ triggers: [onEvent('x', { 'data.n': i })] }));
    await world().done(instance.scheduler.raise('x', { n: -1 }, 'none'));
    const { left, leftCut, runs } = await recordsOf(instance).get('default', 'none');
    expect([left.length, leftCut, runs]).toEqual([100, true, []]);
  });

  it('is written by whoever takes the place of an instance that died, once', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const task = await a.scheduler.schedule(work({ triggers: [onEvent('x')] }));
    let isStored = false;
    a.gate.obstruct((method) => {
      isStored ||= method === 'markDispatched';
      return isStored ? new Promise(() => undefined) : undefined;
    });
    void a.scheduler.raise('x', {}, 'e').catch(() => undefined);
    await world().untilHeldUp(() => isStored, b);
    await a.crash(b);
    await world().until(async () => (await b.eventStore.undispatched(Number.MAX_SAFE_INTEGER, 9)).length === 0);
    const { runs, left } = await recordsOf(b).get('default', 'e');
    expect([runs.length, runs[0]?.taskId, left]).toEqual([1, task.id, []]);
  });

  it('is shown to no other organization', async () => {
    const instance = await world().boot();
    await instance.scheduler.for('acme').raise('x', { secret: 1 }, 'e');
    await expect(recordsOf(instance).get('umbrella', 'e')).rejects.toThrow('e');
    expect((await recordsOf(instance).list('umbrella', {}, { limit: 9 })).items).toEqual([]);
  });
});
