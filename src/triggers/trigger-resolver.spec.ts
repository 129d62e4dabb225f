import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { aTask, onEvent, T0 } from '../../test/support/builders.js';
import { InvalidInputError } from '../domain/errors.js';
import type { TaskDefinition } from '../domain/task-definition.js';
import type { Trigger } from '../domain/trigger.js';
import { listed } from '../../test/support/listed-timetable.js';
import { TriggerResolver } from './trigger-resolver.js';
import { upcoming } from '../../test/support/upcoming.js';
import type { TriggerType } from './trigger-type.js';
import { TriggerTypes } from './trigger-types.js';
import { UnknownTriggerTypeError } from './unknown-trigger-type.error.js';

const MINUTE = 60_000;
const resolver = new TriggerResolver();
const cron = (expression: string, timeZone = 'UTC'): Trigger => ({ type: 'cron', expression, timeZone });
const once = (at: number): Trigger => ({ type: 'once', at: new Date(at).toISOString() });
const taskWith = (triggers: TaskDefinition['triggers'], since = T0) =>
  aTask({ definition: { triggers }, since, createdAt: T0 });

function faultsOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.faults.map(({ pointer }) => pointer);
    throw error;
  }
  return [];
}

describe('calculateNextExecution', () => {
  it('takes the soonest of several triggers, and what is due together once', () => {
    const task = taskWith([cron('*/2 * * * *'), cron('*/3 * * * *'), { type: 'manual' }, onEvent('x')]);
    const runs = upcoming(resolver.timetableOf(task), T0, 5).map(({ at }) => (at - T0) / MINUTE);
    expect(runs).toEqual([2, 3, 4, 6, 8]);
    expect(resolver.timetableOf(task).count(T0, T0 + 12 * MINUTE)).toBe(8);
  });

  it('counts nothing at or before the task’s since, except an instant asked for by name', () => {
    const since = T0 + 10 * MINUTE;
    expect(resolver.calculateNextExecution(taskWith([cron('* * * * *')], since), 0)).toEqual({ at: since + MINUTE });
    expect(resolver.calculateNextExecution(taskWith([once(T0 - MINUTE)], since), 0)).toEqual({ at: T0 - MINUTE });
    expect(resolver.calculateNextExecution(taskWith([once(T0)], since), T0)).toBeNull();
  });

  it('keeps the series of an interval apart for tasks created at different instants', () => {
    const interval: Trigger = { type: 'interval', everyMs: MINUTE };
    const later = aTask({ definition: { triggers: [interval] }, since: T0 + 7, createdAt: T0 + 7 });
    expect(resolver.calculateNextExecution(taskWith([interval]), T0)).toEqual({ at: T0 + MINUTE });
    expect(resolver.calculateNextExecution(later, T0)).toEqual({ at: T0 + 7 + MINUTE });
  });

  it('is null for a task that time does not drive', () => {
    expect(resolver.calculateNextExecution(taskWith([{ type: 'manual' }, onEvent('x')]), T0)).toBeNull();
  });

  it('takes a kind of trigger that was registered', () => {
    const tides: TriggerType = {
      type: 'sea:tides',
      schema: z.strictObject({ type: z.literal('sea:tides') }),
      timetable: () => listed([T0 + 5, T0 + 9]),
      describe: () => 'By the tides',
    };
    const own = new TriggerResolver(new TriggerTypes([tides]));
    const task = taskWith([{ type: 'sea:tides' }]);
    expect(own.calculateNextExecution(task, T0 + 5)).toEqual({ at: T0 + 9 });
    expect(() => resolver.timetableOf(task)).toThrow(UnknownTriggerTypeError);
    expect([own.knows(task), resolver.knows(task)]).toEqual([true, false]);
  });
});

