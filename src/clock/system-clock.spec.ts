import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SystemClock } from './system-clock.js';

const LONGEST_DELAY_MS = 2_147_483_647;

/** A machine whose wall clock, monotonic reading and timers the test controls. */
function machine() {
  let wall = 1_000_000;
  let elapsed = 5000;
  let timer: { callback: () => void; delay: number } | null = null;
  jest.spyOn(Date, 'now').mockImplementation(() => wall);
  jest.spyOn(performance, 'now').mockImplementation(() => elapsed);
  const delays: number[] = [];
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((
    callback: (...values: unknown[]) => void,
    delay: number,
    ...values: unknown[]
  ) => {
    timer = { callback: () => callback(...values), delay };
    delays.push(delay);
    return 1;
  }) as never);
  jest.spyOn(globalThis, 'clearTimeout').mockImplementation(() => void (timer = null));
  let turn: (() => void) | null = null;
  jest.spyOn(globalThis, 'setImmediate').mockImplementation(((callback: () => void) => {
    turn = callback;
    return 1;
  }) as never);
  jest.spyOn(globalThis, 'clearImmediate').mockImplementation(() => void (turn = null));
  return {
    delays,
    setWall: (instant: number) => (wall = instant),
    /** Fires the pending timer, `early` milliseconds before its time. */
    fire(early = 0): void {
      const { callback, delay } = timer!;
      timer = null;
      wall += delay - early;
      elapsed += delay - early;
      callback();
    },
    /** Passes one turn of the event loop, which takes `ms` milliseconds. */
    turn(ms: number): void {
      const callback = turn;
      turn = null;
      wall += ms;
      elapsed += ms;
      callback?.();
    },
    isIdle: () => timer === null && turn === null,
  };
}

describe('SystemClock', () => {
  let world: ReturnType<typeof machine>;
  let rung: number;
  const clock = new SystemClock();
  const ring = () => void rung++;

  beforeEach(() => {
    rung = 0;
    world = machine();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('reads the machine’s clocks', () => {
    expect([clock.now(), clock.monotonic()]).toEqual([1_000_000, 5000]);
  });

  it.each(['at', 'after'] as const)('waits by "%s" longer than a timer can', (way) => {
    const month = 30 * 86_400_000;
    if (way === 'at') clock.at(1_000_000 + month, ring);
    else clock.after(month, ring);
    world.fire();
    expect(rung).toBe(0);
    world.fire();
    expect([rung, world.isIdle()]).toEqual([1, true]);
    expect(world.delays).toEqual([LONGEST_DELAY_MS, month - LONGEST_DELAY_MS]);
  });

  it.each(['at', 'after'] as const)('never calls back early by "%s", even when the timer fires early', (way) => {
    if (way === 'at') clock.at(1_000_100, ring);
    else clock.after(100, ring);
    world.fire(0.5);
    expect(rung).toBe(0);
    world.fire();
    expect(rung).toBe(1);
  });

  it('waits no longer than it is told, and leaves no timer behind', async () => {
    await clock.noLongerThan(100, Promise.resolve());
    expect(world.isIdle()).toBe(true);
    const never = new Promise(() => undefined);
    const waited = clock.noLongerThan(100, never);
    world.fire();
    await waited;
    await expect(clock.noLongerThan(100, Promise.reject(new Error('the work failed')))).rejects.toThrow('failed');
    expect(world.isIdle()).toBe(true);
  });

  it('calls back as soon as possible when the instant has passed, but not before it returns', () => {
    clock.at(5, ring);
    expect([rung, world.delays]).toEqual([0, [0]]);
    world.fire();
    expect(rung).toBe(1);
  });

  it('waits for an instant longer when the wall clock is set back', () => {
    clock.at(1_000_100, ring);
    world.setWall(900_000);
    world.fire();
    expect(rung).toBe(0);
    world.fire();
    expect([rung, world.delays]).toEqual([1, [100, 100_000]]);
  });

  it('waits for a time to pass however the wall clock is set', () => {
    clock.after(100, ring);
    world.setWall(1);
    world.fire();
    expect([rung, world.delays]).toEqual([1, [100]]);
  });

  it('does not call back what is cancelled, in its second stretch neither', () => {
    const timer = clock.at(1_000_000 + 2 * LONGEST_DELAY_MS, ring);
    world.fire();
    timer.cancel();
    expect([world.isIdle(), rung]).toEqual([true, 0]);
  });

  it('is awake for the last two milliseconds of a punctual timer, and never early', () => {
    clock.punctually(1_000_100, ring);
    expect(world.delays).toEqual([98]);
    world.fire();
    world.turn(1);
    world.turn(0);
    expect(rung).toBe(0);
    world.turn(1);
    expect([rung, world.isIdle()]).toEqual([1, true]);
  });

  it('does not stay awake from one punctual timer to the next', () => {
    const punctual = new SystemClock();
    punctual.punctually(1_000_100, ring);
    world.fire();
    world.turn(2);
    punctual.punctually(1_000_110, ring);
    world.fire();
    expect([rung, world.isIdle(), world.delays]).toEqual([1, false, [98, 8, 2]]);
    world.fire();
    expect([rung, world.isIdle()]).toEqual([2, true]);
    punctual.punctually(1_000_200, ring);
    world.fire();
    expect(world.delays.at(-1)).toBe(88);
    world.turn(2);
    expect([rung, world.isIdle()]).toEqual([3, true]);
  });

  it.each([
    ['while it waits', 0],
    ['while it is awake', 1],
  ])('takes a punctual timer back %s', (_, turns) => {
    const timer = new SystemClock().punctually(1_000_100, ring);
    if (turns > 0) world.fire();
    timer.cancel();
    expect([world.isIdle(), rung]).toEqual([true, 0]);
  });
});
