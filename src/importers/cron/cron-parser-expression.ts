import type { CronTrigger } from '../../domain/trigger.js';
import { CRONTAB_NICKNAMES, PACKAGE_NICKNAMES } from '../../triggers/cron/nicknames.js';
import { NotCarriedOver } from '../reading.js';
import { DAY, HOUR, listOf, MINUTE, MONTH, SECOND, weekday, type Bounds } from './field.js';

/** What stands for fields that are left out at the beginning. */
const DEFAULTS = ['0', '*', '*', '*', '*', '*'];
/** It does not know the one left out here. */
const NICKNAMES = new Map([...CRONTAB_NICKNAMES, ...PACKAGE_NICKNAMES].filter(([name]) => name !== '@midnight'));
const WEEK = weekday(7);
/** The last of a weekday in a month, or the so manyth: `5L`, `1#2`. */
const WEEKDAY_OF_MONTH = /^(?:[0-7]L|[0-7]#[1-5])$/i;
/** Times of a gap fire later by its length, and those of a repeated stretch once. */
const AT_CLOCK_CHANGES = { gap: 'shift', fold: 'first' } as const;

/**
 * The trigger of an expression as the npm package cron-parser reads it (versions 3 to 5), which Agenda and BullMQ use.
 * Unless its hours are all hours, its times are fixed there: so they are listed, because a star would follow the clock.
 * @throws NotCarriedOver, also where its versions do not agree
 */
export function cronParserTrigger(expression: string, timeZone: string): CronTrigger {
  const named = NICKNAMES.get(expression.trim().toLowerCase()) ?? expression.trim();
  const given = named.split(/\s+/);
  if (named === '' || given.length > 6) throw unreadable(expression);
  const fields = [...DEFAULTS.slice(0, DEFAULTS.length - given.length), ...given];
  const [second, minute, hour, day, month, week] = fields as [string, string, string, string, string, string];
  const hours = listOf(hour, HOUR);
  const everyHour = hours === '*';
  const timeField = everyHour ? listOf : fixedField;
  const days = dayFields(day, week);
  const written = [
    timeField(second, SECOND),
    timeField(minute, MINUTE),
    hours,
    days.day,
    listOf(month, MONTH),
    days.week,
  ];
  const trigger = { type: 'cron', expression: written.join(' ').replace(/^0 /, ''), timeZone } as const;
  return everyHour ? trigger : { ...trigger, dst: AT_CLOCK_CHANGES };
}

/** Whether cron-parser would read this at all; Agenda asks it first. */
export function isCronParserExpression(text: string): boolean {
  try {
    cronParserTrigger(text, 'UTC');
    return true;
  } catch {
    return false;
  }
}

/** The field's numbers, written without a star. */
function fixedField(text: string, bounds: Bounds): string {
  const list = listOf(text, bounds);
  return list === '*' ? `${bounds.first}-${bounds.last}` : list;
}

function dayFields(day: string, week: string): { day: string; week: string } {
  const written = {
    day: /^L$/i.test(day) ? 'L' : listOf(day, DAY),
    week: isOfMonth(week) ? week : listOf(week, WEEK),
  };
  if (written.day === 'L' && written.week !== '*') {
    throw new NotCarriedOver('has an L beside a day of the week, of which its own library sees only one');
  }
  const isUnclear =
    (isAny(written.day, day) && written.week !== '*') || (isAny(written.week, week) && written.day !== '*');
  if (isUnclear) {
    throw new NotCarriedOver(
      'has a list of all days beside a day field that restricts, which versions of its library read differently: write a star',
    );
  }
  return written;
}

/** Whether the field holds every day without being written as a star. */
const isAny = (written: string, text: string): boolean => written === '*' && !/^[*?]$/.test(text);

function isOfMonth(week: string): boolean {
  const parts = week.split(',');
  const count = parts.filter((part) => WEEKDAY_OF_MONTH.test(part)).length;
  if (count > 0 && (count < parts.length || (count > 1 && week.includes('#')))) {
    throw new NotCarriedOver(
      `has ${JSON.stringify(week)} as its days of the week, which versions of its library read differently`,
    );
  }
  return count > 0;
}

const unreadable = (text: string): NotCarriedOver =>
  new NotCarriedOver(`has the expression ${JSON.stringify(text)}, which its own library does not read`);
