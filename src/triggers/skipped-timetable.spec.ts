import { describe, expect, it } from '@jest/globals';
import { aTask, T0 } from '../../test/support/builders.js';
import { calendarSchema } from '../domain/calendar.js';
import type { Skip } from '../domain/skip.js';
import { CalendarResolver } from './calendar-resolver.js';
import { TriggerResolver } from './trigger-resolver.js';

const MINUTE = 60_000;
const at = (minute: number): number => T0 + minute * MINUTE;
const skip = (minute: number): Skip => ({ at: at(minute), by: 'anna', reason: 'a holiday' });
const triggers = [{ type: 'interval' as const, everyMs: MINUTE, anchorAt: new Date(T0).toISOString() }];
const resolver = new TriggerResolver();

describe('a timetable without what is skipped', () => {
  const task = aTask({ definition: { triggers }, skips: [skip(2), skip(3), { ...skip(5), at: at(5) + 1 }] });
  const table = resolver.timetableOf(task);

  it('passes over skipped occurrences in both directions', () => {
    expect(table.next(at(1))).toEqual({ at: at(4) });
    expect(table.previous(at(4))).toEqual({ at: at(1) });
  });

  it('counts the others, whatever was skipped that is no occurrence', () => {
    expect(table.count(at(1), at(6))).toBe(3);
    expect(table.count(at(2), at(3))).toBe(0);
    expect(table.skipped!(at(2), at(6))).toEqual([skip(3)]);
  });

  it('lets nothing take the place of a skipped occurrence that calendars have moved', () => {
    const lunch = calendarSchema.parse({ windows: [{ from: '09:01', to: '09:05' }] });
    const calendars = new CalendarResolver(resolver, { lunch });
    const moved = {
      ...task,
      definition: { ...task.definition, calendars: [{ name: 'lunch', mode: 'shift' as const }] },
    };
    // The occurrences of four minutes are one, which starts at the end; the fifth is due then by itself.
    expect(calendars.timetableOf({ ...moved, skips: [] }).next(at(0))?.at).toBe(at(5));
    const without = calendars.timetableOf({ ...moved, skips: [skip(5)] });
    expect(without.next(at(0))?.at).toBe(at(6));
    expect(without.starts!.lastBefore(at(6))?.at).toBe(at(0));
    expect(without.leftOut!(at(0), at(6))).toMatchObject([{ count: 4, outcome: 'coalesced' }]);
  });
});
