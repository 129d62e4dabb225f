import { describe, expect, it } from '@jest/globals';
import { SettableClock } from './settable-clock.js';

describe('SettableClock', () => {
  it('stands still until it is told to move, by the wall and by the monotonic reading', async () => {
    const clock = new SettableClock(1000);
    expect([clock.now(), clock.monotonic()]).toEqual([1000, 0]);
    await clock.advance(250);
    expect([clock.now(), clock.monotonic()]).toEqual([1250, 250]);
  });

  it('fires each timer at its own instant, in order, and those of one instant as they were set', async () => {
    const clock = new SettableClock(0);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.now()}`);
    clock.at(30, note('c'));
    clock.at(10, note('a'));
    clock.after(10, note('b'));
    clock.at(31, note('too late'));
    await clock.advance(30);
    expect(fired).toEqual(['a@10', 'b@10', 'c@30']);
  });

  it('fires what a timer sets within the same advance, and at once what is overdue', async () => {
    const clock = new SettableClock(100);
    const fired: number[] = [];
    const again = () => {
      fired.push(clock.now());
      clock.after(10, again);
    };
    clock.at(50, again);
    await clock.advance(25);
    expect(fired).toEqual([100, 110, 120]);
  });

  it('fires nothing that was cancelled, not even by a timer of the same instant', async () => {
    const clock = new SettableClock(0);
    const fired: string[] = [];
    clock.at(5, () => second.cancel());
    const second = clock.at(5, () => fired.push('cancelled'));
    clock.at(6, () => fired.push('kept'));
    await clock.advance(10);
    expect(fired).toEqual(['kept']);
  });

  it('moves instants with the wall clock, and not what waits for a time to pass', async () => {
    const clock = new SettableClock(1_000_000);
    const fired: string[] = [];
    clock.at(1_000_500, () => fired.push('instant'));
    clock.after(1000, () => fired.push('delay'));
    clock.setWall(500_000);
    expect(clock.monotonic()).toBe(0);
    await clock.advance(1000);
    expect(fired).toEqual(['delay']);
    clock.setWall(1_000_500);
    await clock.advance(0);
    expect(fired).toEqual(['delay', 'instant']);
  });

  it('lets promises settle between two timers', async () => {
    const clock = new SettableClock(0);
    const seen: number[] = [];
    void clock.sleep(10).then(() => seen.push(clock.now()));
    clock.at(20, () => seen.push(20));
    await clock.advance(20);
    expect(seen).toEqual([10, 20]);
  });

  it('ends a sleep with the reason of its signal, and leaves no timer behind', async () => {
    const clock = new SettableClock(0);
    const controller = new AbortController();
    const sleep = clock.sleep(10, controller.signal);
    controller.abort(new Error('stop'));
    await expect(sleep).rejects.toThrow('stop');
    await expect(clock.sleep(10, controller.signal)).rejects.toThrow('stop');
    await clock.advance(10);
    const late = new AbortController();
    const slept = clock.sleep(10, late.signal);
    await clock.advance(10);
    late.abort();
    await expect(slept).resolves.toBeUndefined();
  });
});
