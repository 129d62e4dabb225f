import { describe, expect, it } from '@jest/globals';
import { aTask, T0 } from '../../../test/support/builders.js';
import { InvalidInputError, NotFoundError, StateConflictError } from '../../domain/errors.js';
import type { Skip } from '../../domain/skip.js';
import type { Task } from '../../domain/task.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { accounted, untold } from './accounting.js';
import { planClaim } from './claim-planner.js';
import { restoringTask, skippingTask } from './skips.js';
import { pausedTask, resumedTask } from './task-changes.js';

const MINUTE = 60_000;
const at = (minute: number): number => T0 + minute * MINUTE;
const resolver = new TriggerResolver();
const triggers = [{ type: 'interval' as const, everyMs: MINUTE, anchorAt: new Date(T0).toISOString() }];
const due = (minute: number) => ({ scheduledFor: at(minute), dueAt: at(minute) });
const minutely = (fields: Partial<Task> = {}, definition: Partial<Task['definition']> = {}) =>
  aTask({ definition: { triggers, ...definition }, next: due(1), since: at(0), toldUntil: at(0), ...fields });
const skip = (minute: number): Skip => ({ at: at(minute), by: 'anna', reason: 'a holiday' });
const skipping = (task: Task, minute: number, now: number): Task => {
  const after = skippingTask(task, skip(minute), resolver, now);
  return accounted(task, after, resolver, resolver, now).task;
};
const ENTRY = { from: at(2), to: at(2), count: 1, outcome: 'skipped', reason: 'skipped by anna: a holiday' };

