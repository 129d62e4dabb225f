/**
 * Measures, in processor time on one core, how long a year of occurrences of 1,000 mixed triggers takes (cron, RRULE, interval;
 * mixed time zones, some with calendars), what counting them costs, and how long searches for far occurrences take.
 * `node bench/triggers.js [triggers]`. Needs a build.
 */
import { calendarSchema } from '../dist/domain/calendar.js';
import { CalendarResolver } from '../dist/triggers/calendar-resolver.js';
import { TriggerResolver } from '../dist/triggers/trigger-resolver.js';
import { cronTriggerType } from '../dist/triggers/types/cron.trigger.js';

const TRIGGERS = Number(process.argv[2] ?? 1000);
const FROM = Date.UTC(2027, 0, 1);
const UNTIL = Date.UTC(2028, 0, 1);

/** Of 20 triggers, one fires each minute, some several times an hour, most hourly to yearly. */
const EXPRESSIONS = [
  '* * * * *',
  '*/5 * * * *',
  'H/15 * * * *',
  '*/30 8-18 * * MON-FRI',
  '0 * * * *',
  'H * * * *',
  '0 */6 * * *',
  '0 30 2 * * *',
  'H H * * *',
  '0 9,12,17 * * 1-5',
  '@daily',
  '30 3 * * SUN',
  '15 2 L * *',
  '0 8 LW * *',
  '0 7 15W * *',
  '0 9 * * MON#2,WED#4',
  '0 18 * * 5L',
  '0 0 13 * 5',
  '0 0 29 2 *',
  '0 0 12 1 1,7 ? 2025-2035',
];
const RULES = [
  'FREQ=HOURLY;INTERVAL=3',
  'FREQ=DAILY;BYHOUR=6,18;BYMINUTE=0;BYSECOND=0',
  'FREQ=WEEKLY;BYDAY=MO,WE,FR',
  'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
  'FREQ=YEARLY;BYWEEKNO=1,27;BYDAY=MO',
];
const INTERVALS = [300_000, 3_600_000, 86_400_000];
/** Options that every expression accepts; every third trigger has them. */
const DST = { gap: 'skip', fold: 'both' };
const ZONES = Intl.supportedValuesOf('timeZone');

const zoneOf = (index) => ZONES[(index * 7) % ZONES.length];

/** Of ten tasks, seven have a cron trigger, two a rule, and one an interval. */
function triggerOf(index) {
  const timeZone = zoneOf(index);
  if (index % 10 === 9) return { type: 'interval', everyMs: INTERVALS[index % INTERVALS.length] };
  if (index % 10 >= 7) return { type: 'rrule', rule: RULES[index % RULES.length], timeZone };
  const expression = EXPRESSIONS[index % EXPRESSIONS.length];
  return {
    type: 'cron',
    expression,
    timeZone,
    ...(index % 3 === 0 && { dst: DST }),
  };
}

/**
 * Every fifth task has calendars; half of those tasks skip excluded occurrences, half move them to the next business
 * day.
 */
const calendars = Object.fromEntries(
  ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo'].map((timeZone, index) => [
    `calendar-${index}`,
    calendarSchema.parse({
      timeZone,
      weekdays: ['sat', 'sun'],
      rrules: ['FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25,26', 'FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO'],
    }),
  ]),
);
const usesOf = (index) =>
  index % 5 === 1
    ? [
        {
          name: `calendar-${index % 3}`,
          mode: index % 2 === 0 ? 'exclude' : 'shift',
        },
      ]
    : [];

const tasks = Array.from({ length: TRIGGERS }, (_, index) => ({
  ...{ id: `task ${index}`, createdAt: FROM - 1, since: FROM - 1 },
  definition: { triggers: [triggerOf(index)], calendars: usesOf(index) },
}));
const resolver = new CalendarResolver(new TriggerResolver(), calendars);

/** Measures processor time, so that other work on the machine does not count. */
const timed = (work) => {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1000, result };
};

const tables = timed(() => tasks.map((task) => resolver.timetableOf(task)));
const listed = timed(() => {
  let total = 0;
  for (const table of tables.result)
    for (let run = table.next(FROM - 1); run && run.at < UNTIL; run = table.next(run.at)) total++;
  return total;
});
const counted = timed(() => tables.result.reduce((sum, table) => sum + table.count(FROM - 1, UNTIL - 1), 0));
if (counted.result !== listed.result) throw new Error(`counted ${counted.result}, found ${listed.result}`);

console.log(`${TRIGGERS} mixed triggers in ${new Set(tasks.map((_, index) => zoneOf(index))).size} time zones`);
console.log(`  read and checked in ${tables.ms.toFixed(0)} ms`);
console.log(`  ${listed.result} occurrences of a year one by one in ${(listed.ms / 1000).toFixed(2)} s`);
console.log(`  ${Math.round((listed.ms * 1e6) / listed.result)} ns each; counted in ${counted.ms.toFixed(1)} ms`);

const FAR = [
  ['0 0 29 2 *', 'UTC', Date.UTC(2096, 2, 1)],
  ['0 0 * 2 1#5', 'Europe/Berlin', Date.UTC(2072, 2, 1)],
  ['0 0 0 1 1 ? 2199', 'America/New_York', FROM],
  ['0 0 0 29 2 ? 2196', 'Australia/Lord_Howe', FROM],
  ['30 2 L 12 *', 'Antarctica/Troll', FROM],
];
for (const [expression, timeZone, from] of FAR) {
  const read = () => cronTriggerType.timetable({ type: 'cron', expression, timeZone }, { createdAt: 0, seed: '' });
  const first = timed(() => read().next(from));
  const again = timed(() => read().next(from));
  const found = new Date(first.result.at).toISOString();
  console.log(`  ${expression} (${timeZone}) → ${found}: ${first.ms.toFixed(2)} ms, then ${again.ms.toFixed(3)} ms`);
}
