import { LRUCache } from 'lru-cache';
import { spend } from '../../domain/budget.js';
import { TaskRunnerError } from '../../domain/errors.js';
import { rruleTriggerSchema, type RruleTrigger } from '../../domain/trigger.js';
import { describeRule } from '../rrule/describe-rule.js';
import { parseSeries, type SeriesText, type SeriesTime } from '../rrule/parse-series.js';
import { countsRealTime } from '../rrule/recurrence-rule.js';
import { ruleTimetable, type PlacedRule } from '../rrule/rule-timetable.js';
import { instantOf } from '../rrule/zone-pieces.js';
import { TriggerFault, type Timetable, type TriggerType } from '../trigger-type.js';
import { Zone } from '../zone.js';

/** Recently read series: a task asks at every occurrence. */
const known = new LRUCache<string, Timetable>({
  max: 5000,
  maxSize: 10_000_000,
  sizeCalculation: (_, key) => key.length + 1000,
});

/** The cost of reading a rule. */
const READING_STEPS = 1000;

/** A recurrence rule of iCalendar (RFC 5545) in an IANA time zone. */
export const rruleTriggerType: TriggerType<RruleTrigger> = {
  type: 'rrule',
  schema: rruleTriggerSchema,

  timetable({ rule, timeZone }, { createdAt }): Timetable {
    const created = Math.floor(createdAt / 1000) * 1000;
    // A series with a start of its own is the same for every task.
    const key = JSON.stringify([rule, timeZone ?? '', /DTSTART/i.test(rule) ? 0 : created]);
    let table = known.get(key);
    if (!table) known.set(key, (table = tableOf(seriesOf(rule), timeZone, created)));
    return table;
  },

  timeZone: ({ rule, timeZone }) => zoneNameOf(seriesOf(rule), timeZone),

  describe({ rule, timeZone }): string {
    const series = seriesOf(rule);
    const { added, removed } = series;
    const more =
      added.length + removed.length > 0 ? `, with ${added.length} more dates and ${removed.length} less` : '';
    return `${describeRule(series.rule)}${more}, in the time zone ${zoneNameOf(series, timeZone)}`;
  },
};

/** Whether the rule counts elapsed time, whatever the clocks show. @throws TriggerFault */
export const followsElapsedTime = ({ rule }: RruleTrigger): boolean => countsRealTime(seriesOf(rule).rule);

function seriesOf(rule: string): SeriesText {
  try {
    return parseSeries(rule);
  } catch (error) {
    throw new TriggerFault('/rule', (error as Error).message);
  }
}

function tableOf(series: SeriesText, timeZone: string | undefined, createdAt: number): Timetable {
  spend(READING_STEPS);
  const zone = zoneOf(zoneNameOf(series, timeZone), '/timeZone');
  const at = (time: SeriesTime) => instantIn(time, zone);
  const start = series.start ? at(series.start) : createdAt;
  const table = placed({
    rule: series.rule,
    zone,
    start,
    added: series.added.map(at),
    removed: series.removed.map(at),
  });
  if (table.next(Number.NEGATIVE_INFINITY) === null) {
    throw new TriggerFault('/rule', `never fires after its start, ${new Date(start).toISOString()}`);
  }
  return table;
}

function placed(rule: PlacedRule): Timetable {
  try {
    return ruleTimetable(rule);
  } catch (error) {
    if (error instanceof TaskRunnerError) throw error;
    throw new TriggerFault('/rule', (error as Error).message);
  }
}

/** The zone of the trigger, or else of its DTSTART, or else UTC. */
function zoneNameOf({ start }: SeriesText, timeZone: string | undefined): string {
  const own = start?.timeZone ?? undefined;
  if (own !== undefined && timeZone !== undefined && own.toLowerCase() !== timeZone.toLowerCase()) {
    throw new TriggerFault('/timeZone', `is ${timeZone}, but DTSTART has the TZID ${own}; give one of them`);
  }
  return timeZone ?? own ?? 'UTC';
}

function instantIn({ ms, isUtc, timeZone }: SeriesTime, zone: Zone): number {
  if (isUtc) return ms;
  return instantOf(timeZone === null ? zone : zoneOf(timeZone, '/rule'), ms);
}

function zoneOf(name: string, pointer: string): Zone {
  try {
    return Zone.of(name);
  } catch {
    const verb = pointer === '/rule' ? 'has a TZID that is' : 'is';
    throw new TriggerFault(pointer, `${verb} not an IANA time zone: ${JSON.stringify(name)}`);
  }
}
