import { describe, expect, it } from '@jest/globals';
import { aTask, T0 } from '../../test/support/builders.js';
import type { RunState } from '../domain/run.js';
import type { RunOutline } from '../scheduling/ports/run.reads.js';
import { healthOf } from './task-health.js';

const runsOf = (...states: RunState[]) =>
  states.map((state) => ({ state, finishedAt: state === 'running' ? null : T0 }) as RunOutline);
const waiting = aTask({ next: null });

describe('the health of a task', () => {
  it.each<[RunState[], string]>([
    [[], 'never'],
    [['running'], 'never'],
    [['succeeded', 'failed'], 'ok'],
    [['running', 'cancelled', 'skipped', 'failed', 'succeeded'], 'failing'],
    [['timed_out'], 'failing'],
    [['cancelled'], 'ok'],
  ])('after %j is %s', (states, health) => {
    expect(healthOf(waiting, runsOf(...states), T0)).toBe(health);
  });

  it('is overdue where its next occurrence has not been taken up, however it went before, unless it is paused', () => {
    const due = aTask({ next: { scheduledFor: T0, dueAt: T0 } });
    expect(healthOf(due, runsOf('failed'), T0 + 1)).toBe('overdue');
    expect(healthOf(due, runsOf('failed'), T0)).toBe('failing');
    expect(healthOf({ ...due, state: 'paused', next: null }, [], T0 + 1)).toBe('never');
  });
});
