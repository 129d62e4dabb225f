import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { listed } from '../../test/support/listed-timetable.js';
import { T0 } from '../../test/support/builders.js';
import { MergedTimetable } from './merged-timetable.js';
import { cronTriggerType } from './types/cron.trigger.js';
import { intervalTriggerType } from './types/interval.trigger.js';
import type { Timetable } from './trigger-type.js';

const ALWAYS = Number.NEGATIVE_INFINITY;
const cron = (expression: string): Timetable =>
  cronTriggerType.timetable({ type: 'cron', expression, timeZone: 'Europe/Berlin' }, { createdAt: 0, seed: '' })!;

describe('MergedTimetable', () => {
  it('has nothing without members', () => {
    const empty = new MergedTimetable([]);
    expect([empty.next(0), empty.previous(0), empty.count(0, 100)]).toEqual([null, null, 0]);
  });

  it('counts nothing of a member at or before its start', () => {
    const table = new MergedTimetable([{ table: listed([10, 20, 30]), from: 20 }]);
    expect([table.next(0), table.previous(30), table.previous(31), table.count(0, 100)]).toEqual([
      { at: 30 },
      null,
      { at: 30 },
      1,
    ]);
  });

  it('counts an instant of one member at which another one has yet to start', () => {
    const table = new MergedTimetable([
      { table: listed([10, 20, 30]), from: 10 },
      { table: listed([10]), from: 0 },
    ]);
    expect(table.count(0, 100)).toBe(3);
  });

  it('keeps the mark of a moved occurrence', () => {
    const table = new MergedTimetable([
      { table: cron('30 2 * * *'), from: ALWAYS },
      { table: cron('0 12 * * *'), from: ALWAYS },
    ]);
    const moved = { at: Date.parse('2027-03-28T01:00:00Z'), shifted: true };
    expect(table.next(Date.parse('2027-03-27T12:00:00Z'))).toEqual(moved);
    expect(table.previous(Date.parse('2027-03-28T09:00:00Z'))).toEqual(moved);
  });

  const instants = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 20 });
  const members = fc.array(fc.record({ instants, from: fc.integer({ min: -5, max: 40 }) }), { maxLength: 4 });

  it('is the union of its members, in which what coincides is there once', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: -5, max: 65 }), fc.integer({ min: -5, max: 65 }), (list, after, until) => {
        const merged = new MergedTimetable(
          list.map((member) => ({ table: listed(member.instants), from: member.from })),
        );
        const union = listed(list.flatMap((member) => member.instants.filter((at) => at > member.from)));
        expect(merged.next(after)).toEqual(union.next(after));
        expect(merged.previous(after)).toEqual(union.previous(after));
        expect(merged.count(after, until)).toBe(union.count(after, until));
      }),
      { numRuns: 1000 },
    );
  });

  it('counts a year of seconds beside a nightly one without walking it', () => {
    let steps = 0;
    const counted = (table: Timetable): Timetable => ({
      next: (after) => (steps++, table.next(after)),
      previous: (before) => (steps++, table.previous(before)),
      count: (after, until) => (steps++, table.count(after, until)),
    });
    const merged = new MergedTimetable([
      { table: counted(cron('0 2 * * *')), from: ALWAYS },
      { table: counted(cron('* * * * * *')), from: ALWAYS },
      { table: counted(listed([T0 + 1, T0 + 1000])), from: ALWAYS },
    ]);
    expect(merged.count(T0, T0 + 365 * 86_400_000)).toBe(365 * 86_400 + 1);
    expect(steps).toBeLessThan(2000);
  });

  it('counts two dense members in bounded time, exactly where they are the same or share by a pattern', () => {
    const YEAR = 365 * 86_400_000;
    const seconds = (anchor: number, every = 1000) =>
      intervalTriggerType.timetable(
        { type: 'interval', everyMs: every, anchorAt: new Date(anchor).toISOString() },
        { createdAt: 0, seed: '' },
      )!;
    const same = seconds(T0);
    const sizeOf = (...tables: Timetable[]) =>
      new MergedTimetable(tables.map((table) => ({ table, from: ALWAYS }))).count(T0, T0 + YEAR);
    expect(sizeOf(same, same)).toBe(365 * 86_400);
    expect(sizeOf(seconds(T0), seconds(T0 + 500))).toBe(2 * 365 * 86_400);
    expect(sizeOf(seconds(T0), seconds(T0))).toBe(365 * 86_400);
    expect(sizeOf(seconds(T0), seconds(T0, 1500))).toBe(365 * 86_400 + (365 * 86_400) / 3);
  });

  it('takes a table that is there twice from the earlier start', () => {
    const table = listed([10, 20, 30]);
    const twice = [20, 10].map((from) => ({ table, from }));
    expect(new MergedTimetable(twice).count(0, 100)).toBe(2);
  });
});
