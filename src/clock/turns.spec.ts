import { setImmediate as round } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Clock } from './clock.js';
import { ENGINE_WORK, Turns, type Party } from './turns.js';

/** Computations whose parts take the given number of milliseconds each. */
function workshop() {
  let now = 0;
  const turns = new Turns({ monotonic: () => now } as Clock);
  const order: { party: Party; round: number }[] = [];
  let rounds = 0;
  const compute = async (party: Party, parts: number, ms: number) => {
    for (let part = 0; part < parts; part++) {
      if (turns.isOver(party)) await turns.next(party);
      order.push({ party, round: rounds });
      now += ms;
    }
  };
  const finish = async (work: Promise<void>[]) => {
    let ended = false;
    void Promise.all(work).then(() => (ended = true));
    for (; !ended; rounds++) await round();
    return order;
  };
  return { compute, finish, turns, pass: (ms: number) => (now += ms) };
}

const partiesOf = (order: { party: Party }[]) =>
  order.map(({ party }) => (party === ENGINE_WORK ? '!' : party)).join('');

describe('turns', () => {
  it('are at most 4 ms and one part long, however many compute', async () => {
    const { compute, finish } = workshop();
    const order = await finish(['a', 'b', 'c', 'd'].map((party) => compute(party, 10, 2)));
    expect(order).toHaveLength(40);
    const perRound = new Map<number, number>();
    for (const each of order) perRound.set(each.round, (perRound.get(each.round) ?? 0) + 1);
    expect(Math.max(...perRound.values())).toBeLessThanOrEqual(6);
  });

  it('go from one organization to the next, however many computations each has', async () => {
    const { compute, finish } = workshop();
    const many = Array.from({ length: 10 }, () => compute('a', 2, 10));
    const order = await finish([...many, compute('b', 3, 10), compute('c', 3, 10)]);
    expect(partiesOf(order).slice(0, 10)).toMatch(/^a(abc|bca|acb){3}/);
    expect(order).toHaveLength(26);
  });

  it('are every other one the engine’s, which lets others go on however much it has to do', async () => {
    const { compute, finish } = workshop();
    const many = ['a', 'b', 'c', 'd'].map((party) => compute(party, 5, 10));
    const order = await finish([...many, compute(ENGINE_WORK, 30, 10)]);
    expect(partiesOf(order).slice(0, 20)).toMatch(/^a(![abcd])+!?$/);
    expect(order).toHaveLength(50);
  });

  it('do not interrupt what computes little', async () => {
    const { turns, pass } = workshop();
    for (let part = 0; part < 1000; part++) {
      expect(turns.isOver('a')).toBe(false);
      pass(3);
      await round();
    }
  });
});
