import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SettableClock } from '../clock/settable-clock.js';
import { Pace } from './pace.js';

describe('Pace', () => {
  /** Works off batches of a thousand at most, each item taking `itemMs` and each batch `batchMs` besides. */
  async function batches(count: number, cost: { itemMs: number; batchMs?: number }, isShared = true) {
    const clock = new SettableClock(0);
    const pace = new Pace(clock, () => isShared);
    const sizes: number[] = [];
    for (let batch = 0; batch < count; batch++) {
      const size = pace.limit(1000);
      sizes.push(size);
      await pace.measured(size, () => clock.advance((cost.batchMs ?? 0) + size * cost.itemMs));
    }
    return sizes;
  }

  it('leaves batches as large as they may be as long as nobody else is here', async () => {
    expect(await batches(3, { itemMs: 10 }, false)).toEqual([1000, 1000, 1000]);
  });

  it('bounds batches to about 15 ms while others are here, from the first one on', async () => {
    const sizes = await batches(30, { itemMs: 0.1 });
    expect(sizes[0]).toBe(250);
    expect(sizes.at(-1)! * 0.1).toBeLessThanOrEqual(16);
    expect(sizes.at(-1)! * 0.1).toBeGreaterThanOrEqual(14);
  });

  it('lets fast items come in large batches, and keeps the batches of slow ones worth their cost', async () => {
    expect((await batches(30, { itemMs: 0.001 })).at(-1)).toBe(1000);
    expect((await batches(30, { itemMs: 5 })).at(-1)).toBe(100);
  });

  it('settles, whatever a batch and an item cost', async () => {
    const cost = fc.record({ itemMs: fc.double({ min: 0.001, max: 1, noNaN: true }), batchMs: fc.nat(14) });
    await fc.assert(
      fc.asyncProperty(cost, async ({ itemMs, batchMs }) => {
        const last = (await batches(60, { itemMs, batchMs })).at(-1)!;
        expect(last).toBeGreaterThanOrEqual(100);
        if (last > 100) expect(batchMs + last * itemMs).toBeLessThanOrEqual(18);
      }),
      { numRuns: 50 },
    );
  });

  it('does not take the cost of a small batch for that of its items', async () => {
    const clock = new SettableClock(0);
    const pace = new Pace(clock, () => true);
    for (let batch = 0; batch < 20; batch++) await pace.measured(1, () => clock.advance(10));
    expect(pace.limit(1000)).toBe(250);
  });
});
