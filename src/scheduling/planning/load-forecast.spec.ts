import { describe, expect, it } from '@jest/globals';
import { aTask, T0 } from '../../../test/support/builders.js';
import type { TaskDefinition } from '../../domain/task-definition.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { LoadForecast } from './load-forecast.js';
import { newTask } from './task-changes.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const resolver = new TriggerResolver();
const cron = (expression: string): TaskDefinition['triggers'] => [{ type: 'cron', expression, timeZone: 'UTC' }];

function forecast(definitions: Partial<TaskDefinition>[], from = T0) {
  const load = new LoadForecast(from, from + HOUR);
  for (const [index, definition] of definitions.entries()) {
    const task = newTask(aTask({ id: `task-${index}`, definition }), resolver, T0);
    load.add(task, resolver.timetableOf(task));
  }
  return load;
}
const starts = (load: LoadForecast) => load.byStretch().reduce((sum, minute) => sum + minute.starts, 0);

describe('the forecast of load', () => {
  it('adds up starts by minute', () => {
    const load = forecast([
      { triggers: cron('30 * * * *') },
      { triggers: cron('*/30 * * * *') },
      { triggers: cron('0 0 1 1 *') },
    ]);
    expect(load.byStretch()).toEqual([{ at: T0 + 30 * MINUTE, starts: 2 }]);
    expect(load.hotSeconds()).toEqual([]);
  });

  it('counts what is due often by the minute, and no more runs than a task has left', () => {
    const load = forecast([{ triggers: cron('* * * * * *') }]);
    expect(load.byStretch()).toHaveLength(60);
    expect(load.byStretch()[1]).toEqual({ at: T0 + MINUTE, starts: 60 });
    expect(starts(load)).toBe(3599);
    expect(starts(forecast([{ triggers: cron('* * * * * *'), maxRuns: 900 }]))).toBe(900);
    expect(starts(forecast([{ triggers: cron('* * * * *'), maxRuns: 7 }]))).toBe(7);
  });

  it('takes what is overdue for one start at once', () => {
    const load = forecast([{ triggers: cron('0,30 * * * *') }], T0 + 3 * HOUR + 1);
    expect(load.byStretch()).toEqual([
      { at: T0 + 3 * HOUR, starts: 1 },
      { at: T0 + 3 * HOUR + 30 * MINUTE, starts: 1 },
      { at: T0 + 4 * HOUR, starts: 1 },
    ]);
  });

  it('names the seconds that a spread would relieve, and by how much', () => {
    const crowd = Array.from({ length: 60 }, () => ({ triggers: cron('30 * * * *') }));
    const [hot, ...others] = forecast([
      ...crowd,
      ...crowd.slice(0, 5).map((task) => ({ ...task, spreadMs: 1 })),
    ]).hotSeconds();
    expect(others).toEqual([]);
    expect(hot).toMatchObject({ at: T0 + 30 * MINUTE, starts: 65, suggestedSpreadMs: 12_000 });
    expect(hot!.tasks).toHaveLength(20);
    const relieved = forecast(crowd.map((task) => ({ ...task, spreadMs: hot!.suggestedSpreadMs })));
    expect(relieved.hotSeconds()).toEqual([]);
    expect(starts(relieved)).toBe(60);
  });

  it('suggests no spread that reaches the next occurrence', () => {
    const busy = Array.from({ length: 100 }, () => ({ triggers: cron('*/10 30,31 * * * *') }));
    expect(forecast(busy).hotSeconds()[0]!.suggestedSpreadMs).toBe(9000);
  });
});
