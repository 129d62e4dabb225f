import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Freshness, shownBy } from './told.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('what changes now and then is read anew at once', () => {
  const renewed: string[][] = [];
  const freshness = new Freshness((keys) => renewed.push([...keys]));
  freshness.want(['runs']);
  expect(renewed).toEqual([['runs']]);
  vi.advanceTimersByTime(60_000);
  expect(renewed).toHaveLength(1);
  freshness.want(['runs']);
  expect(renewed).toHaveLength(2);
});

it('what changes all the time is read anew every two seconds, and what costs more every five', () => {
  const counts: Record<string, number> = {};
  const freshness = new Freshness((keys) => {
    for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  });
  for (let ms = 0; ms < 59_900; ms += 100) {
    freshness.want(['runs', 'series']);
    vi.advanceTimersByTime(100);
  }
  expect(counts).toEqual({ runs: 30, series: 12 });
  freshness.end();
});

it('the last change is shown, too', () => {
  let count = 0;
  const freshness = new Freshness(() => count++);
  freshness.want(['runs']);
  freshness.want(['runs']);
  expect(count).toBe(1);
  vi.advanceTimersByTime(2000);
  expect(count).toBe(2);
});

it('names of tasks are read anew when tasks change, and not with every run', () => {
  expect(shownBy('tasks')).toContain('task-names');
  expect(shownBy('runs')).not.toContain('task-names');
});

it('each change is in the trail, figures are not, and what is not known is nothing', () => {
  expect(shownBy('tasks')).toContain('audit');
  expect(shownBy('stats')).not.toContain('audit');
  expect(shownBy('constructor')).toEqual([]);
});
