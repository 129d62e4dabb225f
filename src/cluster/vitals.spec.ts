import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import type { StoreFigures } from '../storage/store-health.js';
import { Vitals } from './vitals.js';

const HELD_UP_MS = 150;

let clock: SettableClock;
let asked: number;
let clockAt: () => number | null;
let vitals: Vitals;

const health = {
  ping: () => Promise.resolve(),
  figures: async (): Promise<StoreFigures> => {
    asked += 1;
    await clock.sleep(100);
    return { clockAt: clockAt(), file: null };
  },
};

beforeEach(() => {
  clock = new SettableClock(1_000_000);
  asked = 0;
  clockAt = () => clock.now();
  vitals = new Vitals(health, clock);
  vitals.start();
});
afterEach(() => vitals.stop());

it('tells the longest that the event loop was held up, once', async () => {
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
  // The first look only begins to measure, also after it was told.
  for (let turns = 0; turns < 50; turns++) await turn();
  const until = performance.now() + HELD_UP_MS;
  while (performance.now() < until);
  await turn();
  const told = vitals.told().eventLoopLagMs;
  expect(told).toBeGreaterThan(HELD_UP_MS / 2);
  expect(vitals.told().eventLoopLagMs).toBeLessThan(told);
});

it('tells the memory of the process', () => expect(vitals.told().rssBytes).toBeGreaterThan(1_000_000));

it('tells by how much the clock of the store is ahead, counted from the middle of the question', async () => {
  clockAt = () => clock.now() - 50 + 7000;
  expect(vitals.told()).not.toHaveProperty('clockOffsetMs');
  await clock.advance(100);
  expect(vitals.told().clockOffsetMs).toBe(7000);
  expect(asked).toBe(1);
  await clock.advance(30_000);
  vitals.told();
  expect(asked).toBe(2);
});

it('asks a store that has no clock of its own no more than once', async () => {
  clockAt = () => null;
  for (let beats = 0; beats < 3; beats++) {
    expect(vitals.told()).not.toHaveProperty('clockOffsetMs');
    await clock.advance(60_000);
  }
  expect(asked).toBe(1);
});

it('forgets the offset in an outage of the store, and asks again after it', async () => {
  clockAt = () => clock.now();
  vitals.told();
  await clock.advance(100);
  expect(vitals.told()).toHaveProperty('clockOffsetMs');
  clockAt = () => {
    throw new Error('away');
  };
  await clock.advance(30_000);
  vitals.told();
  await clock.advance(100);
  expect(vitals.told()).not.toHaveProperty('clockOffsetMs');
  clockAt = () => clock.now();
  await clock.advance(30_000);
  vitals.told();
  await clock.advance(100);
  expect(vitals.told()).toHaveProperty('clockOffsetMs');
});