describe('evaluateEventTriggers', () => {
  const event = { id: 'e', type: 'test-completion', data: { status: 'failed', runs: 3 }, receivedAt: T0 };
  const started = (...tasks: ReturnType<typeof aTask>[]) => resolver.evaluateEventTriggers(event, tasks);

  it('starts the active tasks whose filter the event matches, each once', () => {
    const any = taskWith([onEvent('test-completion'), onEvent('test-completion', { 'data.runs': 3 })]);
    const matching = taskWith([cron('* * * * *'), onEvent('test-completion', { 'data.status': 'failed' })]);
    const other = taskWith([onEvent('test-completion', { 'data.status': 'passed' })]);
    const elsewhere = taskWith([onEvent('test-start')]);
    expect(started(any, other, matching, elsewhere)).toEqual([any, matching]);
  });

  it.each(['paused', 'completed'] as const)('starts no task that is %s', (state) => {
    expect(started({ ...taskWith([onEvent('test-completion')]), state })).toEqual([]);
  });

  it('starts the others when data breaks the comparison of one', () => {
    const hostile = { ...event, data: [{ toString: null }] };
    const compares = taskWith([onEvent('test-completion', { data: { $gt: [{ a: 1 }] } })]);
    const plain = taskWith([onEvent('test-completion')]);
    expect(resolver.evaluateEventTriggers(hostile, [compares, plain])).toEqual([plain]);
  });
});

describe('check', () => {
  it('points at each trigger that is wrong', () => {
    const triggers = [
      cron('bad'),
      { type: 'manual' },
      cron('* * * * *', 'Nowhere'),
      onEvent('x', { $where: '1' }),
      { type: 'sea:tides' },
      7,
      { type: 'rrule', rule: 'FREQ=DAILY', x: 1 },
    ];
    const { triggers: good, faults } = resolver.check(triggers, T0);
    expect(good).toEqual([{ type: 'manual' }]);
    expect(faults.map(({ pointer }) => pointer)).toEqual([
      '/0/expression',
      '/2/timeZone',
      '/3/filter/$where',
      '/4/type',
      '/5',
      '/6/x',
    ]);
    expect(faults[3]?.detail).toBe('must be one of cron, interval, once, rrule, event, manual');
  });
});

describe('preview', () => {
  it('shows the coming instants, marked where a clock change moved them, and says it in words', () => {
    const trigger = { type: 'cron', expression: '30 2 * * *', timeZone: 'Europe/Berlin' };
    expect(resolver.preview(trigger, Date.parse('2027-03-27T12:00:00Z'), 2)).toEqual({
      runs: [
        { at: Date.parse('2027-03-28T01:00:00Z'), shifted: true, local: '2027-03-28T03:00:00+02:00' },
        { at: Date.parse('2027-03-29T00:30:00Z'), local: '2027-03-29T02:30:00+02:00' },
      ],
      leftOut: [],
      description: 'At 02:30, every day, in the time zone Europe/Berlin',
    });
  });

  it('excludes the instant that it starts from', () => {
    const runs = (trigger: object, from: number) => resolver.preview(trigger, from, 3).runs.map(({ at }) => at - T0);
    expect(runs({ type: 'interval', everyMs: 1000 }, T0)).toEqual([1000, 2000, 3000]);
    expect(runs({ type: 'once', at: '2027-01-04T09:00:00Z' }, T0)).toEqual([]);
    expect(runs({ type: 'once', at: '2027-01-04T09:00:00Z' }, T0 - 1)).toEqual([0]);
  });

  it('shows nothing where time does not drive it, and nothing when nothing is asked for', () => {
    expect(resolver.preview({ type: 'manual' }, T0, 5).runs).toEqual([]);
    expect(resolver.preview({ type: 'event', event: 'x' }, T0, 5).runs).toEqual([]);
    expect(resolver.preview({ type: 'interval', everyMs: 1 }, T0, 0).runs).toEqual([]);
  });

  it.each<[string, unknown, string[]]>([
    ['no object', null, ['']],
    ['no type', {}, ['/type']],
    ['an unknown type', { type: 'moon' }, ['/type']],
    ['an unknown member', { type: 'manual', x: 1 }, ['/x']],
    ['a wrong expression', { type: 'cron', expression: '* * *' }, ['/expression']],
    ['a wrong zone', { type: 'cron', expression: '* * * * *', timeZone: 'Nowhere' }, ['/timeZone']],
    ['a day that does not exist', { type: 'once', at: '2027-02-30T00:00:00Z' }, ['/at']],
    ['a filter that is not a query', { type: 'event', event: 'x', filter: { $or: [] } }, ['/filter/$or']],
  ])('points at %s', (_, trigger, pointers) => {
    expect(faultsOf(() => resolver.preview(trigger, T0, 1))).toEqual(pointers);
  });
});
