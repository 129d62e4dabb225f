import { expect, it } from '@jest/globals';
import { entryOf } from '../../src/audit/audit-entry.js';
import { AuditStore } from '../../src/audit/audit.store.js';
import type { Run } from '../../src/domain/run.js';
import { SetBack } from '../../src/lifecycle/set-back.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Fewer heartbeats, so that time passes faster. */
const calm = { engine: { heartbeatMs: 2500, lockLifeMs: 600_000 } };

describeEngine('a clock that is set back by an hour', (world) => {
  const cron = { type: 'cron', expression: '* * * * *' } as const;
  const startsOf = (runs: readonly Run[]) => runs.map(({ scheduledFor }) => scheduledFor - T0);
  const lasting = async (ms: number) => world().advance(ms);
  /** How often the action of each instant was called. */
  const mostCallsOf = (runs: readonly Run[]) => Math.max(...runs.map(({ attempts }) => attempts.length));

  it('lets intervals go on at once, a millisecond beside what had run, and starts nothing twice', async () => {
    const { scheduler } = await world().boot(calm);
    const task = await scheduler.schedule(work({ triggers: [every(MINUTE)] }));
    const counted = await scheduler.schedule(work({ triggers: [every(MINUTE)], maxRuns: 6 }));
    await lasting(3.5 * MINUTE);
    world().clock.setWall(T0 + 3.5 * MINUTE - HOUR);
    await lasting(2 * MINUTE);
    const runs = await world().runsOf(task);
    const before = [1, 2, 3].map((minute) => minute * MINUTE);
    expect(startsOf(runs)).toEqual([-56 * MINUTE + 1, -55 * MINUTE + 1, ...before]);
    expect(runs.every(({ state }) => state === 'succeeded')).toBe(true);
    await lasting(2 * MINUTE);
    expect((await scheduler.get(counted.id)).state).toBe('completed');
    expect((await world().runsOf(counted)).length).toBe(6);
  });

  it('names what had run in the repeated time anew, and nothing else', async () => {
    const { scheduler } = await world().boot(calm);
    const task = await scheduler.schedule(work({ triggers: [every(MINUTE)] }));
    await lasting(20.5 * MINUTE);
    world().clock.setWall(T0 + 10.5 * MINUTE);
    await lasting(12 * MINUTE);
    const all = startsOf(await world().runsOf(task));
    const minutes = Array.from({ length: 22 }, (_, index) => (index + 1) * MINUTE);
    const again = Array.from({ length: 10 }, (_, index) => (index + 11) * MINUTE + 1);
    expect(all).toEqual([...minutes, ...again].sort((a, b) => a - b));
    expect(mostCallsOf(await world().runsOf(task))).toBe(1);
    world().clock.setWall(T0 + 15.5 * MINUTE);
    await lasting(3 * MINUTE);
    const third = startsOf(await world().runsOf(task)).filter((at) => !all.includes(at));
    expect(third).toEqual([16 * MINUTE + 2, 17 * MINUTE + 2, 18 * MINUTE + 2]);
  });

  it('leaves a cron silent until the clock is where it was, and says so in the explanation and to whom it concerns', async () => {
    const instance = await world().boot(calm);
    const task = await instance.scheduler.schedule(work({ triggers: [cron] }));
    await lasting(20.5 * MINUTE);
    world().clock.setWall(T0 + 10.5 * MINUTE);
    await lasting(5 * MINUTE);
    expect((await world().runsOf(task)).length).toBe(20);
    const { sentence } = await instance.scheduler.explain(task.id, new Date(T0 + 16 * MINUTE));
    const next = new Date(T0 + 21 * MINUTE).toISOString();
    expect(sentence).toContain(`The clock was set back after it had begun, and what has begun is not started again.`);
    expect(sentence).toContain(`The task starts next at ${next}.`);
    expect(instance.of(SetBack).now?.until).toBeGreaterThanOrEqual(T0 + 20.5 * MINUTE);
    await lasting(6 * MINUTE);
    expect((await world().runsOf(task)).length).toBe(21);
    expect(instance.of(SetBack).now).toBeNull();
    expect((await instance.scheduler.explain(task.id, new Date(T0 + 16 * MINUTE))).sentence).not.toContain('set back');
  });

  it('goes on on several instances of one machine, each task once', async () => {
    const [a] = [await world().boot(calm), await world().boot(calm)];
    const tasks = await Promise.all(
      Array.from({ length: 6 }, () => a.scheduler.schedule(work({ triggers: [every(MINUTE)] }))),
    );
    await lasting(3.5 * MINUTE);
    world().clock.setWall(T0 + 3.5 * MINUTE - HOUR);
    await lasting(2 * MINUTE);
    for (const task of tasks) {
      const runs = await world().runsOf(task);
      expect(startsOf(runs).slice(-3)).toEqual([MINUTE, 2 * MINUTE, 3 * MINUTE]);
      expect(runs.length).toBe(5);
      expect(mostCallsOf(runs)).toBe(1);
    }
  });

  it('leaves an instant that has had its turn silent beside an interval, and counts it once', async () => {
    const { scheduler } = await world().boot(calm);
    const once = { type: 'once', at: new Date(T0 + 15.2 * MINUTE).toISOString() } as const;
    const task = await scheduler.schedule(work({ triggers: [every(MINUTE), once] }));
    await lasting(20.5 * MINUTE);
    world().clock.setWall(T0 + 10.5 * MINUTE);
    await lasting(9.4 * MINUTE);
    const runs = await world().runsOf(task);
    expect(startsOf(runs).filter((at) => at === 15.2 * MINUTE).length).toBe(1);
    expect((await scheduler.get(task.id)).scheduledRuns).toBe(runs.length);
    expect(runs.length).toBe(20 + 1 + 9);
  });

  it('goes on beside an instance that starts nothing, whatever its clock', async () => {
    const { scheduler } = await world().boot(calm);
    await world().boot({ engine: { ...calm.engine, work: false } });
    const task = await scheduler.schedule(work({ triggers: [every(MINUTE)] }));
    await lasting(3.5 * MINUTE);
    world().clock.setWall(T0 + 3.5 * MINUTE - HOUR);
    await lasting(2 * MINUTE);
    expect((await world().runsOf(task)).length).toBe(5);
  });

  it('leaves an interval that is longer than the step as it is, and one within a window that has not begun', async () => {
    const { scheduler } = await world().boot(calm);
    const daily = await scheduler.schedule(work({ triggers: [every(24 * HOUR)] }));
    const later = await scheduler.schedule(
      work({ triggers: [every(MINUTE)], startAt: new Date(T0 + 10 * MINUTE).toISOString() }),
    );
    const before = await Promise.all([daily, later].map(({ id }) => scheduler.get(id)));
    await lasting(3.5 * MINUTE);
    world().clock.setWall(T0 + 3.5 * MINUTE - HOUR);
    await lasting(MINUTE);
    expect(await Promise.all([daily, later].map(({ id }) => scheduler.get(id)))).toEqual(before);
  });

  /** The audit trail, which tells what the clock showed, is not far behind. */
  const brisk = { engine: { heartbeatMs: 2500, lockLifeMs: 10_000 } };

  it('leaves no outcome out of the audit trail', async () => {
    const instance = await world().boot(brisk);
    const task = await instance.scheduler.schedule(work({ triggers: [every(MINUTE)] }));
    await lasting(10.5 * MINUTE);
    world().clock.setWall(T0 + 10.5 * MINUTE - HOUR);
    await lasting(3 * MINUTE);
    const entries = await instance.of(AuditStore).chain('default', { action: 'run.outcomes' }, 0, 100);
    const told = entries.flatMap((entry) => (entryOf(entry).after as { runs: { id: string }[] }).runs);
    const runs = await world().runsOf(task);
    expect(runs.length).toBe(13);
    expect(new Set(told.map(({ id }) => id))).toEqual(new Set(runs.map(({ id }) => id)));
  });

  it('is noticed by an instance that starts after it, and intervals go on', async () => {
    const before = await world().boot(brisk);
    const task = await before.scheduler.schedule(work({ triggers: [every(MINUTE), cron] }));
    const counted = await before.scheduler.schedule(work({ triggers: [every(MINUTE)], maxRuns: 12 }));
    await lasting(10.5 * MINUTE);
    await before.stop();
    world().clock.setWall(T0 + 10.5 * MINUTE - HOUR);
    const { scheduler, of } = await world()
      .boot(brisk)
      .then((one) => ({ scheduler: one.scheduler, of: one.of.bind(one) }));
    await lasting(2 * MINUTE);
    const former = Array.from({ length: 10 }, (_, index) => (index + 1) * MINUTE);
    expect(startsOf(await world().runsOf(task))).toEqual([-49 * MINUTE + 1, -48 * MINUTE + 1, ...former]);
    expect(mostCallsOf(await world().runsOf(task))).toBe(1);
    expect((await scheduler.get(counted.id)).state).toBe('completed');
    expect((await world().runsOf(counted)).length).toBe(12);
    const [line] = world().lines.filter(({ fields }) => fields.event === 'clock.stepped');
    expect(line?.message).toMatch(/it was set back before this instance started/);
    expect(of(SetBack).now?.until).toBeGreaterThan(T0 + 9 * MINUTE);
  });

  it('is noticed after a crash, with what was armed then and has not begun', async () => {
    const before = await world().boot({ engine: { ...brisk.engine, armingMs: 5000 } });
    const task = await before.scheduler.schedule(work({ triggers: [every(MINUTE)], maxRuns: 6 }));
    // The fourth is armed.
    await lasting(4 * MINUTE - 2000);
    expect((await world().runsOf(task)).map(({ state }) => state)).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
      'pending',
    ]);
    const { owner } = before.locks;
    await before.crash();
    world().clock.setWall(T0 + 4 * MINUTE - 2000 - HOUR);
    const after = await world().boot(brisk);
    await after.expire(owner);
    await lasting(10 * MINUTE);
    expect((await after.scheduler.get(task.id)).state).toBe('completed');
    const runs = await world().runsOf(task);
    expect(runs.length).toBe(6);
    expect(runs.every(({ state }) => state === 'succeeded')).toBe(true);
    expect(mostCallsOf(runs)).toBe(1);
  });

  it('is not seen where another instance works by the same clock', async () => {
    const other = await world().boot(brisk);
    const task = await other.scheduler.schedule(work({ triggers: [every(MINUTE)] }));
    await lasting(30_000);
    await world().boot(brisk);
    await lasting(2 * MINUTE);
    expect(world().lines.filter(({ fields }) => fields.event === 'clock.stepped')).toEqual([]);
    expect((await other.scheduler.get(task.id)).repeats).toBeUndefined();
  });
});
