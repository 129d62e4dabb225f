import { expect, it } from 'vitest';
import { concernsOf } from './attention.ts';

const totals = { starts: 0, succeeded: 9, failed: 0, timed_out: 0, cancelled: 0, skipped: 0, missed: 0 };
const healthy = {
  stats: { tasks: { active: 1, paused: 0 }, lastHour: totals },
  instances: { missing: [], items: [{ alive: true, works: true, saturated: false }] },
  queues: { items: [] },
  forecast: { hotSeconds: [] },
};
const of = (change: object) => concernsOf({ ...healthy, ...change } as never).map(({ id }) => id);

it('a healthy organization has no concerns, nor one of which nothing is known', () => {
  expect(of({})).toEqual([]);
  expect(concernsOf({})).toEqual([]);
});

it('what starts nothing comes before what failed, and that before what is paused', () => {
  const item = (severity: string, kind: string) => ({ kind, severity, taskId: 't', sentence: kind });
  const attention = { items: [item('notice', 'ending'), item('critical', 'overdue'), item('warning', 'failing')] };
  const stats = { tasks: { active: 1, paused: 2 }, lastHour: { ...totals, failed: 1, missed: 3 } };
  const instances = { missing: [{ kind: 'handler', name: 'mail', tasks: 2 }], items: [{ alive: false, works: true }] };
  expect(of({ stats, instances, attention })).toEqual([
    ...['nobody', 'overdue t', 'missing handler mail', 'failed', 'missed', 'failing t', 'paused', 'ending t'],
  ]);
});

it('a concern names the task that it is about', () => {
  const sentence = 'The last 3 runs failed or timed out.';
  const items = [
    { kind: 'failing', severity: 'warning', taskId: 't', name: 'nightly report', sentence },
    { kind: 'instance', severity: 'warning', sentence: 'An instance has stopped.' },
  ];
  const [first, second] = concernsOf({ ...healthy, attention: { items } } as never);
  expect(first).toMatchObject({ name: 'nightly report', sentence, params: { id: 't' } });
  expect(second).not.toHaveProperty('name');
});

it.each([
  ['clock-change', 'notice', '/forecast'],
  ['audit', 'critical', '/audit'],
  ['quota', 'warning', '/instances'],
  ['pool', 'warning', '/instances'],
  ['instance', 'critical', '/instances'],
])('a concern of the kind %s leads to where something can be done', (kind, severity, to) => {
  const items = [{ kind, severity, sentence: 'It is so.' }];
  const tone = severity === 'critical' ? 'bad' : 'odd';
  expect(concernsOf({ ...healthy, attention: { items } } as never)).toMatchObject([{ tone, to }]);
});
