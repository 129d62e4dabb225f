import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { SettableClock } from '../clock/settable-clock.js';
import { LineRates, MOST_LINES } from './line-rates.js';

const T0 = 1_800_000_000_000;

describe('the rate of lines', () => {
  it('lets ten a second of each kind through, and tells the number of the others at its end', async () => {
    const clock = new SettableClock(T0);
    const rests: [string, number][] = [];
    const rates = new LineRates(clock, (...rest) => void rests.push(rest));
    const written = (kind: string, lines: number) =>
      Array.from({ length: lines }, () => rates.admits(kind)).filter(Boolean).length;
    expect([written('run.failed', 1000), written('run.missed', 3)]).toEqual([10, 3]);
    expect(rests).toEqual([]);
    await clock.advance(1000);
    expect(rests).toEqual([['run.failed', 990]]);
    expect(written('run.failed', 10)).toBe(10);
    await clock.advance(1000);
    expect(rests).toHaveLength(1);
  });

  it('tells what is left when it ends, and leaves no timer behind', async () => {
    const clock = new SettableClock(T0);
    const rests: [string, number][] = [];
    const rates = new LineRates(clock, (...rest) => void rests.push(rest));
    for (let i = 0; i < 12; i++) rates.admits('a');
    rates.end();
    expect(rates.admits('a')).toBe(true);
    expect([rests, clock.nextTimerAt()]).toEqual([[['a', 2]], Number.POSITIVE_INFINITY]);
  });

  it('writes or counts each line once, and never more than eleven in a second', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 400 }), lines: fc.integer({ min: 0, max: 30 }) })),
        async (bursts) => {
          const clock = new SettableClock(T0);
          const told: number[] = [];
          let counted = 0;
          const rates = new LineRates(clock, (_, count) => {
            counted += count;
            told.push(clock.now());
          });
          let asked = 0;
          let written = 0;
          for (const { waitMs, lines } of bursts) {
            await clock.advanceTo(clock.now() + waitMs, 0);
            for (let i = 0; i < lines; i++) {
              asked++;
              if (!rates.admits('kind')) continue;
              written++;
              told.push(clock.now());
            }
          }
          rates.end();
          expect(written + counted).toBe(asked);
          const seconds = Math.ceil((clock.now() - T0 + 1) / 1000);
          expect(told.length).toBeLessThanOrEqual((seconds + 1) * (MOST_LINES + 1));
        },
      ),
      { numRuns: 50 },
    );
  });
});
