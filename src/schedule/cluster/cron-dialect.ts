import type { CronTime } from 'cron';
import type { TriggerInput } from '../../domain/trigger.js';
import { wholeHourZone } from '../../triggers/whole-hour-zone.js';

const FIELDS = { second: 60, minute: 60, hour: 24, dayOfMonth: 31, month: 12, dayOfWeek: 7 } as const;
type Field = keyof typeof FIELDS;

/** Zones whose clocks stand at an offset that is not a whole hour, by that offset in minutes, and never change. */
const ZONES_OF_OFFSETS: ReadonlyMap<number, string> = new Map([
  [-570, 'Pacific/Marquesas'],
  [210, 'Asia/Tehran'],
  [270, 'Asia/Kabul'],
  [330, 'Asia/Kolkata'],
  [345, 'Asia/Kathmandu'],
  [390, 'Asia/Yangon'],
  [525, 'Australia/Eucla'],
  [570, 'Australia/Darwin'],
]);

/**
 * The trigger that fires when a job of `cron` with this time does. Its dialect is put into ours: a day of the month and
 * a day of the week that both restrict mean "or", whatever stars and steps they are written with, so each restricting
 * field becomes the list of its values. @throws Error with a sentence
 */
export function triggerOf(time: CronTime): TriggerInput {
  const { source } = time;
  if (typeof source !== 'string') return { type: 'once', at: new Date(source.toMillis()).toISOString() };
  const fields = (Object.keys(FIELDS) as Field[]).map((field) => listOf(time, field));
  return { type: 'cron', expression: fields.join(' '), timeZone: zoneOf(time) };
}

/** The values of a field, or `*` for all of them. */
function listOf(time: CronTime, field: Field): string {
  const values = Object.keys((time as unknown as Record<Field, Record<number, unknown>>)[field]);
  return values.length === FIELDS[field] ? '*' : values.join(',');
}

/** The IANA zone in which the time is read: without any, that of this process. @throws Error with a sentence */
function zoneOf({ timeZone, utcOffset }: CronTime): string {
  if (utcOffset !== undefined) return zoneAt(utcOffset);
  if (timeZone === undefined || /^(local|system|default)$/i.test(timeZone)) {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
  const [, sign, hours, minutes = '0'] = /^utc(?:([+-])(\d{1,2})(?::(\d\d))?)$/i.exec(timeZone) ?? [];
  if (sign === undefined) return timeZone;
  return zoneAt((sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)));
}

function zoneAt(offset: number): string {
  const zone = wholeHourZone(offset) ?? ZONES_OF_OFFSETS.get(offset);
  if (zone !== undefined) return zone;
  throw new Error(
    `has the UTC offset of ${offset} minutes, which no time zone keeps: name a timeZone, or let each process run the job by {cluster: false}`,
  );
}
