import fc from 'fast-check';

/** A request that is meant to hold up the service. */
export interface HostileRequest {
  name: string;
  /** Method and path; the request is sent for each stored task in place of `:task`. */
  line: string;
  body?: unknown;
}

const list = (length: number, item: (index: number) => string | number) =>
  Array.from({ length }, (_, index) => item(index)).join(',');
const upTo = (length: number) => list(length, (index) => index);

/** Fifty windows a day, each followed by an open minute. */
const windows = Array.from({ length: 50 }, (_, index) => {
  const at = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  return { from: at(index * 28), to: at(index * 28 + 27) };
});
const ZONES = ['UTC', 'Asia/Gaza', 'Africa/Casablanca', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia'];

/** Calendars that are costly to evaluate, by name. */
export const CALENDARS: Readonly<Record<string, object>> = Object.fromEntries<object>([
  ...ZONES.map((timeZone, index): [string, object] => [`windows-${index}`, { timeZone, windows }]),
  [
    'dates',
    { dates: Array.from({ length: 2000 }, (_, i) => new Date(1.8e12 + i * 86_400_000).toISOString().slice(0, 10)) },
  ],
  ['rules', { rrules: Array.from({ length: 50 }, (_, i) => `FREQ=YEARLY;BYWEEKNO=${1 + i};BYDAY=MO,TU,WE`) }],
  ['daily', { rrules: Array.from({ length: 50 }, (_, i) => `DTSTART:20260101\nRRULE:FREQ=DAILY;INTERVAL=${2 + i}`) }],
  ['sparse', { rrules: Array.from({ length: 50 }, () => 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU') }],
  ['weekdays', { weekdays: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], windows, timeZone: 'Asia/Gaza' }],
]);

const exclude = Object.keys(CALENDARS).slice(0, 10);
const shift = exclude.map((name) => ({ name, mode: 'shift' }));

const cron = (expression: string, timeZone = 'UTC') => ({ type: 'cron', expression, timeZone });
const rrule = (rule: string, timeZone = 'UTC') => ({ type: 'rrule', rule, timeZone });

/** Triggers that are costly to parse or to evaluate. */
const TRIGGERS: readonly [string, object][] = [
  ['a list of H', cron(`0 0 ${list(480, () => 'H')} * *`)],
  [
    'H in every day field',
    cron(`0 0 ${list(150, (i) => `H(1-${1 + (i % 28)})`).slice(0, 900)},H H H`.replace(',,', ',')),
  ],
  ['a long list', cron(`${list(330, (i) => i % 60)} * * * *`)],
  ['nearest workdays', cron(`0 0 ${list(300, (i) => `${1 + (i % 31)}W`)} * *`, 'Asia/Gaza')],
  ['times in gaps alone', { ...cron('30 2 * 3 0L', 'Europe/Berlin'), dst: { gap: 'skip', fold: 'first' } }],
  ['every second', cron('* * * * * *', 'Africa/Casablanca')],
  ['a rule that never fires', rrule('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30')],
  ['a week that never comes', rrule('FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6')],
  ['a sparse interval', rrule('FREQ=DAILY;INTERVAL=1000000;BYMONTH=2;BYMONTHDAY=29')],
  ['a sparse second', rrule('FREQ=SECONDLY;INTERVAL=999983;BYMONTH=2;BYMONTHDAY=29;BYHOUR=3;BYMINUTE=3;BYSECOND=3')],
  ['a minute of the day', rrule('FREQ=MINUTELY;INTERVAL=1440;BYHOUR=3;BYMINUTE=3;BYSECOND=3', 'Asia/Gaza')],
  ['a count from 1900', rrule('DTSTART:19000101T000000\nRRULE:FREQ=YEARLY;BYDAY=1MO;COUNT=100000', 'Asia/Tehran')],
  [
    'a count of seconds',
    rrule('DTSTART:19000101T000000\nRRULE:FREQ=SECONDLY;INTERVAL=7;BYDAY=SU;COUNT=100000', 'Asia/Gaza'),
  ],
  ['all positions', rrule(`FREQ=DAILY;BYHOUR=${upTo(24)};BYMINUTE=${upTo(60)};BYSETPOS=${list(366, (i) => i + 1)}`)],
  ['all times of the day', rrule(`FREQ=DAILY;BYHOUR=${upTo(24)};BYMINUTE=${upTo(60)};BYSECOND=${upTo(60)}`)],
  [
    'positions of the hour',
    rrule(`FREQ=HOURLY;BYMINUTE=${upTo(60)};BYSECOND=${upTo(60)};BYSETPOS=${list(366, (i) => -1 - i)}`),
  ],
  [
    'a thousand exceptions',
    rrule(
      `DTSTART:20260101T000000\nRRULE:FREQ=MINUTELY\nEXDATE:${list(900, (i) => new Date(1.8e12 + i * 60_000).toISOString().slice(0, 19).replaceAll(/[-:]/g, ''))}`,
    ),
  ],
  [
    'many zones',
    rrule(
      `RRULE:FREQ=DAILY\n${Intl.supportedValuesOf('timeZone')
        .slice(0, 350)
        .map((zone) => `RDATE;TZID=${zone}:20300101T000000`)
        .join('\n')}`,
    ),
  ],
];

const filter = { $or: Array.from({ length: 95 }, (_, index) => ({ data: index + 1 })) };
const nestedFilter = { [`data${'.0'.repeat(60)}`]: 1 };
const task = (fields: object): object => ({ name: 'hostile', action: { type: 'noop' }, ...fields });

/** Tasks that an attacker may try to store. */
export const TASKS: readonly object[] = [
  ...TRIGGERS.map(([, trigger]) => task({ triggers: [trigger] })),
  ...TRIGGERS.map(([, trigger]) => task({ triggers: [trigger], calendars: exclude.slice(0, 4) })),
  ...TRIGGERS.map(([, trigger]) => task({ triggers: [trigger], calendars: shift })),
  task({ triggers: TRIGGERS.map(([, trigger]) => trigger) }),
  task({ triggers: Array.from({ length: 20 }, (_, i) => cron(`*/${1 + i} * * * * *`, ZONES[i % 6])) }),
  task({ triggers: Array.from({ length: 20 }, (_, i) => cron(`*/${1 + i} * * * * *`)), calendars: exclude }),
  task({ triggers: Array.from({ length: 20 }, () => ({ type: 'event', event: 'flood', filter })) }),
  task({ triggers: [{ type: 'event', event: 'flood', filter: nestedFilter }] }),
];

let nested: unknown = [{}];
for (let level = 0; level < 28; level++) nested = [{ 0: nested }];

/** Requests to each endpoint that computes with its input. */
export const REQUESTS: readonly HostileRequest[] = [
  { name: 'settings', line: 'PUT /v1/settings', body: { calendars: CALENDARS } },
  ...TRIGGERS.flatMap(([name, trigger]) => [
    { name: `preview of ${name}`, line: 'POST /v1/triggers/preview', body: { trigger, count: 1000 } },
    {
      name: `preview within calendars of ${name}`,
      line: 'POST /v1/triggers/preview',
      body: { trigger, count: 1000, calendars: exclude.slice(0, 4) },
    },
    {
      name: `preview moved by calendars of ${name}`,
      line: 'POST /v1/triggers/preview',
      body: { trigger, count: 1000, calendars: shift },
    },
  ]),
  ...TASKS.map((body, index) => ({ name: `task ${index}`, line: 'POST /v1/tasks', body })),
  {
    name: 'a batch of hashed triggers',
    line: 'POST /v1/tasks/batch',
    body: {
      tasks: Array.from({ length: 1000 }, (_, i) =>
        task({ triggers: Array.from({ length: 2 }, (__, j) => cron(`${i % 60} ${j} H H H/${1 + (i % 7)}`)) }),
      ),
    },
  },
  {
    name: 'a batch of rules',
    line: 'POST /v1/tasks/batch',
    body: {
      tasks: Array.from({ length: 300 }, (_, i) =>
        task({ triggers: [rrule(`FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;INTERVAL=${1 + i}`)] }),
      ),
    },
  },
  { name: 'an event of zeros', line: 'POST /v1/triggers/events/flood', body: Array.from({ length: 500_000 }, () => 0) },
  { name: 'a nested event', line: 'POST /v1/triggers/events/flood', body: nested },
  {
    name: 'an event of many members',
    line: 'POST /v1/triggers/events/flood',
    body: Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`m${i}`, 0])),
  },
  {
    name: 'many unknown members',
    line: 'POST /v1/tasks',
    body: Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`m${i}`, 0])),
  },
  {
    name: 'many wrong tags',
    line: 'POST /v1/tasks',
    body: task({ triggers: [{ type: 'manual' }], tags: Array.from({ length: 400_000 }, () => 0) }),
  },
  {
    name: 'many braces',
    line: 'POST /v1/tasks',
    body: task({
      triggers: [{ type: 'manual' }],
      action: { type: 'http', method: 'POST', url: 'https://example.org/', body: '{{'.repeat(300_000) },
    }),
  },
  {
    name: 'many placeholders',
    line: 'POST /v1/tasks',
    body: task({
      triggers: [{ type: 'manual' }],
      action: { type: 'http', method: 'POST', url: 'https://example.org/', body: '{{run.id}}'.repeat(90_000) },
    }),
  },
  { name: 'a forecast', line: 'GET /v1/forecast?hours=168' },
  { name: 'a forecast of another plan', line: 'POST /v1/forecast', body: { hours: 168, without: { tags: ['x'] } } },
  { name: 'clock changes', line: 'GET /v1/clock-changes?days=400' },
  { name: 'what needs attention', line: 'GET /v1/attention' },
  { name: 'coming runs of a later time', line: 'GET /v1/tasks/:task/next-runs?count=1000&from=2031-01-01T00:00:00Z' },
  { name: 'coming runs', line: 'GET /v1/tasks/:task/next-runs?count=1000' },
  { name: 'an explanation', line: 'GET /v1/tasks/:task/explain?at=2031-01-01T00:00:00Z' },
  { name: 'the ledger', line: 'GET /v1/tasks/:task/occurrences?from=1990-01-01T00:00:00Z&to=2090-01-01T00:00:00Z' },
  {
    name: 'a backfill',
    line: 'POST /v1/tasks/:task/backfill',
    body: { from: '1990-01-01T00:00:00Z', to: '2090-01-01T00:00:00Z', dryRun: true },
  },
];

