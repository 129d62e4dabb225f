import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { aRun, aTask, T0 } from '../../../test/support/builders.js';
import { Places } from '../../cluster/places.js';
import { Presence } from '../../cluster/presence.js';
import { SettableClock } from '../../clock/settable-clock.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { HeldRuns } from '../holding/held-runs.js';
import { ArmedRuns } from './armed-runs.js';

const nothing = () => undefined;
const nobody = { watch: nothing, forget: nothing, take: nothing, release: nothing, letGo: nothing, clear: nothing };
const slots = { ...nobody, places: new Places() };
const registry = () => new HeldRuns(slots as never, nobody as never);

function arm(held: HeldRuns, run: Run, task: Task) {
  const hold = held.claim(run)!;
  hold.know({ run, task });
  held.move(hold, 'armed');
}

describe('ArmedRuns', () => {
  const collect = jest.fn<(options?: object) => void>();
  const before = globalThis.gc;
  beforeEach(() => void Object.assign(globalThis, { gc: collect }));
  afterEach(() => {
    collect.mockReset();
    Object.assign(globalThis, { gc: before });
  });

  const armed = (count: number, dueAt: number) => {
    const held = registry();
    const runs = new ArmedRuns(new SettableClock(T0), nobody as never, held, nobody as never, nobody as never);
    const task = aTask();
    for (let i = 0; i < count; i++) arm(held, aRun({ taskId: task.id, dueAt }), task);
    return runs;
  };

  it('collects the garbage of arming a crowd once, while there is time before it starts', () => {
    const runs = armed(500, T0 + 200);
    runs.tidy();
    expect(collect.mock.calls).toEqual([
      [{ type: 'minor', execution: 'sync' }],
      [{ type: 'minor', execution: 'sync' }],
    ]);
    runs.tidy();
    expect(collect).toHaveBeenCalledTimes(2);
  });

  it('collects nothing for a few, right before a start, or where the process has no collector to call', () => {
    armed(499, T0 + 200).tidy();
    armed(500, T0 + 100).tidy();
    expect(collect).not.toHaveBeenCalled();
    Object.assign(globalThis, { gc: undefined });
    expect(() => armed(500, T0 + 200).tidy()).not.toThrow();
  });
});

describe('a crowd of armed runs that is due together', () => {
  const task = aTask();
  /** Runs that take `stepMs` each to begin. */
  const crowded = (stepMs: number) => {
    const clock = new SettableClock(T0);
    const limit = { covers: () => true, reach: () => Promise.resolve(true) };
    const held = registry();
    const runs = new ArmedRuns(clock, nobody as never, held, limit as never, new Presence(clock));
    const begun: Run[] = [];
    let elapsed = 0;
    jest.spyOn(clock, 'monotonic').mockImplementation(() => elapsed);
    held.keep('starting', {
      enter: ({ run }) => {
        begun.push(run);
        elapsed += stepMs;
      },
    });
    const add = (organization: string, count: number, dueAt: number) => {
      for (let i = 0; i < count; i++)
        arm(held, aRun({ organization, taskId: task.id, dueAt, trigger: 'schedule' }), task);
    };
    return { runs, held, begun, add };
  };
  const eventLoopTurns = () => new Promise((resolve) => setImmediate(resolve));

  it.each([0, 30])('keeps no run of another organization waiting, though it is due %i ms before that', (ahead) => {
    const { runs, begun, add } = crowded(0);
    add('acme', 1000, T0 - ahead);
    add('globex', 1, T0);
    runs.startDue();
    expect(begun.findIndex(({ organization }) => organization === 'globex')).toBeLessThanOrEqual(1);
    expect(begun).toHaveLength(1001);
  });

  it('lets the process turn to other things while it begins, and begins all the same', async () => {
    const { runs, begun, add } = crowded(1);
    add('acme', 1000, T0);
    runs.startDue();
    expect(begun.length).toBeLessThanOrEqual(20);
    for (let turns = 0; begun.length < 1000; turns++) {
      const before = begun.length;
      await eventLoopTurns();
      expect(begun.length - before).toBeLessThanOrEqual(40);
      expect(turns).toBeLessThanOrEqual(50);
    }
  });

  it('leaves what is due to begin when its task is changed, and says when that is done', async () => {
    const { runs, begun, add } = crowded(1);
    add('acme', 100, T0);
    add('acme', 10, T0 + 1);
    expect(runs.revoke(task.id, 2, T0)).toHaveLength(10);
    expect(begun.length).toBeLessThan(100);
    await runs.begun(task.id);
    expect(begun).toHaveLength(100);
  });

  it('leaves what was asked for, whose time no change takes away, also where it seems to come', () => {
    const { runs, held } = crowded(1);
    arm(held, aRun({ taskId: task.id, dueAt: T0 + 1, trigger: 'event' }), task);
    expect(runs.revoke(task.id, 2, T0)).toEqual([]);
    expect(held.count('armed')).toBe(1);
  });

  it('begins nothing of the rest once it is taken out', async () => {
    const { runs, held, begun, add } = crowded(1);
    add('acme', 100, T0);
    runs.startDue();
    const left = held.in('armed');
    for (const hold of left) held.leave(hold);
    await eventLoopTurns();
    expect(begun.length + left.length).toBe(100);
  });
});
