import { expect, it, vi } from 'vitest';
import { shareInWords } from './usage.tsx';

vi.mock('../../app/base.ts', () => ({ BASE: '', API: '', isHostSignIn: false }));

const lateness = { p50Ms: 2, p95Ms: 50, p99Ms: 80, worstMs: 80 };

it('tells what the organization has under way and may have, and how late it starts', () => {
  expect(shareInWords({ weight: 2, running: 3, due: 67, lateness })).toBe(
    '3 runs are under way; while other organizations have work, 67 may be (weight 2). ' +
      'In the last five minutes, half of the starts were at most 2 ms late, 95 of 100 at most 50 ms.',
  );
});

it('tells that nothing started, in place of a lateness that there is not', () => {
  const none = { p50Ms: null, p95Ms: null, p99Ms: null, worstMs: null };
  expect(shareInWords({ weight: 1, running: 1, due: 50, lateness: none })).toBe(
    '1 run is under way; while other organizations have work, 50 may be (weight 1). Nothing started in the last five minutes.',
  );
});
