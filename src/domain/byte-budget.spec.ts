import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteBudget } from './byte-budget.js';

const never = new AbortController().signal;
const settle = () => new Promise(setImmediate);

describe('ByteBudget', () => {
  it('lets none hold more than half, all together no more than there is, and forgets nobody', async () => {
    const step = fc.record({ organization: fc.constantFrom('a', 'b', 'c'), bytes: fc.nat(60), release: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const budget = new ByteBudget(100);
        const held: { organization: string; bytes: number; release: () => void }[] = [];
        let served = 0;
        for (const { organization, bytes, release } of steps) {
          void budget.take(organization, bytes, never).then((give) => {
            served++;
            held.push({ organization, bytes, release: give });
          });
          await settle();
          const sum = (of: typeof held) => of.reduce((all, each) => all + each.bytes, 0);
          expect(sum(held) <= 100 || held.filter((each) => each.bytes > 0).length === 1).toBe(true);
          for (const name of ['a', 'b', 'c']) {
            const own = held.filter((each) => each.organization === name && each.bytes > 0);
            expect(sum(own) <= 50 || own.length === 1).toBe(true);
          }
          if (release) held.shift()?.release();
          await settle();
        }
        while (served < steps.length || held.length > 0) {
          expect(held.length).toBeGreaterThan(0);
          held.shift()!.release();
          await settle();
        }
        expect(budget.line).toBe(0);
      }),
    );
  });

  it('passes the line of one organization for another, and gives back once', async () => {
    const budget = new ByteBudget(100);
    const first = await budget.take('a', 50, never);
    const second = budget.take('a', 10, never);
    const other = await budget.take('b', 50, never);
    expect(budget.line).toBe(1);
    other();
    other();
    first();
    await second;
    expect(budget.line).toBe(0);
  });

  it('forgets who gave up', async () => {
    const budget = new ByteBudget(100);
    await budget.take('a', 50, never);
    const patience = new AbortController();
    const refused = budget.take('a', 50, patience.signal);
    patience.abort(new Error('enough'));
    await expect(refused).rejects.toThrow('enough');
    expect(budget.line).toBe(0);
  });

  it('gives at once what is free, but to nobody who has something waiting', async () => {
    const budget = new ByteBudget(100);
    const first = budget.takeNow('a', 30)!;
    expect(budget.takeNow('a', 30)).toBeNull();
    const waiting = budget.take('a', 30, never);
    expect(budget.takeNow('a', 1)).toBeNull();
    const others = [budget.takeNow('b', 40), budget.takeNow('c', 40)];
    expect(others.map((release) => release !== null)).toEqual([true, false]);
    first();
    (await waiting)();
    others[0]!();
    expect(budget.takeNow('d', 50)).not.toBeNull();
  });
});
