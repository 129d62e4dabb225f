import { expect, it } from 'vitest';
import { percentOf } from './figures.model.ts';

it('a share says 100 only of all', () => {
  expect([0, 0.5, 0.9994, 0.99999, 1].map(percentOf)).toEqual(['0 %', '50 %', '99.9 %', '99.9 %', '100 %']);
});
