/**
 * How long a year of occurrences of 1,000 mixed cron triggers in mixed time zones takes on one core, what counting them
 * costs, and how long far searches take, all in processor time. `node bench/triggers.js [triggers]`. Needs a build.
 */
import { cronTriggerType } from '../dist/triggers/types/cron.trigger.js';

const TRIGGERS = Number(process.argv[2] ?? 1000);
const FROM = Date.UTC(2027, 0, 1);
const UNTIL = Date.UTC(2028, 0, 1);

/** Of 20 triggers one fires each minute, some several times an hour, most hourly to yearly. */
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
/** Options that every expression takes; each third trigger has them. */
const DST = { gap: 'skip', fold: 'both' };
const ZONES = Intl.supportedValuesOf('timeZone');

const triggers = Array.from({ length: TRIGGERS }, (_, index) => ({
  seed: `task ${index}`,
  trigger: {
    type: 'cron',
    expression: EXPRESSIONS[index % EXPRESSIONS.length],
    timeZone: ZONES[(index * 7) % ZONES.length],
    ...(index % 3 === 0 && { dst: DST }),
  },
}));

/** Processor time, so that what else the machine does counts for nothing. */
const timed = (work) => {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1000, result };
};

const tables = timed(() =>
  triggers.map(({ trigger, seed }) => cronTriggerType.timetable(trigger, { createdAt: 0, seed })),
);
const listed = timed(() => {
  let total = 0;
  for (const table of tables.result)
    for (let run = table.next(FROM - 1); run && run.at < UNTIL; run = table.next(run.at)) total++;
  return total;
});
const counted = timed(() => tables.result.reduce((sum, table) => sum + table.count(FROM - 1, UNTIL - 1), 0));
if (counted.result !== listed.result) throw new Error(`counted ${counted.result}, found ${listed.result}`);

console.log(`${TRIGGERS} cron triggers in ${new Set(triggers.map(({ trigger }) => trigger.timeZone)).size} time zones`);
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
