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
});