const number = fc.integer({ min: 0, max: 70 }).map(String);
const item = fc.oneof(
  { weight: 4, arbitrary: number },
  fc.constantFrom('*', 'H', 'L', 'LW', '15W', '5#2', 'FRIL', '?', 'H/7', '*/2', 'H(1-9)'),
  fc.tuple(number, number).map(([a, b]) => `${a}-${b}`),
  fc.tuple(number, number).map(([a, b]) => `H(${a}-${b})/${b}`),
);
const field = fc.array(item, { minLength: 1, maxLength: 60 }).map((items) => items.join(','));
const expression = fc.array(field, { minLength: 5, maxLength: 7 }).map((fields) => fields.join(' ').slice(0, 1000));
const numbers = (min: number, max: number) =>
  fc.array(fc.integer({ min, max }), { minLength: 1, maxLength: 80 }).map((values) => values.join(','));
const ruleText = fc
  .tuple(
    fc.constantFrom('YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'),
    fc.record(
      {
        INTERVAL: fc.integer({ min: 1, max: 1_000_000 }).map(String),
        COUNT: fc.integer({ min: 1, max: 100_000 }).map(String),
        BYMONTH: numbers(1, 12),
        BYMONTHDAY: numbers(-31, 31),
        BYDAY: fc
          .array(fc.constantFrom('MO', 'TU', 'SU', '5FR', '-1SA'), { minLength: 1 })
          .map((days) => days.join(',')),
        BYHOUR: numbers(0, 23),
        BYMINUTE: numbers(0, 59),
        BYSECOND: numbers(0, 59),
        BYSETPOS: numbers(-366, 366),
      },
      { requiredKeys: [] },
    ),
    fc.boolean(),
  )
  .map(([frequency, parts, old]) => {
    const text = [`FREQ=${frequency}`, ...Object.entries(parts).map(([name, value]) => `${name}=${value}`)].join(';');
    return old ? `DTSTART:19010203T040506\nRRULE:${text}` : text;
  });
const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
const randomTrigger = fc.oneof(
  fc.record({ type: fc.constant('cron'), expression, timeZone: zone }),
  fc.record({ type: fc.constant('rrule'), rule: ruleText, timeZone: zone }),
);
const uses = fc
  .subarray(exclude, { maxLength: 10 })
  .chain((names) => fc.tuple(...names.map((name) => fc.constantFrom<unknown>(name, { name, mode: 'shift' }))));

/** Previews of random triggers within random calendars. */
export const randomRequests = (seed: number, count: number): HostileRequest[] =>
  fc
    .sample(fc.record({ trigger: randomTrigger, calendars: uses }), { seed, numRuns: count })
    .map(({ trigger, calendars }, index) => ({
      name: `random preview ${index}`,
      line: 'POST /v1/triggers/preview',
      body: { trigger, calendars, count: 1000 },
    }));
