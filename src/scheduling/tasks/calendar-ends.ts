import { nameOf, type Calendar, type CalendarUse } from '../../domain/calendar.js';

/** After so long, a day has passed in every time zone. */
const OVER_MS = 2 * 86_400_000;

/** A calendar that leaves out nothing more. */
export interface EndedCalendar {
  /** Its place among those that are used. */
  index: number;
  name: string;
  /** The last day that it left out. */
  last: string;
}

/** Those of the calendars whose days have all passed; one with rules, days of the week or times goes on. */
export function endedCalendars(
  uses: readonly CalendarUse[],
  calendars: Readonly<Record<string, Calendar>>,
  now: number,
): EndedCalendar[] {
  return uses.flatMap((use, index) => {
    const name = nameOf(use);
    const calendar = Object.hasOwn(calendars, name) ? calendars[name] : undefined;
    if (!calendar || calendar.weekdays.length + calendar.rrules.length + calendar.windows.length > 0) return [];
    const last = calendar.dates.reduce((latest, date) => (date > latest ? date : latest), '');
    return last !== '' && Date.parse(last) + OVER_MS < now ? [{ index, name, last }] : [];
  });
}
