import { expect, it } from '@jest/globals';
import { pauseAfter } from './pace.js';

it('leaves the store to others for as long as a write took, within bounds', () => {
  expect([0, 3, 80, 499, 60_000].map(pauseAfter)).toEqual([10, 10, 80, 499, 500]);
});
