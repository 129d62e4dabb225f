import { describe, expect, it } from '@jest/globals';
import { addEnd, addStart, latenessOf, minuteOf, noFigures } from './figures.js';

const none = () => noFigures({ organization: 'acme', instance: 'i', minute: 0 });

describe('the figures of a minute', () => {
  it('count starts by their lateness, and ends by how they ended', () => {
    const figures = none();
    for (const late of [-3, 0, 1, 1.5, 70_000]) addStart(figures, late);
    for (const state of ['succeeded', 'succeeded', 'timed_out', 'running'] as const) addEnd(figures, state);
    expect(figures).toMatchObject({ starts: 5, succeeded: 2, timed_out: 1, failed: 0, worstMs: 70_000 });
    expect([figures.lateness[0], figures.lateness[1], figures.lateness.at(-1)]).toEqual([3, 1, 1]);
  });

  it('tell the percentiles of lateness over some minutes, never beyond the worst', () => {
    const minutes = [none(), none()];
    for (let start = 0; start < 98; start++) addStart(minutes[start % 2]!, 4);
    addStart(minutes[0]!, 150);
    addStart(minutes[1]!, 90_000);
    expect(latenessOf(minutes)).toEqual({ p50Ms: 5, p95Ms: 5, p99Ms: 200, worstMs: 90_000 });
    addStart(minutes[1]!, 95_000);
    addStart(minutes[1]!, 95_000);
    expect(latenessOf(minutes).p99Ms).toBe(95_000);
    const early = none();
    addStart(early, 0);
    expect(latenessOf([early])).toEqual({ p50Ms: 0, p95Ms: 0, p99Ms: 0, worstMs: 0 });
  });

  it('tell of no lateness where nothing started', () => {
    expect(latenessOf([none()])).toEqual({ p50Ms: null, p95Ms: null, p99Ms: null, worstMs: null });
    expect(minuteOf(119_999)).toBe(60_000);
  });
});
