import { expect, it } from '@jest/globals';
import type { Outcome } from '../../src/ledger/merge-page.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

/** The time between two occurrences. */
const BEAT = 4000;
const beats = (from: number, to: number) => ({ from: new Date(T0 + from * BEAT), to: new Date(T0 + to * BEAT) });
const inBeat = (at: number) => (at - T0) / BEAT;

describeEngine('a backfill', (world) => {
  const regular = (fields: Partial<TaskInput> = {}) => work({ triggers: [every(BEAT)], ...fields });
  const told = async ({ ledger }: EngineInstance, { id }: { id: string }) => {
    const { items } = await world().done(ledger.list('default', id, { limit: 50 }));
    const hasCome = (item: Outcome) => !('run' in item) || item.run.scheduledFor <= world().clock.now();
    return items.filter(hasCome).map(inBeats);
  };
  const inBeats = (outcome: Outcome) =>
    'run' in outcome
      ? [outcome.run.trigger, outcome.run.state, inBeat(outcome.run.scheduledFor)]
      : [outcome.entry.outcome, inBeat(outcome.entry.from), inBeat(outcome.entry.to), outcome.entry.count];
  const backfill = (
    { scheduler }: EngineInstance,
    { id }: { id: string },
    options: Parameters<typeof scheduler.backfill>[1],
  ) => world().done(scheduler.backfill(id, options));
  /**
   * A task whose first two occurrences ran, and which was paused from before its third occurrence until after its
   * fifth.
   */
  const paused = async (fields: Partial<TaskInput> = {}) => {
    const a = await world().boot();
    const task = await a.scheduler.schedule(regular(fields));
    await world().advance(2.5 * BEAT);
    await world().done(a.scheduler.pause(task.id, 'lunch'));
    await world().advance(3 * BEAT);
    await world().done(a.scheduler.resume(task.id));
    return { a, task };
  };

  it('runs what did not run, each once however often it is asked, and the ledger tells of the runs alone', async () => {
    const { a, task } = await paused();
    const plan = await backfill(a, task, { ...beats(1, 100), dryRun: true });
    expect(plan).toMatchObject({ occurrences: [3, 4, 5].map((beat) => T0 + beat * BEAT), existing: 2 });
    expect(await told(a, task)).toHaveLength(3);
    const [first, second] = [await backfill(a, task, beats(1, 100)), await backfill(a, task, beats(3, 6))];
    expect(first).toEqual(plan);
    expect(second).toEqual({ occurrences: [], runIds: [], existing: 3 });
    await world().advance(1500);
    expect(await told(a, task)).toEqual([
      ...[1, 2].map((beat) => ['schedule', 'succeeded', beat]),
      ...[3, 4, 5].map((beat) => ['backfill', 'succeeded', beat]),
    ]);
    expect(world().workshop.of(task.id)).toHaveLength(5);
  });

  it('takes out of a stretch what it runs of it, during a pause and after it', async () => {
    const a = await world().boot();
    const task = await a.scheduler.schedule(regular());
    await world().done(a.scheduler.pause(task.id, 'lunch'));
    await world().advance(4.5 * BEAT);
    await backfill(a, task, beats(2, 4));
    await world().advance(1500);
    const runs = [2, 3].map((beat) => ['backfill', 'succeeded', beat]);
    expect(await told(a, task)).toEqual([['skipped', 1, 4, 2], ...runs]);
    await world().advance(BEAT);
    await world().done(a.scheduler.resume(task.id));
    expect((await told(a, task)).slice(0, 3)).toEqual([['skipped', 1, 5, 3], ...runs]);
  });

  it('leaves alone what calendars leave out, and what is still to come', async () => {
    const a = await world().boot();
    const closed = { windows: [{ from: '09:01', to: '09:02' }] };
    await world().done(a.settings.put('default', { calendars: { closed } }));
    const task = await a.scheduler.schedule(
      regular({ calendars: ['closed'], misfire: { policy: 'skip', graceMs: 0 } }),
    );
    await world().done(a.stop());
    await world().clock.advanceTo(T0 + 30.5 * BEAT);
    const b = await world().boot();
    await world().advance(100);
    expect(await told(b, task)).toEqual([
      ['missed', 1, 30, 15],
      ['skipped', 15, 29, 15],
    ]);
    expect((await backfill(b, task, beats(13, 100))).occurrences.map(inBeat)).toEqual([13, 14, 30]);
    await world().advance(1500);
    expect(await told(b, task)).toEqual([
      ['missed', 1, 30, 12],
      ['backfill', 'succeeded', 13],
      ['backfill', 'succeeded', 14],
      ['skipped', 15, 29, 15],
      ['backfill', 'succeeded', 30],
    ]);
  });

  it('brings back what the overlap rule skipped, and remembers that it was', async () => {
    const a = await world().boot();
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(regular());
    await world().advance(3.5 * BEAT);
    const skipped = (await world().runsOf(task))[1]!;
    expect(await told(a, task)).toMatchObject([['schedule', 'running', 1], ['schedule', 'skipped', 2], ['schedule', 'skipped', 3]]); // prettier-ignore
    expect(await backfill(a, task, beats(1, 3))).toMatchObject({ runIds: [skipped.id], existing: 1 });
    world().workshop.calls[0]!.succeed();
    await world().until(() => world().workshop.calls.length === 2);
    const again = await a.scheduler.getRun(skipped.id);
    expect(again).toMatchObject({ trigger: 'backfill', insteadOf: { outcome: 'skipped', reason: skipped.reason } });
  });

  it('waits for its turn whatever the overlap policy, and an occurrence that comes due goes before it', async () => {
    const { a, task } = await paused({ overlap: 'skip', startDeadlineMs: 2000 });
    world().workshop.answering = byHand;
    const { calls } = world().workshop;
    const began = calls.length;
    await backfill(a, task, beats(3, 6));
    await world().until(() => calls.length === began + 1);
    await world().advance(2500);
    for (let i = 0; i < 4; i++) {
      await world().until(() => calls.length === began + i + 1);
      calls[began + i]!.succeed();
    }
    await world().settle();
    const order = calls.slice(began).map(({ context }) => inBeat(context.run.scheduledFor.getTime()));
    expect(order).toEqual([3, 6, 4, 5]);
    expect((await told(a, task)).every(([, state]) => state === 'succeeded')).toBe(true);
  });

  it('starts its runs one after the other, and those of the next backfill after them', async () => {
    const { a, task } = await paused({ overlap: 'allow' });
    const now = world().clock.now();
    await backfill(a, task, { ...beats(3, 5), everyMs: 1000 });
    await backfill(a, task, { ...beats(5, 6), everyMs: 1000 });
    const runs = (await world().runsOf(task)).filter(({ trigger }) => trigger === 'backfill');
    expect(runs.map(({ dueAt, priority }) => [dueAt - now, priority])).toEqual([[1000, 0], [2000, 0], [3000, 0]]); // prettier-ignore
    await world().advance(3100);
    expect((await world().runsOf(task)).slice(2, 5).map(({ latenessMs }) => latenessMs)).toEqual([0, 0, 0]);
  });

  it('stores what is missing after it was cut short, and is in the audit trail', async () => {
    const { a, task } = await paused();
    const back = a.gate.obstruct((method, [runs]) => {
      if (method === 'makeUp') (runs as unknown[]).splice(1);
    });
    await backfill(a, task, beats(3, 6));
    back();
    const stop = a.gate.fail('makeUp');
    await expect(backfill(a, task, beats(3, 6))).rejects.toThrow('cannot be reached');
    stop();
    expect((await backfill(a, task, beats(3, 6))).occurrences.map(inBeat)).toEqual([4, 5]);
    await world().advance(1500);
    expect(world().workshop.of(task.id)).toHaveLength(5);
    const audit = a.module.get(AuditService, { strict: false });
    const entries = await audit.list('default', { action: 'task.backfilled', object: task.id }, { limit: 1 });
    expect(entries.items[0]).toMatchObject({ after: { count: 2, existing: 1 } });
  });

  it('runs once an instant that the schedule comes to again, by whichever definition', async () => {
    const { a, task } = await paused();
    await backfill(a, task, { ...beats(3, 6), everyMs: 3_600_000 });
    const [, , run] = await world().runsOf(task);
    const stored = (await a.runStore.byIds('default', [run!.id]))[0]!;
    const changed = await world().done(a.tasks.change('default', task.id, { priority: 9 }));
    const claim = { ...stored, trigger: 'schedule' as const, generation: changed.generation, owner: 'i', attempt: 1 };
    const to = { scheduledFor: changed.next!.scheduledFor, dueAt: changed.next!.dueAt, next: changed.next };
    const [result] = await a.runStore.open([
      {
        organization: 'default',
        taskId: task.id,
        generation: changed.generation,
        ...to,
        run: claim,
        ledger: [],
        state: 'active',
      },
    ]);
    expect(result).toBe('taken');
    expect((await a.runStore.byIds('default', [run!.id]))[0]).toEqual(stored);
  });

  it('takes a thousand occurrences at the most, between instants in their order', async () => {
    const a = await world().boot();
    const task = await a.scheduler.schedule(regular({ triggers: [every(1000)] }));
    const range = (from: number, to: number) => ({ from: new Date(T0 + from), to: new Date(T0 + to), dryRun: true });
    await expect(backfill(a, task, range(-1_001_000, 0))).rejects.toThrow('1000 occurrences at the most');
    await expect(backfill(a, task, range(0, 0))).rejects.toThrow('after from');
    await expect(a.scheduler.for('others').backfill(task.id, range(-5000, 0))).rejects.toThrow('no task');
    expect((await backfill(a, task, range(-1_000_000, 0))).occurrences).toHaveLength(1000);
  });
});
