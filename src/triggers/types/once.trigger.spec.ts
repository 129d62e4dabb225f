import { describe, expect, it } from '@jest/globals';
import { T0 } from '../../../test/support/builders.js';
import { onceTriggerType } from './once.trigger.js';

const once = (at: string) => ({ type: 'once' as const, at });

describe('a once trigger', () => {
  const table = onceTriggerType.timetable(once('2027-01-04T10:00:00+01:00'), { createdAt: T0 + 1, seed: '' })!;

  it('has its one instant and no other, with every search excluding where it starts', () => {
    expect([table.next(T0 - 1), table.next(T0)]).toEqual([{ at: T0 }, null]);
    expect([table.previous(T0 + 1), table.previous(T0)]).toEqual([{ at: T0 }, null]);
    expect(table.next(Number.NEGATIVE_INFINITY)).toEqual({ at: T0 });
    expect([table.count(T0 - 1, T0), table.count(T0, T0 + 1), table.count(0, T0 - 1)]).toEqual([1, 0, 0]);
  });

  it('says when, in UTC', () => {
    expect(onceTriggerType.describe(once('2027-01-04T10:00:00+01:00'))).toBe('Once, at 2027-01-04T09:00:00.000Z');
  });
});
