import { boundedCache } from '../../domain/bounded-cache.js';
import { spend } from '../../domain/budget.js';
import { cronTriggerSchema, type CronTrigger, type DstRule } from '../../domain/trigger.js';
import { cronInWords } from '../cron/in-words.js';
import { choiceOf, isHashed } from '../cron/hashed-choice.js';
import { sometimesImpossible } from '../cron/impossible-hash.js';
import { type CronFields, parseCron } from '../cron-fields.js';
import { LocalSchedule } from '../local-schedule.js';
import { TriggerFault, type Timetable, type TriggerContext, type TriggerType } from '../trigger-type.js';
import { Zone } from '../zone.js';
import { ZonedSchedule } from '../zoned-schedule.js';

/** Recently read schedules: many tasks share an expression, and each asks at every occurrence. */
const schedules = boundedCache<ReadSchedule>(10_000);

interface ReadSchedule {
  schedule: ZonedSchedule;
  /** Whether a year field ends the schedule, at the same time for every task. */
  ends: boolean;
  /** Whether it has no fixed times of the day. */
  followsClock: boolean;
}

/** The cost of reading an expression. */
const READING_STEPS = 1000;

const VIXIE: DstRule = { gap: 'next', fold: 'first' };
/** Left-out times do not fire, repeated times fire twice. */
const AS_THE_CLOCK_SHOWS: DstRule = { gap: 'skip', fold: 'both' };
/** Rules that a zone has given up do not count: a schedule that has not fired since then is assumed never to fire. */
const PRESENT_RULES = Date.UTC(2020, 0, 1);

/** A cron expression read in an IANA time zone. */
export const cronTriggerType: TriggerType<CronTrigger> = {
  type: 'cron',
  schema: cronTriggerSchema,

  timetable(trigger, { createdAt, seed }): Timetable {
    const { schedule, ends } = readSchedule(trigger, seed);
    if (ends && schedule.next(createdAt) === null) {
      throw new TriggerFault('/expression', 'never fires again: the years that it names have passed');
    }
    return schedule;
  },

  timeZone: ({ timeZone }) => timeZone,

  describe({ expression, timeZone }): string {
    return `${cronInWords(expression)}, in the time zone ${timeZone}`;
  },
};

/** Whether a cron trigger fires at each turn of the clock, rather than at fixed times of the day. @throws TriggerFault */
export const firesByClock = (trigger: CronTrigger, { seed }: TriggerContext): boolean =>
  readSchedule(trigger, seed).followsClock;

function readSchedule({ expression, timeZone, dst = VIXIE }: CronTrigger, taskSeed: string): ReadSchedule {
  const seed = isHashed(expression) ? taskSeed : '';
  const key = JSON.stringify([expression, timeZone, dst.gap, dst.fold, seed]);
  let read = schedules.get(key);
  if (!read) schedules.set(key, (read = scheduleOf(expression, timeZone, dst, seed)));
  return read;
}

function scheduleOf(expression: string, timeZone: string, dst: DstRule, seed: string): ReadSchedule {
  spend(READING_STEPS);
  const fields = fieldsOf(expression, seed);
  const local = new LocalSchedule(fields);
  if (sometimesImpossible(expression)) {
    throw new TriggerFault(
      '/expression',
      'never fires for some of the values that H may stand for: no month has such a day',
    );
  }
  if (local.next(Date.UTC(1970, 0, 1)) === null) {
    throw new TriggerFault('/expression', `never fires: no month ${fields.years ? 'of its years ' : ''}has such a day`);
  }
  const rule = ruleFor(fields, dst);
  const schedule = new ZonedSchedule(local, zoneOf(timeZone), rule);
  if (rule.gap === 'skip' && schedule.next(firstInstant(fields)) === null) {
    throw new TriggerFault('/expression', `never fires: the clocks of ${timeZone} leave out each of its times`);
  }
  return { schedule, ends: fields.years !== null && !isHashed(expression), followsClock: fields.followsClock };
}

function firstInstant({ years }: CronFields): number {
  return years ? Date.UTC(Math.min(...years), 0, 1) - 2 * 86_400_000 : PRESENT_RULES;
}

/** An expression that follows the clock has no fixed times to move. Refuse the option rather than ignore it. */
function ruleFor({ followsClock }: CronFields, dst: DstRule): DstRule {
  if (!followsClock) return dst;
  if (dst.gap === 'shift') throw new TriggerFault('/dst/gap', notForClock('shift'));
  if (dst.fold === 'second') throw new TriggerFault('/dst/fold', notForClock('second'));
  return AS_THE_CLOCK_SHOWS;
}

const notForClock = (option: string): string =>
  `must not be "${option}" here: an hour, minute or second with "*" or "/" follows the clock; list fixed times instead`;

function fieldsOf(expression: string, seed: string): CronFields {
  try {
    return parseCron(expression, choiceOf(seed));
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
