import { describe, expect, it } from '@jest/globals';
import { aRun, aTask, T0 } from '../../test/support/builders.js';
import type { Run } from '../domain/run.js';
import type { TaskDefinition } from '../domain/task-definition.js';
import { isWaitingItsTurn } from './overdue-search.js';
import { compared, type OverdueTask, type Stretch } from './overdue.js';

const task = aTask();
const found = (since: number): OverdueTask => ({ task, since, occurrence: true, runs: 0, missing: null });
const known = (stretch: Stretch) => new Map([[stretch.task.id, stretch]]);

describe('compared', () => {
  it('begins a stretch, lets it go on from when it began, and ends it', () => {
    const first = compared(new Map(), [found(T0)], true);
    expect(first).toEqual({ current: known({ task, since: T0, missing: null, told: false }), over: [] });
    const told = known({ task, since: T0, missing: null, told: true });
    expect(compared(told, [found(T0 + 5000)], true)).toEqual({ current: told, over: [] });
    expect(compared(told, [], true)).toEqual({
      current: new Map(),
      over: [{ task, since: T0, missing: null, told: true }],
    });
  });

  it('ends nothing by a list that was cut off', () => {
    const told = known({ task, since: T0, missing: null, told: true });
    expect(compared(told, [], false)).toEqual({ current: told, over: [] });
  });
});

describe('isWaitingItsTurn', () => {
  const isWaiting = (run: Partial<Run>, definition: Partial<TaskDefinition>, isBusy: boolean) =>
    isWaitingItsTurn(aRun({ owner: 'i', ...run }), aTask({ definition }), isBusy);

  it('is so for a run behind another one of its task, and for one that needs units of a pool', () => {
    expect(isWaiting({}, { overlap: 'queue' }, true)).toBe(true);
    expect(isWaiting({ state: 'retrying' }, { resources: { browser: 1 } }, false)).toBe(true);
  });

  it('is not so for a run with nothing before it, or that nobody holds', () => {
    expect(isWaiting({}, { overlap: 'queue' }, false)).toBe(false);
    expect(isWaiting({}, { overlap: 'allow' }, true)).toBe(false);
    expect(isWaiting({ state: 'retrying' }, { overlap: 'skip' }, true)).toBe(false);
    expect(isWaiting({ owner: null }, { resources: { browser: 1 } }, true)).toBe(false);
  });
});
