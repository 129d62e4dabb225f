import type { CronTrigger } from '../../domain/trigger.js';
import { CRONTAB_NICKNAMES } from '../../triggers/cron/nicknames.js';
import { NotCarriedOver } from '../reading.js';
import { DAY, HOUR, itemsOf, MINUTE, MONTH, valuesOf, weekday, type Bounds } from './field.js';

const WEEKDAY = weekday(6);
/** The units of a duration in Go, in milliseconds. */
const UNITS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** What such a library does when the clocks change: no time of a gap fires, and each of a repeated stretch twice. */
const AT_CLOCK_CHANGES = { gap: 'skip', fold: 'both' } as const;

/** The trigger of a schedule as github.com/robfig/cron reads it, the library of Kubernetes. */
export function robfigTrigger(schedule: string, timeZone: string): CronTrigger {
  const zoned = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/s.exec(schedule);
  if (zoned) return robfigTrigger(zoned[2]!, zoned[1]!);
  return { type: 'cron', expression: expressionOf(schedule.trim()), timeZone, dst: AT_CLOCK_CHANGES };
}

/** The milliseconds of `@every 1h30m`; null for another schedule. @throws NotCarriedOver */
export function everyOf(schedule: string): number | null {
  const [, text] = /^@every\s+(\S+)$/.exec(schedule) ?? [];
  if (text === undefined) return null;
  if (!/^(?:\d+(?:\.\d*)?(?:h|ms|m|s|us|µs|ns))+$/.test(text)) throw unreadable(schedule);
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?)(h|ms|m|s|us|µs|ns)/gy)];
  // It counts whole seconds, at least one.
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0);
  return Math.max(1000, Math.floor(ms / 1000) * 1000);
}

function expressionOf(schedule: string): string {
  if (CRONTAB_NICKNAMES.has(schedule)) return schedule;
  const fields = schedule.split(/\s+/);
  if (schedule.startsWith('@') || fields.length !== 5) throw unreadable(schedule);
  const [minute, hour, day, month, week] = fields as [string, string, string, string, string];
  const written = [
    plainField(minute, MINUTE),
    plainField(hour, HOUR),
    dayField(day, DAY),
    plainField(month, MONTH),
    dayField(week, WEEKDAY),
  ];
  return written.join(' ');
}

function plainField(text: string, bounds: Bounds): string {
  itemsOf(text, bounds);
  return text.replaceAll('?', '*');
}

/**
 * A day field in our dialect, where what begins with a star does not restrict. There it means any day if a part of it is
 * a star, or a question mark, without a step; otherwise it becomes the list of its numbers, so that two of them mean "or".
 */
function dayField(text: string, bounds: Bounds): string {
  const items = itemsOf(text, bounds);
  return items.some(({ isStar, step }) => isStar && step === 1) ? '*' : valuesOf(items, bounds).join(',');
}

const unreadable = (schedule: string): NotCarriedOver =>
  new NotCarriedOver(`has the schedule ${JSON.stringify(schedule)}, which its cron does not read`);
