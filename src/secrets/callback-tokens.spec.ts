import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CallbackTokens } from './callback-tokens.js';
import { KeyRing } from './key-ring.js';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [old, recent] = [key('old'), key('recent')];
const tokens = new CallbackTokens(KeyRing.parse(old));

describe('CallbackTokens', () => {
  it('accepts the token of the same run and attempt only', () => {
    const token = tokens.issue('r1', 1);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(tokens.verify(token, 'r1', 1)).toBe(true);
    expect(tokens.verify(token, 'r1', 2)).toBe(false);
    expect(tokens.verify(token, 'r2', 1)).toBe(false);
    expect(tokens.verify(tokens.issue('r1', 11), 'r11', 1)).toBe(false);
  });

  it('accepts no other text, in any length', () => {
    const token = tokens.issue('r1', 1);
    const changed = (token.startsWith('A') ? 'B' : 'A') + token.slice(1);
    for (const text of [
      '',
      'x',
      changed,
      token.slice(1),
      `${token}=`,
      `${token} `,
      token.toLowerCase(),
      'é'.repeat(43),
    ]) {
      expect(tokens.verify(text, 'r1', 1)).toBe(false);
    }
  });

  it('accepts tokens from before a rotation, and none of a key that is gone', () => {
    const token = tokens.issue('r1', 1);
    expect(new CallbackTokens(KeyRing.parse(`${recent},${old}`)).verify(token, 'r1', 1)).toBe(true);
    expect(new CallbackTokens(KeyRing.parse(recent)).verify(token, 'r1', 1)).toBe(false);
  });
});
