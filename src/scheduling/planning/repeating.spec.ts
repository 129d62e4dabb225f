import { describe, expect, it } from '@jest/globals';
import { aTask, T0 } from '../../../test/support/builders.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import type { Task } from '../../domain/task.js';
import { repeatingTask } from './repeating.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const resolver = new TriggerResolver();
const minutely = { type: 'interval', everyMs: MINUTE } as const;
const daily = { type: 'cron', expression: '0 12 * * *', timeZone: 'UTC' } as const;

/** A task of which everything has run up to `T0 + HOUR`. */
function ran(fields: Partial<Task> = {}, triggers: Task['definition']['triggers'] = [minutely]): Task {
  const task = aTask({ createdAt: T0, since: T0, definition: { triggers } });
  const { at } = resolver.timetableOf(task).next(T0 + HOUR)!;
  return { ...task, next: { scheduledFor: at, dueAt: at }, claimedUntil: T0 + HOUR, scheduledRuns: 60, ...fields };
}
const after = (task: Task, now = T0 + 30 * MINUTE + 5, stepMs = 30 * MINUTE) =>
  repeatingTask(task, resolver, now, stepMs);

describe('a task after the clock was set back', () => {
  it('goes on with its interval, and after that time as before', () => {
    const again = after(ran());
    expect(again).toMatchObject({ generation: 2, scheduledRuns: 60, next: { scheduledFor: T0 + 31 * MINUTE + 1 } });
    const table = resolver.timetableOf(again);
    expect(table.next(T0 + HOUR + 1)).toEqual({ at: T0 + HOUR + MINUTE });
    expect(table.count(T0 + 30 * MINUTE + 5, T0 + 2 * HOUR)).toBe(90);
  });

  it('counts what was armed when the clock was set no longer, and is not silent before its first change', () => {
    const armed = { claimedUntil: T0 + HOUR + MINUTE, scheduledRuns: 61, since: T0 + 59 * MINUTE };
    const next = { scheduledFor: T0 + HOUR + 2 * MINUTE, dueAt: T0 + HOUR + 2 * MINUTE };
    const again = after({ ...ran(armed), next });
    expect(again).toMatchObject({ scheduledRuns: 60, next: { scheduledFor: T0 + 31 * MINUTE + 1 } });
    // Nobody ran it the first time.
    expect(resolver.timetableOf(again).next(T0 + HOUR + 2)).toEqual({ at: T0 + HOUR + MINUTE + 1 });
  });

  it('comes yet another millisecond later when that happens once more', () => {
    const twice = after(after(ran()), T0 + 29 * MINUTE + 5);
    expect(twice.repeats).toEqual({ after: T0 + 29 * MINUTE + 5, until: T0 + HOUR + MINUTE - 1, byMs: 2 });
    expect(twice.next!.scheduledFor).toBe(T0 + 30 * MINUTE + 2);
  });

  it('leaves its cron trigger out, which had its turn', () => {
    const again = after(ran({}, [minutely, { ...daily, expression: '* * * * *' }]));
    expect(resolver.timetableOf(again).count(T0 + 30 * MINUTE + 5, T0 + HOUR + 2)).toBe(30);
  });

  it.each<[string, Task]>([
    ['has no interval', ran({}, [daily])],
    ['has one that is longer than the step', ran({}, [{ ...minutely, everyMs: 31 * MINUTE }])],
    ['has one of a millisecond', ran({}, [{ ...minutely, everyMs: 1 }])],
    ['is paused', ran({ state: 'paused', next: null })],
    ['is due', ran({ next: { scheduledFor: T0, dueAt: T0 } })],
  ])('is the same where it %s', (_what, task) => expect(after(task)).toBe(task));
});
