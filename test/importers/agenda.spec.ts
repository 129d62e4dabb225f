import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createConnection, mongo } from 'mongoose';
import { jobsInText } from '../../src/importers/agenda/export-text.js';
import { humanInterval } from '../../src/importers/agenda/human-interval.js';
import { readJobs } from '../../src/importers/agenda/jobs.js';
import { jobsIn } from '../../src/importers/agenda/mongo-source.js';
import { withoutDays } from '../../src/importers/agenda/skipped-days.js';
import { checkedReading } from '../../src/importers/checked.js';
import { lendDatabase } from '../conformance/mongo-databases.js';

const TEXT = readFileSync(`${import.meta.dirname}/fixtures/agenda.json`, 'utf8');
/** What versions of Agenda wrote, in Extended JSON. */
const WRITTEN = JSON.parse(TEXT) as Record<string, object[]>;
const NOW = Date.parse('2026-12-01T00:00:00Z');
const OPTIONS = { timeZone: 'Europe/Paris' };
const read = (jobs: unknown[]) => readJobs(jobs, OPTIONS, NOW);

function checkSix(jobs: unknown[]) {
  const { tasks, leftOut } = read(jobs);
  expect(tasks.map(({ input, pausedFor }) => [input.name, input.triggers[0], pausedFor])).toEqual([
    [
      'nightly',
      { type: 'cron', expression: '30 2 * * *', timeZone: 'Europe/Berlin', dst: { gap: 'shift', fold: 'first' } },
      undefined,
    ],
    ['poll', { type: 'interval', everyMs: 300_000, anchorAt: '2026-11-29T14:12:00.895Z' }, 'disabled in Agenda'],
    [
      'weekdays',
      { type: 'cron', expression: '0 9 * * *', timeZone: 'Asia/Tokyo', dst: { gap: 'shift', fold: 'first' } },
      undefined,
    ],
    ['at', { type: 'cron', expression: '30 15 * * *', timeZone: 'Europe/Paris' }, undefined],
    ['once', { type: 'once', at: '2099-01-01T00:00:00.000Z' }, undefined],
  ]);
  expect(tasks[0]!.input).toMatchObject({ action: { name: 'nightly' }, parameters: { pages: 12 }, priority: 5 });
  expect(tasks[3]!.input.priority).toBe(7);
  expect(leftOut).toEqual([expect.objectContaining({ where: 'now', reason: expect.stringContaining('was due once') })]);
  expect(checkedReading({ tasks, leftOut: [], remarks: [] }, 'agenda', '', NOW).leftOut).toEqual([]);
}

function checkFour(jobs: unknown[]) {
  const { tasks, leftOut } = read(jobs);
  expect(tasks.map(({ input }) => [input.name, input.parameters])).toEqual([
    ['nightly', { pages: 12 }],
    ['poll', { data: [1, 2] }],
  ]);
  expect(leftOut).toEqual([
    expect.objectContaining({ where: 'unique', reason: expect.stringContaining('skips days') }),
  ]);
}

describe('an export of a collection', () => {
  it('is read as Agenda 6 writes it', () => checkSix(WRITTEN['6.2.6']!));
  it('is read as Agenda 4 writes it', () => checkFour(WRITTEN['4.4.0']!));

  it('may be an array or a job a line, of which broken ones keep out no other', () => {
    const lines = WRITTEN['6.2.6']!.map((job) => JSON.stringify(job));
    expect(jobsInText(JSON.stringify(WRITTEN['6.2.6']))).toEqual(WRITTEN['6.2.6']);
    const { tasks, leftOut } = read(jobsInText(['{broken', ...lines, '7', '{"name": ""}'].join('\n')));
    expect([tasks.length, leftOut.length]).toEqual([5, 4]);
  });
});

const servers = process.env['MONGODB_URI'] === undefined ? describe.skip : describe;
servers('a collection in MongoDB', () => {
  const lent = lendDatabase(process.env['MONGODB_URI'] ?? '');
  afterAll(async () => (await lent).giveBack());

  it('is read as its documents are', async () => {
    const { url } = await lent;
    const connection = await createConnection(url).asPromise();
    const documents = mongo.BSON.EJSON.parse(TEXT) as Record<string, object[]>;
    await connection.collection('six').insertMany(documents['6.2.6']!);
    await connection.collection('four').insertMany(documents['4.4.0']!);
    await connection.close();
    checkSix(await jobsIn(url, 'six'));
    checkFour(await jobsIn(url, 'four'));
    expect(await jobsIn(url, 'none')).toEqual([]);
  });
});

