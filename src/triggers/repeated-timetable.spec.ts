import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { intervalTriggerType } from './types/interval.trigger.js';
import { RepeatedTimetable } from './repeated-timetable.js';

const every = (everyMs: number) =>
  intervalTriggerType.timetable({ type: 'interval', everyMs }, { createdAt: 0, seed: '' })!;

describe('a timetable whose instants come again', () => {
  it('names those of the repeated time a little later, and all others as they are', () => {
    const table = new RepeatedTimetable(every(100), { after: 250, until: 520, byMs: 2 });
    const found: number[] = [];
    for (let at = table.next(50)!.at; at <= 700; at = table.next(at)!.at) found.push(at);
    expect(found).toEqual([100, 200, 302, 402, 502, 600, 700]);
  });

  it('answers each question as a list of its instants would', () => {
    const small = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 40 }),
        small,
        small,
        fc.integer({ min: 1, max: 3 }),
        small,
        (every_, after, length, byMs, asked) => {
          const repeats = { after, until: after + length, byMs };
          const table = new RepeatedTimetable(every(every_), repeats);
          const all = Array.from({ length: 400 }, (_, index) => (index - 100) * every_).map((at) =>
            at > after && at <= after + length ? at + byMs : at,
          );
          expect(table.next(asked)!.at).toBe(all.find((at) => at > asked));
          expect(table.previous(asked)!.at).toBe(all.findLast((at) => at < asked));
          expect(table.count(asked, asked + 90)).toBe(all.filter((at) => at > asked && at <= asked + 90).length);
        },
      ),
    );
  });
});