describe('skipping an occurrence', () => {
  it('moves the task past it, and the claim of the next one tells of it', () => {
    const task = skipping(minutely({ next: due(2) }), 2, at(1.5));
    expect(task).toMatchObject({ next: due(3), generation: 2, skips: [skip(2)] });
    const { run, ledger, next } = planClaim(task, resolver.timetableOf(task), 'me', at(3));
    expect([run?.scheduledFor, next]).toEqual([at(3), due(4)]);
    expect(ledger).toMatchObject([ENTRY]);
    const moved = { ...task, next, claimedUntil: at(3), scheduledRuns: 1 };
    expect(planClaim(moved, resolver.timetableOf(moved), 'me', at(4)).ledger).toEqual([]);
  });

  it('is told as soon as its time has passed, and not before', () => {
    const task = skipping(minutely(), 2, at(0.5));
    expect(untold(task, resolver, at(1.9))).toEqual([]);
    expect(untold(task, resolver, at(2))).toMatchObject([ENTRY]);
  });

  it('takes back what is armed, and counts it no more', () => {
    const armed = minutely({ next: due(3), claimedUntil: at(2), scheduledRuns: 1 }, { maxRuns: 2 });
    const task = skipping(armed, 2, at(1.99));
    expect(task).toMatchObject({ next: due(3), scheduledRuns: 0, claimedUntil: at(1.99) });
    expect(planClaim(task, resolver.timetableOf(task), 'me', at(3)).ledger).toMatchObject([ENTRY]);
  });

  it('stays skipped, and is told once, when another is skipped after the one behind it was armed', () => {
    const first = skipping(minutely({ next: due(2) }), 2, at(1.5));
    const { run, ledger, next } = planClaim(first, resolver.timetableOf(first), 'me', at(1.9));
    expect([run?.scheduledFor, ledger.length]).toEqual([at(3), 1]);
    const armed = { ...first, next, claimedUntil: at(3), scheduledRuns: 1, toldUntil: at(3) - 1 };
    const task = skipping(armed, 6, at(1.95));
    expect(task).toMatchObject({ next: due(3), skips: [skip(2), skip(6)] });
    expect(planClaim(task, resolver.timetableOf(task), 'me', at(3)).ledger).toEqual([]);
    const restored = restoringTask(task, at(6), resolver, at(1.97));
    expect(restored).toMatchObject({ next: due(3), skips: [skip(2)] });
  });

  it('is told once, when the claim that told of it is taken back before an occurrence that it has yet to reach', () => {
    const first = skipping(minutely({ next: due(2) }), 3, at(1.5));
    const armed = { ...first, next: due(5), claimedUntil: at(4), scheduledRuns: 2, toldUntil: at(0) };
    const told = planClaim({ ...first, next: due(4) }, resolver.timetableOf(first), 'me', at(1.9)).ledger;
    expect(told).toMatchObject([{ from: at(3) }]);
    const again = skipping(armed, 2, at(1.95));
    expect(again.next).toEqual(due(4));
    const { ledger } = planClaim(again, resolver.timetableOf(again), 'me', at(4));
    expect(ledger).toMatchObject([{ from: at(2), to: at(2) }]);
    expect(() => restoringTask(again, at(3), resolver, at(1.97))).toThrow(StateConflictError);
  });

  it('is told also where a change has put it before the occurrence that was armed', () => {
    const armed = minutely({ next: due(3), claimedUntil: at(2), scheduledRuns: 2, toldUntil: at(1) });
    const twice = [{ ...triggers[0]!, everyMs: MINUTE / 2 }];
    const changed = { ...armed, generation: 2, definition: { ...armed.definition, triggers: twice }, next: due(1.5) };
    const task = skipping(accounted(armed, changed, resolver, resolver, at(1.1)).task, 1.5, at(1.2));
    expect(task.next).toEqual(due(2));
    expect(untold(task, resolver, at(1.6))).toMatchObject([{ from: at(1.5), to: at(1.5) }]);
  });

  it('leaves due what is due, also late', () => {
    const task = skipping(minutely(), 4, at(1.1));
    expect(task.next).toEqual(due(1));
    const claim = planClaim(task, resolver.timetableOf(task), 'me', at(9.5));
    expect(claim.ledger).toMatchObject([
      { ...ENTRY, from: at(4), to: at(4) },
      { from: at(1), to: at(8), count: 7 },
    ]);
  });

  it('is told beside a pause that it falls into, and counted once', () => {
    const task = skipping(minutely(), 2, at(0.5));
    const paused = accounted(
      task,
      pausedTask(task, 'lunch', null, resolver, at(0.6)),
      resolver,
      resolver,
      at(0.6),
    ).task;
    const { ledger } = accounted(paused, resumedTask(paused, resolver, at(3.5)), resolver, resolver, at(3.5));
    expect(ledger).toMatchObject([ENTRY, { from: at(1), to: at(3), count: 2, reason: 'the task was paused: lunch' }]);
  });

  it('completes a task whose last occurrence it is, until it is taken back', () => {
    const once = aTask({
      definition: { triggers: [{ type: 'once', at: new Date(at(2)).toISOString() }] },
      ...{ next: due(2), since: at(0), toldUntil: at(0) },
    });
    const task = skipping(once, 2, at(1));
    expect(task).toMatchObject({ state: 'completed', next: null });
    expect(untold(task, resolver, at(3))).toMatchObject([ENTRY]);
    expect(restoringTask(task, at(2), resolver, at(1.5))).toMatchObject({ state: 'active', next: due(2) });
  });

  it.each([
    ['what has passed', minutely({ next: due(3) }), 2, StateConflictError],
    ['what the task is not due for', minutely({ next: due(3) }), 3.5, InvalidInputError],
    ['what maxRuns does not reach', minutely({ next: due(3) }, { maxRuns: 2 }), 5, InvalidInputError],
    ['what is due while the task is paused', minutely({ state: 'paused', next: null }), 5, StateConflictError],
    ['more than thirty', minutely({ next: due(3), skips: Array.from({ length: 30 }, (_, i) => skip(10 + i)) }), 5, StateConflictError], // prettier-ignore
  ])('refuses %s', (_what, task, minute, fault) => {
    expect(() => skippingTask(task, skip(minute), resolver, at(2.5))).toThrow(fault);
  });

  it('allows what maxRuns just reaches', () => {
    expect(skippingTask(minutely({ next: due(3) }, { maxRuns: 2 }), skip(4), resolver, at(2.5)).next).toEqual(due(3));
  });

  it('forgets what the ledger tells', () => {
    const task = minutely({ next: due(5), toldUntil: at(4), skips: [skip(2), skip(6)] });
    expect(skipping(task, 7, at(4.5)).skips).toEqual([skip(6), skip(7)]);
  });
});

describe('taking a skip back', () => {
  it('lets the occurrence run again', () => {
    const task = skipping(minutely(), 2, at(0.5));
    const restored = restoringTask(task, at(2), resolver, at(1.5));
    expect(restored).toMatchObject({ next: due(1), generation: 3 });
    const passed = restoringTask({ ...task, next: due(3), claimedUntil: at(1) }, at(2), resolver, at(1.5));
    expect(passed).not.toHaveProperty('skips');
    expect(passed.next).toEqual(due(2));
  });

  it('leaves a paused task paused', () => {
    const paused = pausedTask(skipping(minutely(), 2, at(0.5)), 'lunch', null, resolver, at(0.6));
    expect(restoringTask(paused, at(2), resolver, at(1))).toMatchObject({ state: 'paused', next: null, generation: 4 });
  });

  it('is refused for what is not skipped, has passed, or is told already', () => {
    const task = skipping(minutely(), 2, at(0.5));
    expect(() => restoringTask(task, at(4), resolver, at(1.5))).toThrow(NotFoundError);
    expect(() => restoringTask(task, at(2), resolver, at(2))).toThrow(StateConflictError);
    // The next occurrence was claimed ahead of its time, and this one with it.
    const claimed = { ...task, next: due(4), claimedUntil: at(3) };
    expect(() => restoringTask(claimed, at(2), resolver, at(1.99))).toThrow(StateConflictError);
  });
});
