import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { calendarUseSchema, type Calendar } from '../../src/domain/calendar.js';
import { organizationSettingsSchema } from '../../src/domain/organization-settings.js';
import { CalendarResolver } from '../../src/triggers/calendar-resolver.js';
import { TriggerResolver } from '../../src/triggers/trigger-resolver.js';
import { upcoming } from '../support/upcoming.js';
import { cronTriggerType } from '../../src/triggers/types/cron.trigger.js';
import { tablesOf, type Row } from './markdown-tables.js';

const text = readFileSync(new URL('../../docs/scheduling.md', import.meta.url), 'utf8');
const rows = tablesOf(text, ['Calendars']).flat();
const [settings, task] = [...text.split('\n## Calendars\n')[1]!.matchAll(/```json\n(.*?)```/gs)].map(
  ([, json]) => JSON.parse(json!) as { calendars: unknown },
);

const calendars: Record<string, Calendar> = organizationSettingsSchema.parse(settings).calendars;
const short = (at: number): string => new Date(at).toISOString().replace(':00.000Z', 'Z');

describe('the chapter Calendars', () => {
  it('shows a task that uses the calendars it shows', () => {
    const uses = calendarUseSchema.array().parse(task!.calendars);
    new CalendarResolver(new TriggerResolver(), calendars).check({ calendars: uses });
    expect(rows).toHaveLength(6);
  });

  it.each(rows.map((row): [string, Row] => [`${row.Cron} ${row['Calendars that shift']}`, row]))('%s', (_, row) => {
    const trigger = { type: 'cron' as const, expression: row.Cron!, timeZone: 'Europe/Berlin' };
    const uses = row['Calendars that shift']!.split(', ').map((name) => ({ name, mode: 'shift' as const }));
    const table = cronTriggerType.timetable(trigger, { createdAt: 0, seed: '' })!;
    const moved = new CalendarResolver(new TriggerResolver(), calendars).within(table, uses);
    const told = row['Starts at']!.split(', ');
    const found = upcoming(moved, Date.parse(row.After!), told.length).map(({ at, dueAt }) =>
      dueAt === undefined ? short(at) : `${short(dueAt)} for ${short(at)}`,
    );
    expect(found).toEqual(told);
  });
});
