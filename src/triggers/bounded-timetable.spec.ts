import { describe, expect, it } from '@jest/globals';
import { listed } from '../../test/support/listed-timetable.js';
import { BoundedTimetable } from './bounded-timetable.js';

describe('BoundedTimetable', () => {
  it('answers as if nothing lay before its beginning, or at its end and after it', () => {
    const table = new BoundedTimetable(listed([10, 20, 30, 40, 50]), 20, 50);
    const same = listed([20, 30, 40]);
    for (let from = 5; from < 60; from += 5) {
      expect(table.next(from)).toEqual(same.next(from));
      expect(table.previous(from)).toEqual(same.previous(from));
      for (let until = from; until < 60; until += 5) expect(table.count(from, until)).toBe(same.count(from, until));
    }
  });
});
