import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redact, Redactor } from './redact.js';

const SECRET = 'pa/ss wörd"+\\\n&=?';

describe('redact', () => {
  it.each([
    ['as it is', SECRET],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['URL-encoded in lower case', encodeURIComponent(SECRET).toLowerCase()],
    ['as a form sends it', encodeURIComponent(SECRET).replaceAll('%20', '+')],
    ['escaped for JSON', JSON.stringify(SECRET).slice(1, -1)],
    ['escaped for JSON with slashes', JSON.stringify(SECRET).slice(1, -1).replaceAll('/', '\\/')],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64 for URLs', Buffer.from(SECRET).toString('base64url')],
  ])('masks a secret %s', (_, form) => {
    expect(redact(`before ${form} after ${form}`, [SECRET])).toBe('before *** after ***');
  });

  it.each(['u:', 'us:', 'use:', 'user:'])('masks a secret within the base64 of %spassword', (user) => {
    const header = Buffer.from(`${user}hunter2-hunter2`).toString('base64');
    const masked = redact(`Basic ${header}`, ['hunter2-hunter2']);
    expect(masked).toContain('***');
    expect(Buffer.from(masked.slice(6).replaceAll('*', ''), 'base64').toString('latin1')).not.toContain('unter2');
  });

  it('leaves nothing of any secret, however they overlap', () => {
    const secret = fc.string({ minLength: 4, maxLength: 12 }).filter((text) => !'***'.repeat(9).includes(text));
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), fc.string(), (secrets, text) => {
        const masked = redact(secrets.map((value) => `|${value}|${text}`).join(' '), secrets);
        for (const value of secrets.filter((each) => !each.includes('*'))) expect(masked).not.toContain(value);
      }),
    );
  });

  it('masks the longer secret where one begins another', () => {
    expect(redact('token-and-more', ['token', 'token-and-more'])).toBe('***');
  });

  it('takes secrets literally and leaves short ones and other texts alone', () => {
    expect(redact('abcd a.cd abc', ['a.cd', 'abc', ''])).toBe('abcd *** abc');
    expect(redact('nothing here', [])).toBe('nothing here');
  });
});

describe('Redactor', () => {
  const redactor = new Redactor(['secret-1', '424242']);

  it('masks strings, member names and numbers of a JSON value', () => {
    expect(redactor.json({ a: ['x secret-1', 424242, 1.5, null, true], 'is-secret-1': { b: 'fine' } })).toEqual({
      a: ['x ***', '***', 1.5, null, true],
      'is-***': { b: 'fine' },
    });
  });

  it('masks the beginning of a secret at the end of a text that was cut off', () => {
    expect(redactor.cutText('and then secr')).toBe('and then ***');
    expect(redactor.cutText('and then secret-1')).toBe('and then ***');
    expect(redactor.cutText('and then sec')).toBe('and then sec');
  });

  it('finds the same as a search for each secret by itself', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 4, maxLength: 9 });
    fc.assert(
      fc.property(
        fc.array(letters, { minLength: 1, maxLength: 6 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c') }),
        (values, text) => {
          const longestFirst = [...new Set(values)].sort((a, b) => b.length - a.length);
          const expected = text.replaceAll(new RegExp(longestFirst.join('|'), 'g'), '***');
          expect(redact(text, values)).toBe(expected);
          const cut = new Redactor(values).cutText(text);
          const begun = Math.max(
            0,
            ...values.flatMap((value) =>
              [4, 5, 6, 7, 8].filter((n) => n < value.length && expected.endsWith(value.slice(0, n))),
            ),
          );
          expect(cut).toBe(begun > 0 ? `${expected.slice(0, -begun)}***` : expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds secrets that begin alike, in texts that are full of them', () => {
    const secrets = Array.from({ length: 100 }, (_, index) => `sk_live_production_${index}_${'x'.repeat(20)}`);
    const text = secrets
      .map((secret) => `${secret.slice(0, -1)}! ${secret}`)
      .join(' ')
      .repeat(20);
    const masked = new Redactor(secrets).text(text);
    expect(masked).not.toContain('x'.repeat(20));
    expect(masked.split('***')).toHaveLength(2001);
  });

  const alike = Array.from({ length: 95 }, (_, index) => `${'a'.repeat(9000 + index)}b`);
  it.each([
    ['characters that begin all secrets', alike, 'a'.repeat(65_536)],
    ['lists of them', alike, JSON.stringify(Array.from({ length: 30 }, () => 'a'.repeat(2000)))],
    ['their base64', alike, Buffer.from('a'.repeat(49_000)).toString('base64')],
    ['secrets in a row', alike, alike.join('').slice(0, 65_536)],
    ['secrets of signs', alike.map((value) => value.replaceAll('a', '\u0001')), '%01'.repeat(21_000)],
    ['periods', alike.map((value) => value.replaceAll('aaa', 'xyz')), 'xyz'.repeat(21_000)],
  ])('takes a bounded time for %s, and lets nothing of a secret through', (_, secrets, text) => {
    const own = new Redactor(secrets);
    own.text('');
    const before = process.cpuUsage();
    const [whole, cut] = [own.text(text), own.cutText(text)];
    const { user } = process.cpuUsage(before);
    expect(user / 1000).toBeLessThan(500);
    for (const secret of secrets) {
      expect(whole).not.toContain(secret);
      expect(cut).not.toContain(secret);
      expect(cut.endsWith(secret.slice(0, 100))).toBe(false);
    }
  });
});