describe('an interval in words', () => {
  // As the npm package human-interval 2.0.1 answers.
  it.each([
    ['5 minutes', 300_000],
    ['one minute', 60_000],
    ['1.5 hours', 5_400_000],
    ['twenty five seconds', 25_000],
    ['twenty-five seconds', 25_000],
    ['3 minutes and 30 seconds', 210_000],
    ['1 hour, 2 minutes', 3_720_000],
    ['minute', 60_000],
    ['hours', 3_600_000],
    ['2 weeks', 1_209_600_000],
    ['1 month', 2_592_000_000],
    ['one year', 31_536_000_000],
    ['ninety seconds', 90_000],
    ['1day', 86_400_000],
    ['2 hours 30 minutes', 9_000_000],
    ['forty two minutes', 2_520_000],
  ])('%s are %d ms', (text, ms) => {
    expect(humanInterval(text)).toBe(ms);
  });

  // It takes these for nothing, for no interval, or for a part of what they say.
  it.each([
    'a minute',
    'half a day',
    'zero days',
    '0 seconds',
    '-5 minutes',
    '5 Minutes',
    '5 mins',
    'three and a half minutes',
    'every 5 minutes',
    'monday',
    '',
  ])('%s is left out', (text) => {
    expect(() => humanInterval(text)).toThrow('has the interval');
  });
});

describe('days to skip', () => {
  it.each([
    ['0 9 * * *', [0, 6], '0 9 * * 1,2,3,4,5'],
    ['0 9,17 * * *', [3], '0 9,17 * * 0,1,2,4,5,6'],
    ['0 9 * * 1,2,3,4,5', [3], '0 9 * * 1,2,4,5'],
  ])('%s without %j is %s', (expression, days, expected) => {
    expect(withoutDays(expression, days)).toBe(expected);
  });

  it.each([
    ['0 9 * * 0', [0]],
    ['0 9 1 * *', [0, 6]],
    ['0 9 * * 1,3,5', [5]],
    ['0 9 * * *', [0, 1, 2, 3, 4, 5, 6]],
  ])('%s without %j has no equivalent', (expression, days) => {
    expect(() => withoutDays(expression, days)).toThrow('moves runs');
  });
});

describe('a job', () => {
  const job = (members: object) => read([{ name: 'x', nextRunAt: { $date: '2099-01-01T00:00:00Z' }, ...members }]);

  it.each([
    [{ repeatInterval: 'now and then' }, 'has the interval'],
    [{ repeatInterval: '0 0 L * 1' }, 'an L beside'],
    [{ repeatInterval: '5 minutes', skipDays: [0] }, 'skips days'],
    [{ repeatAt: 'noon' }, 'no plain time of the day'],
    [{ repeatAt: '3' }, 'no plain time of the day'],
    [{ repeatAt: '25:00' }, 'no plain time of the day'],
    [{ nextRunAt: 'whenever' }, 'no instant'],
    [{ data: JSON.parse('{"a":'.repeat(90) + '1' + '}'.repeat(90)) as object }, 'too deeply'],
  ])('with %j is left out', (members, reason) => {
    expect(job(members).leftOut[0]?.reason).toContain(reason);
  });

  it.each([
    ['3:30pm', '30 15 * * *'],
    ['12:00am', '0 0 * * *'],
    ['at 8:05 am', '5 8 * * *'],
    ['15:30', '30 15 * * *'],
  ])('that repeats at %s is %s', (repeatAt, expression) => {
    expect(job({ repeatAt }).tasks[0]!.input.triggers[0]).toMatchObject({ expression });
  });

  it('that is over is counted, and not listed', () => {
    const reading = read([{ name: 'x', nextRunAt: null }]);
    expect([reading.tasks, reading.leftOut, reading.remarks]).toEqual([[], [], [expect.stringContaining(': 1;')]]);
  });

  it('keeps its order of priority', () => {
    const priorities = [-20, 'low', 0, 'high', 20].map((priority) => job({ priority }).tasks[0]!.input.priority);
    expect(priorities).toEqual([1, 3, 5, 7, 9]);
  });

  it('tells what is left out of it', () => {
    expect(job({ unique: { a: 1 }, fork: true, failCount: 3 }).tasks[0]!.differences).toEqual([
      'Left out of it: unique, fork.',
    ]);
  });
});
