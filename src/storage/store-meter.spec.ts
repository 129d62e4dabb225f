import { describe, expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import { StoreUnavailableError } from '../domain/errors.js';
import { StoreMeter, type MeteredCall } from './store-meter.js';

class Shelf {
  constructor(private readonly clock: SettableClock) {}

  async put(items: readonly string[]): Promise<number> {
    await this.clock.sleep(20);
    return items.length;
  }

  get(name: string): Promise<string> {
    return Promise.reject(name === 'away' ? new StoreUnavailableError('away') : new Error('odd'));
  }

  private readonly size = 7;

  about(): number {
    return this.size;
  }
}

describe('the meter of the store', () => {
  it('tells how long each call took, of how many items, and what became of it', async () => {
    const clock = new SettableClock(0);
    const meter = new StoreMeter(clock);
    const shelf = meter.metered('shelf', new Shelf(clock), { put: true, get: true }, 'engine');
    const calls: MeteredCall[] = [];
    expect(shelf).toBeInstanceOf(Shelf);
    await expect(shelf.get('away')).rejects.toThrow('away');
    meter.onCall((call) => void calls.push(call));
    const put = shelf.put(['a', 'b']);
    await clock.advance(20);
    expect(await put).toBe(2);
    await expect(shelf.get('away')).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(shelf.get('x')).rejects.toThrow('odd');
    expect(shelf.about()).toBe(7);
    expect(calls).toEqual([
      { operation: 'shelf.put', side: 'engine', items: 2, ms: 20, failure: null },
      { operation: 'shelf.get', side: 'engine', items: null, ms: 0, failure: 'unavailable' },
      { operation: 'shelf.get', side: 'engine', items: null, ms: 0, failure: 'other' },
    ]);
  });

  it('counts what a store computes before it answers', async () => {
    let now = 0;
    const meter = new StoreMeter({ monotonic: () => now });
    const busy = { compute: () => Promise.resolve((now += 30)) };
    const calls: MeteredCall[] = [];
    meter.onCall((call) => void calls.push(call));
    await meter.metered('shelf', busy, { compute: true }, 'readers').compute();
    expect(calls).toMatchObject([{ operation: 'shelf.compute', ms: 30, failure: null }]);
  });
});
