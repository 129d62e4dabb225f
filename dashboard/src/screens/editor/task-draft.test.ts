import { expect, it } from 'vitest';
import { isBlank, NEW_TASK } from './task-draft.ts';

it('a new task is blank until it has a name and what its action needs', () => {
  expect(isBlank(NEW_TASK)).toBe(true);
  expect(isBlank({ ...NEW_TASK, name: 'a' })).toBe(true);
  expect(isBlank({ ...NEW_TASK, name: 'a', action: { type: 'http', url: 'https://example.com' } })).toBe(false);
  expect(isBlank({ ...NEW_TASK, name: 'a', action: { type: 'noop' } })).toBe(false);
});
