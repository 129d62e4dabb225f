import { describe, expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import { WatchedPart, type PartNews } from './watched-part.js';

const LOOK_MS = 500;

/** A part that answers as the test says, looked at every half second. */
function watched() {
  const clock = new SettableClock(1_800_000_000_000);
  const news: PartNews[] = [];
  const world = { clock, news, answer: (): Promise<void> => Promise.resolve(), part: null as unknown as WatchedPart };
  world.part = new WatchedPart(
    clock,
    () => world.answer(),
    (each) => void news.push(each),
  );
  return {
    ...world,
    set: (answer: () => Promise<void>) => void (world.answer = answer),
    pass: async (ms: number) => {
      for (let passed = 0; passed < ms; passed += LOOK_MS) {
        world.part.look();
        await clock.advance(LOOK_MS);
      }
    },
  };
}

const silent = (): Promise<void> => new Promise(() => undefined);

describe('a watched part', () => {
  it('is away at its first failure, tells so once with the reason, and is back after two answers', async () => {
    const { part, news, pass, set } = watched();
    await pass(1000);
    expect([part.awayBecause, news]).toEqual([null, []]);
    set(() => Promise.reject(new Error('the disk is full')));
    await pass(3000);
    expect([part.awayBecause, news]).toEqual([
      'the disk is full',
      [{ change: 'away', reason: 'the disk is full', lastedMs: 0 }],
    ]);
    set(() => Promise.resolve());
    await pass(500);
    expect(part.awayBecause).not.toBeNull();
    await pass(500);
    expect(part.awayBecause).toBeNull();
    expect(news[1]).toEqual({ change: 'back', reason: '', lastedMs: expect.any(Number) });
  });

  it('is away when it says nothing for a second, and is asked no more than three times at once', async () => {
    const { part, news, pass, set } = watched();
    let asked = 0;
    set(() => {
      asked++;
      return silent();
    });
    await pass(1500);
    expect(part.awayBecause).toContain('not answered');
    await pass(60_000);
    expect([asked, news.length]).toEqual([3, 1]);
  });

  it('does not come and go with a part that answers now and then', async () => {
    const { part, news, pass, set } = watched();
    let turn = 0;
    set(() => (turn++ % 2 === 0 ? Promise.reject(new Error('no')) : Promise.resolve()));
    await pass(20_000);
    expect([part.awayBecause, news.length]).toEqual(['no', 1]);
  });
});
