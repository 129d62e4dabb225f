import { describe, expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import { SignInCodes } from './sign-in-codes.js';

const QUARTER_MS = 900_000;

describe('a code to sign in', () => {
  it('gets its token once', () => {
    const codes = new SignInCodes(new SettableClock(0));
    const [one, other] = [codes.codeFor('first'), codes.codeFor('second')];
    expect(codes.exchange(other)).toBe('second');
    expect(codes.exchange(one)).toBe('first');
    expect(codes.exchange(one)).toBeNull();
  });

  it('is good for a quarter of an hour', () => {
    const clock = new SettableClock(0);
    const codes = new SignInCodes(clock);
    const [one, other] = [codes.codeFor('a'), codes.codeFor('b')];
    clock.setWall(QUARTER_MS - 1);
    expect(codes.exchange(one)).toBe('a');
    clock.setWall(QUARTER_MS);
    expect(codes.exchange(other)).toBeNull();
  });

  it.each(['', 'x', '__proto__'])('is not %j', (code) => {
    expect(new SignInCodes(new SettableClock(0)).exchange(code)).toBeNull();
  });
});
