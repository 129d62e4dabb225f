import type { Timetable } from '../trigger-type.js';
import type { Zone } from '../zone.js';
import { AmendedTimetable } from './amended-timetable.js';
import { CalendarYears } from './calendar-years.js';
import { ClockYears } from './clock-years.js';
import { LimitedTimetable } from './limited-timetable.js';
import { LocalSeries } from './local-series.js';
import { countsRealTime, type RecurrenceRule, type RuleTime } from './recurrence-rule.js';
import { DAY_MS } from './rule-days.js';
import { calendarPieces, clockPieces, instantOf } from './zone-pieces.js';
import { ZonedSeries } from './zoned-series.js';

const CALENDAR_SEARCH_MS = 400 * 366 * DAY_MS;
const CLOCK_SEARCH_MS = 100 * 366 * DAY_MS;

/** A rule with its zone and start; instants are epoch ms. */
export interface PlacedRule {
  rule: RecurrenceRule;
  zone: Zone;
  start: number;
  added: readonly number[];
  removed: readonly number[];
}

/** The instants of a rule. */
export function ruleTimetable({ rule, zone, start, added, removed }: PlacedRule): Timetable {
  const until = rule.until && lastInstant(rule.until, zone);
  const limited = new LimitedTimetable(unlimited(rule, zone, start), { start, until, count: rule.count });
  return added.length + removed.length === 0 ? limited : new AmendedTimetable(limited, added, removed);
}

function unlimited(rule: RecurrenceRule, zone: Zone, start: number): Timetable {
  const { offset } = zone.segmentAt(start);
  if (countsRealTime(rule)) {
    const series = new LocalSeries(new ClockYears(rule, start + offset));
    return new ZonedSeries(series, zone, clockPieces(offset), CLOCK_SEARCH_MS);
  }
  const series = new LocalSeries(new CalendarYears(rule, start + offset));
  return new ZonedSeries(series, zone, calendarPieces, CALENDAR_SEARCH_MS);
}

/** UNTIL is inclusive; a bare date means the whole local day. */
function lastInstant({ ms, isUtc, isDate }: RuleTime, zone: Zone): number {
  if (isDate) return instantOf(zone, ms + DAY_MS) - 1;
  return isUtc ? ms : instantOf(zone, ms);
}
