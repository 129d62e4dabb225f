import { modeOf, nameOf, type CalendarUse } from '../domain/calendar.js';

/** Adds the effect of calendars to the description of a trigger. */
export function withCalendars(description: string, uses: readonly CalendarUse[]): string {
  const named = (mode: string) => uses.filter((use) => modeOf(use) === mode).map((use) => JSON.stringify(nameOf(use)));
  const [excluding, shifting] = [named('exclude'), named('shift')];
  return [
    description,
    ...(excluding.length > 0 ? [`never when ${listed(excluding)}`] : []),
    ...(shifting.length > 0
      ? [`moved to the next business day or the end of the window when ${listed(shifting)}`]
      : []),
  ].join('; ');
}

const listed = (names: string[]): string =>
  names.length === 1
    ? `the calendar ${names[0]} leaves it out`
    : `one of the calendars ${names.join(', ')} leaves it out`;
