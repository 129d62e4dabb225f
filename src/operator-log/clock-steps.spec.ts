import { expect, it } from '@jest/globals';
import { ClockSteps } from './clock-steps.js';

const T0 = 1_800_000_000_000;

it('finds steps of a second or more, in either direction and once each, and none in passing time', () => {
  const steps = new ClockSteps();
  const seen = [
    { wall: T0, monotonic: 5 },
    { wall: T0 + 1000, monotonic: 1005 },
    // Held up for a minute.
    { wall: T0 + 61_000, monotonic: 61_005 },
    { wall: T0 + 62_400, monotonic: 62_005 },
    { wall: T0 + 63_400 - 3_600_000, monotonic: 63_005 },
    { wall: T0 + 64_400 - 3_600_000, monotonic: 64_005 },
    { wall: T0 + 65_400, monotonic: 65_005 },
  ].map((reading) => steps.read(reading));
  expect(seen).toEqual([null, null, null, null, -3_600_000, null, 3_600_000]);
});
