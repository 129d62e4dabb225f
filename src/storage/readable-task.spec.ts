import { describe, expect, it } from '@jest/globals';
import { aTask } from '../../test/support/builders.js';
import { readableTask } from './readable-task.js';

describe('readableTask', () => {
  it.each([
    [true, 'callback'],
    [false, 'response'],
  ])(
    'reads what an older program stored with waitForCallback %s as it is written today',
    (waitForCallback, completion) => {
      const action = { type: 'http', method: 'POST', url: 'https://a.example/' } as const;
      const task = aTask({ definition: { action: { ...action, waitForCallback } as typeof action } });
      const read = readableTask(task, () => task);
      expect(read).toEqual({ ...task, definition: { ...task.definition, action: { ...action, completion } } });
    },
  );

  it('leaves every other task as it is', () => {
    for (const action of [{ type: 'noop' }, { type: 'http', method: 'POST', url: 'https://a.example/' }] as const) {
      const task = aTask({ definition: { action } });
      expect(readableTask(task, () => task)).toBe(task);
    }
  });
});
