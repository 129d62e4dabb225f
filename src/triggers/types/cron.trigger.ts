import cronstrue from 'cronstrue';
import { LRUCache } from 'lru-cache';
import type { CronTrigger } from '../../domain/trigger.js';
import { type CronFields, parseCron } from '../cron-fields.js';
import { LocalSchedule } from '../local-schedule.js';
import { TriggerFault, type Timetable, type TriggerType } from '../trigger-type.js';
import { Zone } from '../zone.js';
import { ZonedSchedule } from '../zoned-schedule.js';

/** Schedules that were read lately: many tasks share an expression, and each asks at every occurrence. */
const schedules = new LRUCache<string, ZonedSchedule>({ max: 10_000 });

/** A cron expression read in an IANA time zone. */
export const cronTriggerType: TriggerType<CronTrigger> = {
  type: 'cron',

  timetable({ expression, timeZone }): Timetable {
    const key = JSON.stringify([expression, timeZone]);
    const known = schedules.get(key);
    if (known) return known;
    const schedule = scheduleOf(expression, timeZone);
    schedules.set(key, schedule);
    return schedule;
  },

  describe({ expression, timeZone }): string {
    return `${inWords(expression)}, in the time zone ${timeZone}`;
  },
};

/** Some expressions that can be read cannot be put into words; those describe themselves. */
function inWords(expression: string): string {
  const text = expression.trim().replaceAll(/\s+/g, ' ');
  try {
    return cronstrue.toString(text.startsWith('@') ? text.toLowerCase() : text, {
      use24HourTimeFormat: true,
      verbose: true,
    });
  } catch {
    return `By the expression "${text}"`;
  }
}

function scheduleOf(expression: string, timeZone: string): ZonedSchedule {
  const fields = fieldsOf(expression);
  const schedule = new LocalSchedule(fields);
  if (schedule.next(Date.UTC(2000, 0, 1)) === null) {
    throw new TriggerFault('/expression', 'never fires: no month has such a day');
  }
  return new ZonedSchedule(schedule, zoneOf(timeZone), fields.followsClock);
}

function fieldsOf(expression: string): CronFields {
  try {
    return parseCron(expression);
  } catch (error) {
    throw new TriggerFault('/expression', (error as Error).message);
  }
}

function zoneOf(name: string): Zone {
  try {
    return Zone.of(name);
  } catch {
    throw new TriggerFault('/timeZone', `is not an IANA time zone: ${JSON.stringify(name)}`);
  }
}
