import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { SettingsError } from '../domain/errors.js';
import { KeyRing } from './key-ring.js';

const key = () => randomBytes(32).toString('base64');

describe('KeyRing', () => {
  it('seals with the first key and knows all of them', () => {
    const ring = KeyRing.parse(`b:${key()}, a:${key()}`);
    expect(ring.first.id).toBe('b');
    expect(ring.all.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(ring.get('a')).toBe(ring.all[1]!.key);
    expect(ring.get('c')).toBeUndefined();
  });

  const good = key();
  it.each([
    ['nothing', ''],
    ['a key without a name', good],
    ['an empty name', `:${good}`],
    ['name and key in the wrong order', `${good}:main`],
    ['a short key', `a:${randomBytes(31).toString('base64')}`],
    ['a long key', `a:${randomBytes(33).toString('base64')}`],
    ['what is not base64', `a:${good.slice(0, -3)}!!=`],
    ['an empty entry', `a:${good},`],
    ['the same name twice', `a:${good},a:${key()}`],
  ])('refuses %s without showing any of it', (_, text) => {
    const error = catchError(() => KeyRing.parse(text));
    expect(error).toBeInstanceOf(SettingsError);
    expect(error.message).toMatch(/^ENCRYPTION_KEYS: /);
    for (const part of text.split(/[:,]/).filter((piece) => piece.length > 4))
      expect(error.message).not.toContain(part);
  });

  it('shows no key material when it is printed', () => {
    const text = key();
    const ring = KeyRing.parse(`a:${text}`);
    const bytes = Buffer.from(text, 'base64');
    for (const shown of [inspect(ring, { depth: 9, showHidden: true }), JSON.stringify(ring)]) {
      expect(shown).not.toContain(text);
      expect(shown).not.toContain(bytes.toString('hex').slice(0, 12));
    }
  });
});

function catchError(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
