import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HeartbeatPace } from './heartbeat-pace.js';

describe('HeartbeatPace', () => {
  it('admits no more than a few at once and one each spacing, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3000), { maxLength: 200 }), fc.integer({ min: 25, max: 1000 }), (gaps, spacing) => {
        const pace = new HeartbeatPace();
        let [now, admitted] = [0, 0];
        for (const gap of gaps) {
          now += gap;
          if (pace.admits('r1', 1, spacing, now)) admitted++;
        }
        expect(admitted).toBeLessThanOrEqual(5 + now / spacing);
      }),
    );
  });

  it('always admits one that comes a spacing after the last one', () => {
    const pace = new HeartbeatPace();
    for (let at = 0; at < 100_000; at += 7) pace.admits('r1', 1, 1000, at);
    expect(pace.admits('r1', 1, 1000, 102_000)).toBe(true);
  });

  it('admits those of other runs and attempts, and bears a clock that goes back', () => {
    const pace = new HeartbeatPace();
    for (let count = 0; count < 10; count++) pace.admits('r1', 1, 1000, 5000);
    expect(pace.admits('r1', 1, 1000, 4000)).toBe(false);
    expect(pace.admits('r1', 2, 1000, 5000)).toBe(true);
    expect(pace.admits('r2', 1, 1000, 5000)).toBe(true);
  });
});
