import { describe, expect, it } from '@jest/globals';
import { aTask, T0 } from '../../../test/support/builders.js';
import { listed } from '../../../test/support/listed-timetable.js';
import { dueAtOf, firstDueAfter, lastDueBefore, spreadOf } from './spread.js';

const MINUTE = 60_000;
const spread = (spreadMs: number, id = 'a') => aTask({ id, definition: { spreadMs } });
const minutes = listed([0, 1, 2, 3].map((minute) => T0 + minute * MINUTE));

describe('the spread of a task', () => {
  it('is the same at each occurrence, within its bound, and evenly spread over tasks', () => {
    const offsets = Array.from({ length: 2000 }, (_, i) => spreadOf(spread(9, `task-${i}`)));
    expect(spreadOf(spread(9, 'task-7'))).toBe(offsets[7]);
    const counts = Array.from({ length: 10 }, (_, value) => offsets.filter((offset) => offset === value).length);
    for (const count of counts) expect(count).toBeGreaterThan(120);
    expect(spreadOf(aTask())).toBe(0);
  });

  it('ends before the next occurrence, and is free after the last', () => {
    const task = spread(1_000_000_000, 'x');
    expect(spreadOf(task)).toBeGreaterThan(MINUTE);
    expect(dueAtOf(task, minutes, { at: T0 })).toBe(T0 + MINUTE - 1);
    expect(dueAtOf(task, minutes, { at: T0 + 3 * MINUTE })).toBe(T0 + 3 * MINUTE + spreadOf(task));
  });

  it.each([0, 20_000, 1_000_000_000])(
    'finds what is due before and after an instant, spread over %i ms',
    (spreadMs) => {
      const task = spread(spreadMs, 'y');
      const planned = [0, 1, 2, 3].map((minute) => ({ at: T0 + minute * MINUTE }));
      const due = planned.map((run) => ({ run, dueAt: dueAtOf(task, minutes, run) }));
      const instants = due.flatMap(({ run, dueAt }) => [run.at - 1, run.at, run.at + 1, dueAt - 1, dueAt, dueAt + 1]);
      for (const instant of instants) {
        expect(lastDueBefore(task, minutes, instant)).toEqual(
          due.findLast(({ dueAt }) => dueAt < instant)?.run ?? null,
        );
        expect(firstDueAfter(task, minutes, instant)).toEqual(due.find(({ dueAt }) => dueAt > instant)?.run ?? null);
      }
    },
  );
});
