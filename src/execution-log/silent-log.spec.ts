import { describe, expect, it } from '@jest/globals';
import { aRun, T0 } from '../../test/support/builders.js';
import type { Attempt } from '../domain/run.js';
import { silentLog } from './silent-log.js';

const attempt = (fields: Partial<Attempt> = {}): Attempt => ({
  number: 1,
  instance: 'one',
  startedAt: T0 + 3,
  finishedAt: T0 + 10,
  outcome: 'succeeded',
  ...fields,
});

describe('silentLog', () => {
  it('tells the start and the end of the only attempt, with the sequences that they would have been stored under', () => {
    expect(silentLog(aRun({ state: 'succeeded', latenessMs: 3, attempts: [attempt()] }))).toEqual([
      {
        sequence: 1_000_001,
        at: T0 + 3,
        attempt: 1,
        level: 'info',
        message: 'Attempt 1 started, 3 ms after its time',
        data: { instance: 'one', latenessMs: 3 },
      },
      { sequence: 1_000_002, at: T0 + 10, attempt: 1, level: 'info', message: 'Attempt 1 succeeded after 7 ms' },
    ]);
  });

  it.each([
    ['is under way', aRun({ state: 'running' })],
    ['failed', aRun({ state: 'failed', attempts: [attempt({ outcome: 'failed' })] })],
    [
      'took a second attempt',
      aRun({ state: 'succeeded', attempts: [attempt({ outcome: 'lost' }), attempt({ number: 2 })] }),
    ],
    ['has a start that nobody told', aRun({ state: 'succeeded', attempts: [attempt({ startedAt: null })] })],
  ])('has nothing of a run that %s: what there is to tell of it is stored', (_, run) => {
    expect(silentLog(run)).toEqual([]);
  });
});
