import { describe, expect, it } from '@jest/globals';
import { aTask, T0 } from '../../../test/support/builders.js';
import { calendarSchema } from '../../domain/calendar.js';
import type { Task } from '../../domain/task.js';
import { changedTask, pausedTask, resumedTask } from './task-changes.js';
import { CalendarResolver } from '../../triggers/calendar-resolver.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { accounted, untold } from './accounting.js';

const MINUTE = 60_000;
const at = (minute: number): number => T0 + minute * MINUTE;
const none = new CalendarResolver(new TriggerResolver(), {});
/** Nine o'clock is `T0`. */
const breaks = new CalendarResolver(new TriggerResolver(), {
  breaks: calendarSchema.parse({ windows: [{ from: '09:02', to: '09:05' }] }),
});
const every = (minutes: number) => [
  { type: 'interval' as const, everyMs: minutes * MINUTE, anchorAt: new Date(T0).toISOString() },
];
const minutely = (next: number, fields: Partial<Task> = {}) =>
  aTask({
    definition: { triggers: every(1), calendars: ['breaks'] },
    next: { scheduledFor: at(next), dueAt: at(next) },
    toldUntil: at(0),
    since: at(0),
    ...fields,
  });
const inMinutes = (ledger: ReturnType<typeof untold>) =>
  ledger.map(({ from, to, count, reason }) => [(from - T0) / MINUTE, (to - T0) / MINUTE, count, reason]);

describe('accounted', () => {
  it('tells what a change of triggers leaves behind, and nothing for a change that leaves it due', () => {
    const overdue = minutely(2);
    const now = at(6.5);
    const other = changedTask(overdue, { ...overdue.definition, triggers: every(7) }, {}, none, now);
    const { task, ledger } = accounted(overdue, other, none, none, now);
    expect(inMinutes(ledger)).toEqual([[2, 6, 5, 'the task was changed']]);
    expect(task.toldUntil).toBe(now);
    const same = changedTask(overdue, { ...overdue.definition, priority: 9 }, {}, none, now);
    expect(accounted(overdue, same, none, none, now).ledger).toEqual([]);
  });

  it('tells nothing when a task is paused, and the whole pause when it ends', () => {
    const active = minutely(1);
    const paused = accounted(active, pausedTask(active, 'lunch', null, none, at(0.5)), none, none, at(0.5));
    expect(paused.ledger).toEqual([]);
    const now = at(100_000.5);
    const resumed = accounted(paused.task, resumedTask(paused.task, none, now), none, none, now);
    expect(inMinutes(resumed.ledger)).toEqual([[1, 100_000, 100_000, 'the task was paused: lunch']]);
    expect(inMinutes(untold(paused.task, none, now))).toEqual(inMinutes(resumed.ledger));
  });

  it('tells what a calendar left out before it was changed, and not again', () => {
    const active = minutely(5);
    const now = at(3.5);
    const changed = changedTask(active, active.definition, {}, breaks, now, none);
    const { task, ledger } = accounted(active, changed, breaks, none, now);
    expect(inMinutes(ledger)).toEqual([[2, 3, 2, 'calendar breaks']]);
    expect(task.next).toEqual({ scheduledFor: at(4), dueAt: at(4) });
    expect(untold(task, none, at(3.9))).toEqual([]);
  });

  it('tells what calendars leave out after the last occurrence, as time passes', () => {
    const ended = minutely(1, { next: null, state: 'completed', claimedUntil: at(1) });
    expect(inMinutes(untold(ended, breaks, at(3.5)))).toEqual([[2, 3, 2, 'calendar breaks']]);
    const used = { ...ended, scheduledRuns: 1, definition: { ...ended.definition, maxRuns: 1 } };
    expect(untold(used, breaks, at(3.5))).toEqual([]);
  });
});
