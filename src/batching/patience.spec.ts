import { describe, expect, it } from '@jest/globals';
import { SettableClock } from '../clock/settable-clock.js';
import { RecordRefusedError, StoreRefusedError, StoreUnavailableError } from '../domain/errors.js';
import { Patience } from './patience.js';

describe('Patience', () => {
  it('waits for a store that is away', async () => {
    const clock = new SettableClock(0);
    let calls = 0;
    const work = () => (++calls < 4 ? Promise.reject(new StoreUnavailableError('away')) : Promise.resolve('done'));
    const done = new Patience(clock, 'Something').untilAvailable(work);
    while (calls < 4) await clock.advance(50);
    expect(await done).toBe('done');
    expect(clock.now()).toBeGreaterThanOrEqual(350);
  });

  it.each([new StoreRefusedError('not authorized'), new RecordRefusedError('MongoDB', 'Document failed validation')])(
    'does not wait for what does not pass: %s',
    async (refusal) => {
      const patience = new Patience(new SettableClock(0), 'Something');
      await expect(patience.untilAvailable(() => Promise.reject(refusal))).rejects.toBe(refusal);
    },
  );
});
