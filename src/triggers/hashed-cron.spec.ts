import { describe, expect, it } from '@jest/globals';
import { aTask } from '../../test/support/builders.js';
import { parseCron } from './cron-fields.js';
import { choiceOf } from './cron/hashed-choice.js';
import { TriggerResolver } from './trigger-resolver.js';
import { cronTriggerType } from './types/cron.trigger.js';

const SEEDS = Array.from({ length: 600 }, (_, index) => `task-${index}`);
const fields = (expression: string, seed: string) => parseCron(expression, choiceOf(seed));
const next = (expression: string, seed: string) =>
  cronTriggerType.timetable({ type: 'cron', expression, timeZone: 'UTC' }, { createdAt: 0, seed })!.next(0)!.at;

describe('H', () => {
  it('is the same for a task each time, and another for others', () => {
    expect(next('H H * * *', 'a')).toBe(next('H H * * *', 'a'));
    expect(new Set(SEEDS.map((seed) => next('H H H * * *', seed))).size).toBeGreaterThan(590);
    // A task keeps its times from one release to the next.
    expect(new Date(next('H H * * *', 'task-1')).toISOString()).toBe('1970-01-01T17:36:00.000Z');
  });

  it('leaves an expression without it alone', () => {
    expect(next('5 0 * MARCH THURSDAY', 'a')).toBe(next('5 0 * MARCH THURSDAY', 'b'));
  });

  it('spreads tasks evenly over all values of the field, each field for itself', () => {
    const counts = new Map<number, number>();
    for (const seed of SEEDS) {
      const [hour] = fields('H H * * *', seed).hours;
      counts.set(hour!, (counts.get(hour!) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, hour) => hour));
    expect(Math.max(...counts.values())).toBeLessThan(50);
    expect(
      SEEDS.filter((seed) => fields('H H * * *', seed).minutes[0] === fields('H H * * *', seed).hours[0]).length,
    ).toBeLessThan(40);
  });

  it('keeps to its range, and steps from a place within the step', () => {
    for (const seed of SEEDS) {
      expect(fields('H(10-12) * * * *', seed).minutes.every((minute) => minute >= 10 && minute <= 12)).toBe(true);
      const { minutes } = fields('H/15 * * * *', seed);
      expect(minutes).toEqual([0, 15, 30, 45].map((minute) => minute + (minutes[0]! % 15)));
      const within = fields('H(20-40)/10 * * * *', seed).minutes;
      expect(
        within.every((minute, index) => minute >= 20 && minute <= 40 && minute % 10 === within[0]! % 10 && index < 3),
      ).toBe(true);
      expect([22, 23, 0, 1]).toContain(fields('0 H(22-1) * * *', seed).hours[0]);
      expect(fields('H/100 * * * *', seed).minutes).toHaveLength(1);
      expect(fields('0 0 1 H(JAN-MAR) *', seed).months.size).toBe(1);
    }
  });

  it('of the day of month stays within the days of every month', () => {
    const days = SEEDS.map((seed) => new Date(next('0 0 H * *', seed)).getUTCDate());
    expect(Math.max(...days)).toBe(28);
    expect(Math.min(...days)).toBe(1);
  });

  it('of the day of week and of the month takes each of them', () => {
    const daysOf = (seed: string) => new Date(next('0 0 * * H', seed)).getUTCDay();
    expect(new Set(SEEDS.map(daysOf)).size).toBe(7);
    expect(new Set(SEEDS.flatMap((seed) => [...fields('0 0 1 H *', seed).months])).size).toBe(12);
  });

  it('belongs to the id of the task, and a preview shows the times of none in particular', () => {
    const resolver = new TriggerResolver();
    const triggers = [{ type: 'cron' as const, expression: 'H H H * * *', timeZone: 'UTC' }];
    const times = ['a', 'b'].map((id) => {
      const task = aTask({ id, definition: { triggers }, since: 0, createdAt: 0 });
      return resolver.calculateNextExecution(task, 0)?.at;
    });
    expect(times).toEqual([next('H H H * * *', 'a'), next('H H H * * *', 'b')]);
    expect(times[0]).not.toBe(times[1]);
    expect(resolver.preview(triggers[0], 0, 3).runs).toEqual(resolver.preview(triggers[0], 0, 3).runs);
  });

  it('with a year may leave a task nothing to do, which is no fault', () => {
    const table = cronTriggerType.timetable(
      { type: 'cron', expression: '0 H H 1 1 ? 2020', timeZone: 'UTC' },
      { createdAt: Date.UTC(2021, 0, 1), seed: 'a' },
    )!;
    expect(table.next(Date.UTC(2021, 0, 1))).toBeNull();
  });
});
