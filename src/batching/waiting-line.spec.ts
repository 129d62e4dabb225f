import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WaitingLine } from './waiting-line.js';

type Step = { do: 'push'; party: string; count: number } | { do: 'take'; count: number };

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('push' as const),
      party: fc.constantFrom('acme', 'beta', 'zeta'),
      count: fc.integer({ min: 1, max: 30 }),
    }),
    fc.record({ do: fc.constant('take' as const), count: fc.integer({ min: 1, max: 20 }) }),
  ),
  { maxLength: 40 },
);

describe('WaitingLine', () => {
  it('takes as much of each as of any other, of each in its order, and as much as there is', () => {
    fc.assert(
      fc.property(steps, (list: Step[]) => {
        const line = new WaitingLine<{ party: string; number: number }>();
        const held = new Map<string, number[]>();
        let came = 0;
        for (const step of list) {
          if (step.do === 'push') {
            for (let i = 0; i < step.count; i++) {
              line.push(step.party, { party: step.party, number: ++came });
              held.set(step.party, [...(held.get(step.party) ?? []), came]);
            }
            continue;
          }
          const before = line.size;
          const taken = line.take(step.count);
          expect(taken).toHaveLength(Math.min(before, step.count));
          const most = Math.max(
            ...[...held.keys()].map((party) => taken.filter((each) => each.party === party).length),
          );
          for (const [party, numbers] of held) {
            const own = taken.filter((each) => each.party === party).map(({ number }) => number);
            expect(own).toEqual(numbers.splice(0, own.length));
            // Whoever got less by more than one turn has nothing left.
            if (own.length < most - 1) expect(numbers).toEqual([]);
          }
          expect(line.size).toBe(before - taken.length);
          const first = Math.min(...[...held.values()].flat());
          expect([line.holdsUntil(first - 1), line.holdsUntil(first)]).toEqual([false, line.size > 0]);
        }
        expect(line.last).toBe(came);
      }),
    );
  });

  it('passes over no party where there are more of them than slots', () => {
    const line = new WaitingLine<string>();
    for (const party of ['a', 'b', 'c', 'd', 'e']) for (let i = 0; i < 9; i++) line.push(party, party);
    expect([line.take(2), line.take(2), line.take(2)].map((taken) => taken.join(''))).toEqual(['ab', 'cd', 'ea']);
  });
});
