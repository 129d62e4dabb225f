import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyRing } from './key-ring.js';
import { RequestSeals } from './request-seals.js';

const [a, b] = ['a', 'b'].map((id) => `${id}:${randomBytes(32).toString('base64')}`) as [string, string];
const sealsOf = (ring: string) => new RequestSeals(KeyRing.parse(ring));
const anyNames = fc.array(fc.string(), { minLength: 1, maxLength: 4 });

describe('RequestSeals', () => {
  it('knows the content of a request again, and takes no other content or request for it', () => {
    fc.assert(
      fc.property(anyNames, fc.string(), anyNames, fc.string(), (names, content, others, other) => {
        const seals = sealsOf(a);
        const print = seals.fingerprint(names, content);
        const isSame = JSON.stringify([names, content]) === JSON.stringify([others, other]);
        expect(seals.isOf(print, names, content)).toBe(true);
        expect(seals.isOf(print, others, other)).toBe(isSame);
      }),
    );
  });

  it('opens an answer for its own request alone', () => {
    fc.assert(
      fc.property(anyNames, fc.string(), anyNames, (names, answer, others) => {
        const seals = sealsOf(a);
        const sealed = seals.seal(names, answer);
        const isSame = JSON.stringify(names) === JSON.stringify(others);
        expect(seals.open(names, sealed)).toEqual({ plain: answer.toWellFormed() });
        expect(seals.open(others, sealed)).toEqual(
          isSame ? { plain: answer.toWellFormed() } : { fault: 'not-authentic' },
        );
      }),
    );
  });

  it('goes on with what was made under a former first key, and says when the key is gone', () => {
    const print = sealsOf(a).fingerprint(['n'], 'content');
    const sealed = sealsOf(a).seal(['n'], 'answer');
    const rotated = sealsOf(`${b},${a}`);
    expect(rotated.isOf(print, ['n'], 'content')).toBe(true);
    expect(rotated.isOf(print, ['n'], 'other')).toBe(false);
    expect(rotated.open(['n'], sealed)).toEqual({ plain: 'answer' });
    expect(sealsOf(b).isOf(print, ['n'], 'content')).toBeNull();
    expect(sealsOf(b).open(['n'], sealed)).toEqual({ fault: 'unknown-key' });
  });

  it.each(['', 'a', 'a1.a', 'a1.a.AAAA.AAAA', 'v2.a.b.c', 'a1.a.!.!'])('does not open %j', (sealed) => {
    expect(sealsOf(a).open(['n'], sealed)).toEqual({ fault: 'malformed' });
  });
});
