import { expect, it } from '@jest/globals';
import { calendarSchema } from '../../domain/calendar.js';
import { endedCalendars } from './calendar-ends.js';

const NOW = Date.parse('2027-01-31T12:00:00Z');
const calendars = {
  past: calendarSchema.parse({ dates: ['2026-12-26', '2026-12-25'] }),
  today: calendarSchema.parse({ dates: ['2026-12-26', '2027-01-30'] }),
  ruled: calendarSchema.parse({ dates: ['2026-12-26'], weekdays: ['sun'] }),
  empty: calendarSchema.parse({}),
};

it('finds the calendars whose days have all passed, in whatever zone', () => {
  const uses = ['today', { name: 'past', mode: 'shift' as const }, 'ruled', 'empty', 'constructor'];
  expect(endedCalendars(uses, calendars, NOW)).toEqual([{ index: 1, name: 'past', last: '2026-12-26' }]);
});
