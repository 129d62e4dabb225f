import { z } from 'zod';

export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** The form of the names that tasks refer to. */
export const calendarNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, ".", "_" or "-", at most 64 of them');

const timeOfDaySchema = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day, such as "09:30", at most "24:00"');

export const calendarWindowSchema = z
  .strictObject({ from: timeOfDaySchema, to: timeOfDaySchema })
  .refine(({ from, to }) => from !== to, 'must not begin where it ends')
  .refine(({ from }) => from !== '24:00', 'must begin before the end of the day')
  .meta({
    id: 'CalendarWindow',
    description: 'A part of every day; it goes over midnight if `to` is before `from`.',
  });

/** The name of an IANA time zone. */
export const timeZoneSchema = z.string().min(1).max(64).refine(isTimeZone, 'is not an IANA time zone');

/** Days and times at which the tasks that name the calendar do not run. */
export const calendarSchema = z
  .strictObject({
    timeZone: timeZoneSchema.default('UTC').describe('IANA time zone in which days and times are read.'),
    dates: z.array(z.iso.date()).max(2000).default([]).describe('Days that are left out.'),
    weekdays: z
      .array(z.enum(WEEKDAYS))
      .max(6, 'must leave at least one day of the week')
      .default([])
      .describe('Days of the week that are left out.'),
    rrules: z
      .array(z.string().min(1).max(1000))
      .max(50)
      .default([])
      .describe('Days that are left out, as recurrence rules of RFC 5545: "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO".'),
    windows: z.array(calendarWindowSchema).max(50).default([]).describe('Times of day that are left out.'),
  })
  .meta({ id: 'Calendar' });

/** What happens to an occurrence that a calendar excludes. */
export const calendarModeSchema = z.enum(['exclude', 'shift']);

/** How a task uses a calendar: its name alone, or with what happens to excluded occurrences. */
export const calendarUseSchema = z
  .union([
    calendarNameSchema,
    z.strictObject({
      name: calendarNameSchema,
      mode: calendarModeSchema
        .default('exclude')
        .describe(
          'exclude: occurrences do not run. shift: they run on the next business day, or at the end of the window.',
        ),
    }),
  ])
  .meta({ id: 'CalendarUse' });

export type CalendarUse = z.infer<typeof calendarUseSchema>;
export type CalendarMode = z.infer<typeof calendarModeSchema>;

/** The name of the calendar that a task uses. */
export const nameOf = (use: CalendarUse): string => (typeof use === 'string' ? use : use.name);

/** What happens to the task's occurrences that the calendar excludes. */
export const modeOf = (use: CalendarUse): CalendarMode => (typeof use === 'string' ? 'exclude' : use.mode);

export type CalendarWindow = z.infer<typeof calendarWindowSchema>;
export type Calendar = z.infer<typeof calendarSchema>;

function isTimeZone(name: string): boolean {
  try {
    return !/^[+-]/.test(name) && Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}
