import { expect, it } from 'vitest';
import { selectorOf, steadyPart } from './failures.model.ts';

it('what differs from failure to failure selects nothing', () => {
  expect(steadyPart('connect ECONNREFUSED 127.0.0.1:9')).toBe('connect ECONNREFUSED');
  expect(steadyPart('order "A-17" was not found in warehouse 12')).toBe('was not found in warehouse');
  expect(steadyPart('run 01a22a1b-fc21-7cd2-9514-93177b5507cc')).toBeUndefined();
  expect(steadyPart('')).toBeUndefined();
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
