import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergedById, type Listing, type Page } from './listing.js';

describe('mergedById', () => {
  it('pages through several lists as through one, whatever part each of them brings', () => {
    const id = fc.integer({ min: 0, max: 999 }).map((number) => String(number).padStart(3, '0'));
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(id), { maxLength: 4 }),
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.nat(5), { minLength: 1 }),
        (lists, limit, shorter) => {
          let reads = 0;
          // A list may bring less than is asked for, and nothing, although it goes on.
          const read = (ids: readonly string[], { after, limit: most }: Page): Listing<{ id: string }> => {
            const left = ids
              .toSorted()
              .reverse()
              .filter((each) => after === undefined || each < after);
            const looked = left.slice(0, Math.max(1, most - shorter[reads++ % shorter.length]!));
            const items = looked.filter((each) => Number(each) % 3 > 0);
            return {
              items: items.map((each) => ({ id: each })),
              next: looked.length < left.length ? looked.at(-1)! : null,
            };
          };
          const seen: string[] = [];
          for (let after: string | undefined; ;) {
            const page: Page = { after, limit };
            const { items, next } = mergedById(
              lists.map((ids) => read(ids, page)),
              limit,
            );
            expect(items.length).toBeLessThanOrEqual(limit);
            seen.push(...items.map((item) => item.id));
            if (next === null) break;
            expect(after === undefined || next < after).toBe(true);
            after = next;
          }
          const all = [...new Set(lists.flat())].filter((each) => Number(each) % 3 > 0);
          expect(seen).toEqual(all.sort().reverse());
        },
      ),
    );
  });
});
