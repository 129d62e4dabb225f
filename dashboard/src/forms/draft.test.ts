import { expect, it } from 'vitest';
import { at, changesOf, clashes, merged, patchOf, withAt } from './draft.ts';

const base = { name: 'a', retry: { maxAttempts: 3, jitter: 0 }, tags: ['x'], headers: { 'a/b~c': '1' } };

it('reads and writes at a pointer without touching what was there', () => {
  expect(at(base, '/headers/a~1b~0c')).toBe('1');
  expect(at(base, '/tags/0')).toBe('x');
  expect(at(base, '/toString')).toBeUndefined();
  const changed = withAt(base, '/retry/maxAttempts', 5);
  expect(changed).toEqual({ ...base, retry: { maxAttempts: 5, jitter: 0 } });
  expect(base.retry.maxAttempts).toBe(3);
  expect(withAt({ triggers: [{ a: 1 }] }, '/triggers/1', { b: 2 })).toEqual({ triggers: [{ a: 1 }, { b: 2 }] });
  expect(withAt({ triggers: [1, 2] }, '/triggers/0', undefined)).toEqual({ triggers: [2] });
});

it('leaves no empty object where the last member is removed', () => {
  expect(withAt({ name: 'a', dst: { gap: 'skip' } }, '/dst/gap', undefined)).toEqual({ name: 'a' });
});

it('the patch of two drafts removes with null and names only what differs', () => {
  expect(patchOf(base, { name: 'b', retry: { maxAttempts: 3 }, tags: ['x', 'y'], headers: { 'a/b~c': '1' } })).toEqual({
    name: 'b',
    retry: { jitter: null },
    tags: ['x', 'y'],
  });
  expect(patchOf(base, structuredClone(base))).toEqual({});
});

it('the order of members is no difference', () => {
  expect(changesOf({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toEqual([]);
});

it('a merge keeps what both changed, and mine where they clash', () => {
  const mine = { ...base, name: 'mine', retry: { maxAttempts: 9, jitter: 0 } };
  const theirs = { ...base, name: 'theirs', tags: ['z'], retry: { maxAttempts: 3, jitter: 1 } };
  expect(merged(base, mine, theirs)).toEqual({
    ...base,
    name: 'mine',
    tags: ['z'],
    retry: { maxAttempts: 9, jitter: 1 },
  });
  expect(clashes(base, mine, theirs)).toEqual(['/name']);
  expect(clashes(base, mine, mine)).toEqual([]);
});
