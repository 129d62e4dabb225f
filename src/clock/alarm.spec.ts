import { describe, expect, it } from '@jest/globals';
import { Alarm } from './alarm.js';
import { SettableClock } from './settable-clock.js';

function world() {
  const clock = new SettableClock(0);
  const rung: number[] = [];
  return { clock, rung, alarm: new Alarm(clock, () => rung.push(clock.now())) };
}

describe('Alarm', () => {
  it('rings once, at what it was set for last', async () => {
    const { clock, rung, alarm } = world();
    for (const instant of [50, 10, 30]) alarm.set(instant);
    await clock.advance(100);
    expect(rung).toEqual([30]);
  });

  it('can be set for a time by which to ring, and rings sooner if it was set for that', async () => {
    const { clock, alarm, rung } = world();
    alarm.setBy(200);
    alarm.setBy(300);
    await clock.advance(200);
    expect(rung).toEqual([200]);
    alarm.set(400);
    alarm.setBy(300);
    await clock.advance(300);
    expect(rung).toEqual([200, 300]);
  });

  it('does not ring when it is turned off, and can be set again to the same instant', async () => {
    const { clock, rung, alarm } = world();
    alarm.set(10);
    alarm.set(undefined);
    await clock.advance(10);
    alarm.set(20);
    alarm.off();
    alarm.set(20);
    await clock.advance(20);
    expect(rung).toEqual([20]);
  });

  it('can be set from its own ringing, to an instant that has passed as well', async () => {
    const clock = new SettableClock(0);
    const rung: number[] = [];
    const alarm: Alarm = new Alarm(clock, () => {
      if (rung.push(clock.now()) < 3) alarm.set(10);
    });
    alarm.set(10);
    await clock.advance(50);
    expect(rung).toEqual([10, 10, 10]);
  });
});
