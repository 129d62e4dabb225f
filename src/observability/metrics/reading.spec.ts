import { describe, expect, it } from '@jest/globals';
import { SettableClock } from '../../clock/settable-clock.js';
import { Reading } from './reading.js';

describe('a reading', () => {
  it('is the last answer with its age, and waits for none', async () => {
    const clock = new SettableClock(0);
    const answers: { resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
    const reading = new Reading(
      clock,
      () => new Promise<string>((resolve, reject) => answers.push({ resolve, reject })),
    );
    expect([reading.latest, reading.ageMs]).toEqual([null, null]);
    for (let times = 0; times < 5; times++) reading.refresh();
    // Where nothing answers, no more is asked.
    expect(answers).toHaveLength(2);
    await clock.advance(300);
    answers[0]!.resolve('first');
    await clock.advance(0);
    expect([reading.latest, reading.ageMs]).toEqual(['first', 300]);
    reading.refresh();
    await clock.advance(1000);
    answers[2]!.resolve('third');
    await clock.advance(0);
    // What was asked for earlier, and comes later, is not the last one.
    answers[1]!.resolve('second');
    await clock.advance(0);
    expect([reading.latest, reading.ageMs]).toEqual(['third', 1000]);
  });

  it('asks nothing while there is nothing to ask for', async () => {
    const clock = new SettableClock(0);
    let isOn = false;
    const reading = new Reading(
      clock,
      () => Promise.resolve(7),
      () => isOn,
    );
    reading.refresh();
    await clock.advance(0);
    expect(reading.latest).toBeNull();
    isOn = true;
    reading.refresh();
    await clock.advance(0);
    expect(reading.latest).toBe(7);
  });

  it('stays and grows old while the question fails', async () => {
    const clock = new SettableClock(0);
    let answer: () => Promise<number> = () => Promise.resolve(7);
    const reading = new Reading(clock, () => answer());
    reading.refresh();
    await clock.advance(0);
    answer = () => Promise.reject(new Error('away'));
    for (let times = 0; times < 9; times++) {
      reading.refresh();
      await clock.advance(1000);
    }
    expect([reading.latest, reading.ageMs]).toEqual([7, 9000]);
    answer = () => Promise.resolve(8);
    reading.refresh();
    await clock.advance(0);
    expect([reading.latest, reading.ageMs]).toEqual([8, 0]);
  });
});
