import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AgedLine } from './aged-line.js';

const item = fc.record({
  priority: fc.integer({ min: 0, max: 9 }),
  since: fc.integer({ min: 0, max: 100_000 }),
  leaves: fc.boolean(),
});

describe('AgedLine', () => {
  it('keeps its items in the order of priority and age, whoever comes, leaves and comes back', () => {
    fc.assert(
      fc.property(fc.array(item), (all) => {
        const line = new AgedLine<(typeof all)[number] & { nth: number }>();
        const items = all.map((each, nth) => ({ ...each, nth }));
        for (const each of items) line.add(each);
        for (const each of items) if (each.leaves) line.remove(each);
        for (const each of items) if (each.leaves && each.nth % 2) line.add(each);
        const there = items.filter(({ leaves, nth }) => !leaves || nth % 2);
        const rank = ({ since, priority }: (typeof items)[number]) => since - 10_000 * priority;
        there.sort((a, b) => rank(a) - rank(b) || a.nth - b.nth);
        expect(line.inOrder()).toEqual(there);
        expect(line.size).toBe(there.length);
      }),
    );
  });

  it('removes nothing that is not in it', () => {
    const line = new AgedLine();
    const [a, b] = [
      { priority: 1, since: 0, nth: 0 },
      { priority: 1, since: 0, nth: 1 },
    ];
    line.add(a);
    line.remove(b);
    line.remove(a);
    line.remove(a);
    expect(line.size).toBe(0);
  });
});
