import { expect, it } from 'vitest';
import { retryWords, selectorOf, steadyPart } from './failures.model.ts';

it('what differs from failure to failure selects nothing', () => {
  expect(steadyPart('connect ECONNREFUSED 127.0.0.1:9')).toBe('connect ECONNREFUSED');
  expect(steadyPart('order "A-17" was not found in warehouse 12')).toBe('was not found in warehouse');
  expect(steadyPart('run 01a22a1b-fc21-7cd2-9514-93177b5507cc')).toBeUndefined();
  expect(steadyPart('')).toBeUndefined();
});

it('says how many that are not mended it retries', () => {
  const words = (unmended: number, known: number): string =>
    retryWords({ unmended, unmendedRuns: Array.from({ length: known }, String) });
  expect(words(1, 1)).toBe('Retry the one that is not mended…');
  expect(words(3, 3)).toBe('Retry the 3 that are not mended…');
  expect(words(1200, 50)).toBe('Retry the newest 50 of 1,200 that are not mended…');
});

it('a class of one task selects that task', () => {
  const one = { code: 'http-503', message: 'Service Unavailable', tasks: [{ id: 'a', name: 'A', count: 3 }] };
  const range = ['2030-01-01T00:00:00Z', '2030-01-02T00:00:00Z'] as const;
  const selector = (change: object) => selectorOf({ ...one, moreTasks: 0, ...change } as never, ...range);
  expect(selector({})).toEqual({
    ...{ code: 'http-503', text: 'Service Unavailable', taskId: 'a', from: range[0], to: range[1] },
  });
  expect(selector({ moreTasks: 1 })).not.toHaveProperty('taskId');
});
