import { describe, expect, it } from '@jest/globals';
import { spend, TooCostlyError, withBudget } from './budget.js';

/** Spends steps one by one until none are left, at most 1,000; returns their number. */
function stepsLeft(): number {
  for (let taken = 0; taken < 1000; taken++) {
    try {
      spend();
    } catch (error) {
      expect(error).toBeInstanceOf(TooCostlyError);
      return taken;
    }
  }
  return 1000;
}

describe('a budget', () => {
  it('lets so many steps be taken and no more, and says of what', () => {
    expect(withBudget(10, 'It', stepsLeft)).toBe(10);
    const costly = () => withBudget(10, 'The calendar', () => spend(11));
    expect(costly).toThrow('The calendar takes more steps than one computation may take.');
  });

  it('does not bind what comes after it, whether it was kept or not', () => {
    withBudget(10, 'It', () => spend(10));
    expect(() => withBudget(10, 'It', () => spend(11))).toThrow(TooCostlyError);
    expect(stepsLeft()).toBe(1000);
  });

  it('takes what is spent within another one from that one', () => {
    withBudget(100, 'Outer', () => {
      withBudget(30, 'Inner', () => spend(20));
      expect(() => withBudget(30, 'Inner', () => spend(31))).toThrow('Inner');
      expect(withBudget(500, 'Inner', stepsLeft)).toBe(49);
      expect(() => spend()).toThrow('Outer');
    });
  });
});
