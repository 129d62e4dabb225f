import { expect, it } from 'vitest';
import { vitalsOf } from './instance.model.ts';

const said = (eventLoopLagMs: number | null, clockOffsetMs: number | null, rssBytes: number | null): string[] =>
  vitalsOf({ eventLoopLagMs, clockOffsetMs, rssBytes }).map(({ sentence, isBad }) => `${isBad ? '! ' : ''}${sentence}`);

it('a healthy instance tells its memory, what held it up and its clock', () => {
  expect(said(3, 0, 121_634_816)).toEqual([
    '122 MB of memory',
    'its code held it up for 3 ms at most',
    'its clock is that of the store',
  ]);
});

it('a sick one is marked by what it suffers from', () => {
  expect(said(1500, -90_000, 2_000_000_000)).toEqual([
    '2,000 MB of memory',
    '! its code held it up for 1.5 s at most',
    '! its clock is 1 min 30 s ahead of the clock of the store',
  ]);
  expect(said(null, 600, null)).toEqual(['! its clock is 600 ms behind the clock of the store']);
});

it('an instance of an older version tells nothing', () => expect(said(null, null, null)).toEqual([]));
