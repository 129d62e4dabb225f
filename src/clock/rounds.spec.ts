import { describe, expect, it } from '@jest/globals';
import { Rounds } from './rounds.js';
import { SettableClock } from './settable-clock.js';

function world(took = 0) {
  const clock = new SettableClock(0);
  const begun: number[] = [];
  let over = 0;
  const work = async () => {
    begun.push(clock.now());
    if (took > 0) await clock.sleep(took);
    over++;
  };
  return { clock, begun, over: () => over, rounds: new Rounds(clock, () => 100, work) };
}

describe('Rounds', () => {
  it('waits from the end of each round for the next', async () => {
    const { rounds, clock, begun } = world(30);
    const first = rounds.start();
    await clock.advance(300);
    await first;
    expect(begun).toEqual([0, 130, 260]);
  });

  it('can begin with the wait', async () => {
    const { rounds, clock, begun } = world();
    rounds.startLater();
    await clock.advance(250);
    expect(begun).toEqual([100, 200]);
  });

  it('stops once the round under way is over, and begins no other', async () => {
    const { rounds, clock, begun, over } = world(30);
    rounds.startLater();
    await clock.advance(110);
    const stopped = rounds.stop();
    expect([rounds.isStopped, over()]).toEqual([true, 0]);
    await clock.advance(20);
    await stopped;
    expect(over()).toBe(1);
    await clock.advance(1000);
    expect(begun).toEqual([100]);
  });

  it('can be stopped before it begins', async () => {
    const { rounds, clock, begun } = world();
    await rounds.stop();
    await clock.advance(1000);
    expect(begun).toEqual([]);
  });
});
