import { describe, expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import { FreshReads } from './fresh-reads.js';

function world() {
  const clock = new SettableClock(0);
  const asked: string[] = [];
  let isAway = false;
  const reads = new FreshReads(clock, 1000, (key) => {
    asked.push(key);
    return isAway ? Promise.reject(new Error('away')) : Promise.resolve(`${key} at ${clock.now()}`);
  });
  return { clock, asked, reads, away: (is: boolean) => (isAway = is) };
}

describe('FreshReads', () => {
  it('serves everybody within a while by one read of each key', async () => {
    const { clock, asked, reads } = world();
    expect(await Promise.all([reads.get('a'), reads.get('a'), reads.get('b')])).toEqual(['a at 0', 'a at 0', 'b at 0']);
    await clock.advance(999);
    expect(await reads.get('a')).toBe('a at 0');
    await clock.advance(1);
    expect(await reads.get('a')).toBe('a at 1000');
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  it('reads anew what was forgotten, and what could not be read', async () => {
    const { asked, reads, away } = world();
    await reads.get('a');
    reads.forget('a');
    away(true);
    await expect(Promise.all([reads.get('a'), reads.get('a')])).rejects.toThrow('away');
    away(false);
    expect(await reads.get('a')).toBe('a at 0');
    expect(asked).toEqual(['a', 'a', 'a']);
  });
});
