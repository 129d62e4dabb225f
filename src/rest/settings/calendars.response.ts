import type { CalendarMode, CalendarWindow } from '../../domain/calendar.js';
import type { CalendarShown } from '../../overview/calendar-view.js';
import { CLOSED_BY, type ClosedBy } from '../../triggers/calendar-days.js';
import { respond, Shown } from '../http/expose.js';

/** A day that a calendar leaves out. */
export class ClosedDayResponse {
  @Shown({ format: 'date' })
  date!: string;

  @Shown({ enum: CLOSED_BY, description: 'What of the calendar names it; the first of these that does.' })
  reason!: ClosedBy;
}

/** A part of every day that a calendar leaves out. */
export class ClosedWindowResponse {
  @Shown({ example: '22:00' })
  from!: string;

  @Shown({ example: '06:00', description: 'Before "from" where it goes over midnight.' })
  to!: string;
}

/** A task that uses a calendar. */
export class CalendarUserResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown()
  name!: string;

  @Shown({ enum: ['exclude', 'shift'], description: 'What happens to its occurrences that are left out.' })
  mode!: CalendarMode;
}

/** What a calendar leaves out, and who uses it. */
export class CalendarDaysResponse {
  @Shown()
  name!: string;

  @Shown({ description: 'By the clock of this zone its days begin.' })
  timeZone!: string;

  @Shown({ format: 'date' })
  from!: string;

  @Shown({ format: 'date', description: 'The day after the last.' })
  to!: string;

  @Shown({ type: [ClosedDayResponse] })
  days!: ClosedDayResponse[];

  @Shown({ type: [ClosedWindowResponse], description: 'Left out on every other day.' })
  windows!: CalendarWindow[];

  @Shown({ type: [CalendarUserResponse], description: 'Of the newest 5,000 tasks those that use it, 100 at most.' })
  tasks!: CalendarUserResponse[];

  @Shown({ description: 'Whether not all days, or not all tasks, are told.' })
  truncated!: boolean;
}

export const toCalendarDaysResponse = (calendar: CalendarShown): CalendarDaysResponse =>
  respond(CalendarDaysResponse, { ...calendar, windows: [...calendar.windows] });
