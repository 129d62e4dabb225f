import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { aRun, aTask, T0 } from '../../test/support/builders.js';
import { SettableClock } from '../clock/settable-clock.js';
import { ArmedRuns } from './armed-runs.js';

describe('ArmedRuns', () => {
  const collect = jest.fn<(options?: object) => void>();
  const before = globalThis.gc;
  beforeEach(() => void Object.assign(globalThis, { gc: collect }));
  afterEach(() => {
    collect.mockReset();
    Object.assign(globalThis, { gc: before });
  });

  const armed = (count: number, dueAt: number) => {
    const nobody = { watch: () => undefined, forget: () => undefined, release: () => undefined };
    const runs = new ArmedRuns(new SettableClock(T0), nobody as never, nobody as never, nobody as never);
    const task = aTask();
    for (let i = 0; i < count; i++) runs.add({ run: aRun({ taskId: task.id, dueAt }), task });
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
