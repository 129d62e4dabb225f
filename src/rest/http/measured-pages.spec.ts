import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { resolveOptions } from '../../options.js';
import { MeasuredPages, withOneMore } from './measured-pages.js';

const PAGE_BYTES = 10_000;

/** The list in pages, and the most items that were read for one of them. */
async function pagesOf(sizes: readonly number[], limit: number) {
  const items = sizes.map((size, index) => ({ index, text: 'x'.repeat(size) }));
  const pages: (typeof items)[] = [];
  let most = 0;
  for (let after: number | undefined; ;) {
    let bytes = 0;
    const list = (place: number | undefined, count: number) => {
      const read = items.slice((place ?? -1) + 1, (place ?? -1) + 1 + count);
      bytes += read.reduce((sum, { text }) => sum + text.length, 0);
      return Promise.resolve(read);
    };
    const measured = new MeasuredPages(resolveOptions({ limits: { pageBytes: PAGE_BYTES } }));
    const positionOf = ({ index }: { index: number }) => index;
    const page = await measured.of({
      limit,
      after,
      read: withOneMore(list, positionOf),
      positionOf,
      show: (item: (typeof items)[number]) => item,
    });
    most = Math.max(most, bytes);
    pages.push(page.items);
    if (page.next === null) return { pages, most };
    after = page.next;
  }
}

describe('MeasuredPages', () => {
  it('shows every item once, in pages that are bounded in items and in bytes and never empty', async () => {
    const size = fc.oneof(fc.nat(50), fc.nat(3000), fc.constantFrom(9900, 50_000));
    await fc.assert(
      fc.asyncProperty(fc.array(size, { maxLength: 60 }), fc.integer({ min: 1, max: 50 }), async (sizes, limit) => {
        const { pages } = await pagesOf(sizes, limit);
        expect(pages.flat().map(({ index }) => index)).toEqual(sizes.map((_, index) => index));
        for (const page of pages) {
          expect(page.length <= limit && (page.length > 0 || sizes.length === 0)).toBe(true);
          expect(page.length === 1 || JSON.stringify(page).length <= PAGE_BYTES + 100).toBe(true);
        }
      }),
    );
  });

  it('reads little more than it shows where items are large', async () => {
    const { pages, most } = await pagesOf(
      Array.from({ length: 100 }, () => 9000),
      100,
    );
    expect(pages).toHaveLength(100);
    expect(most).toBeLessThanOrEqual(4 * 9000);
  });

  it.each([
    [undefined, 1],
    [4, 4],
  ])('looks on where nothing is found, as often as it may (%s)', async (mostInVain, reads) => {
    const measured = new MeasuredPages(resolveOptions({ limits: { pageBytes: PAGE_BYTES } }));
    let looks = 0;
    const read = (after: number | undefined) => {
      looks++;
      return Promise.resolve({ items: [] as { index: number }[], next: (after ?? 0) + 1 });
    };
    const positionOf = ({ index }: { index: number }) => index;
    const show = (item: { index: number }) => item;
    const list = { limit: 10, after: undefined, read, positionOf, show };
    const page = await measured.of({ ...list, ...(mostInVain !== undefined && { mostInVain }) });
    expect([page.items, page.next, looks]).toEqual([[], reads, reads]);
  });

  it('answers with what was found after one read in vain, rather than look on for more', async () => {
    const measured = new MeasuredPages(resolveOptions({ limits: { pageBytes: PAGE_BYTES } }));
    let looks = 0;
    const read = (after = 0) => {
      looks++;
      return Promise.resolve({ items: after === 2 ? [{ index: 2 }] : [], next: after + 1 });
    };
    const positionOf = ({ index }: { index: number }) => index;
    const show = (item: { index: number }) => item;
    const page = await measured.of({ limit: 10, after: undefined, read, positionOf, show, mostInVain: 8 });
    expect([page.items, page.next, looks]).toEqual([[{ index: 2 }], 4, 4]);
  });
});
