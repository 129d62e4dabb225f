import { expect, it, vi } from 'vitest';
import { whileShort } from './live.ts';

vi.mock('./base.ts', () => ({ BASE: '', API: '', isHostSignIn: false }));

it('a list asks anew by itself until it was read further, and not at all while that is held', () => {
  const shown = (pages: number) => ({ state: { data: { pages: Array.from({ length: pages }, () => ({})) } } });
  expect([0, 1, 2, 3, 50].map((pages) => whileShort(5000)(shown(pages)))).toEqual([5000, 5000, 5000, false, false]);
  expect(whileShort(5000)({ state: { data: undefined } })).toBe(5000);
  expect(whileShort(false)(shown(1))).toBe(false);
});
