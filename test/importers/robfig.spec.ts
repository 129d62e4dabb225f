import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { robfigTrigger } from '../../src/importers/cron/robfig-expression.js';
import { TriggerResolver } from '../../src/triggers/trigger-resolver.js';

interface Row {
  schedule: string;
  timeZone: string;
  from: string;
  runs: string[];
}

/** What github.com/robfig/cron 3.0.1 itself answers for random schedules around clock changes, one a line. */
const rows = readFileSync(`${import.meta.dirname}/fixtures/robfig-cron-3.0.1.jsonl`, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row);
const resolver = new TriggerResolver();

it('fires when the library of Kubernetes does', () => {
  const ours = rows.map(({ schedule, timeZone, from, runs }) => {
    const trigger = robfigTrigger(schedule, timeZone);
    const { runs: found } = resolver.preview(trigger, Date.parse(from), runs.length);
    const times = found.map(({ at }) => new Date(at).toISOString().replace(':00.000Z', 'Z'));
    return { schedule, timeZone, from, runs: times };
  });
  expect(ours).toEqual(rows);
});

it.each([
  ['CRON_TZ=Asia/Tokyo 0 9 * * *', { expression: '0 9 * * *', timeZone: 'Asia/Tokyo' }],
  ['TZ=UTC @daily', { expression: '@daily', timeZone: 'UTC' }],
])('takes the zone from %s', (schedule, trigger) => {
  expect(robfigTrigger(schedule, 'Europe/Berlin')).toMatchObject(trigger);
});

it.each(['0 0 * * 7', '0 0 * * * *', '@reboot', '0 0 L * *', '0 0 * * 5-2', 'every day', '0 0 0 * *'])(
  'refuses %s, as the library does',
  (schedule) => {
    expect(() => robfigTrigger(schedule, 'UTC')).toThrow();
  },
);
