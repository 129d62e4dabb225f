import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { aRun, aTask, T0 } from '../../test/support/builders.js';
import { SettableClock } from '../clock/settable-clock.js';
import { StoreUnavailableError } from '../domain/errors.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { FigureRecorder } from './figure-recorder.js';
import type { MinuteFigures } from './figures.js';

const task = aTask();
const put = jest.fn<(figures: readonly MinuteFigures[]) => Promise<void>>();
/** What each write contained, as minutes after the start and numbers of starts. */
const written = () => put.mock.calls.map(([figures]) => figures.map(({ minute, starts }) => [(minute - T0) / 60_000, starts])); // prettier-ignore

describe('FigureRecorder', () => {
  let clock: SettableClock;
  let events: LifecycleEvents;
  let recorder: FigureRecorder;
  beforeEach(() => {
    clock = new SettableClock(T0);
    events = new LifecycleEvents();
    // Copies its argument: the figures of a running minute still change.
    put.mockReset().mockImplementation(() => Promise.resolve());
    const store = { put: (figures: readonly MinuteFigures[]) => put(structuredClone(figures)) };
    recorder = new FigureRecorder(store as never, { owner: 'i' } as never, clock, events);
  });

  const start = (organization = 'acme') =>
    events.emit('run.started', { run: aRun({ organization }), task, latenessMs: 1 });

  it('writes what it counted ten seconds after the first, and a minute that goes on again as a whole', async () => {
    start();
    await clock.advance(9999);
    expect(put).not.toHaveBeenCalled();
    await clock.advance(1);
    start();
    await clock.advance(10_000);
    expect(written()).toEqual([[[0, 1]], [[0, 2]]]);
    await clock.advance(60_000);
    expect(put).toHaveBeenCalledTimes(2);
    start();
    await clock.advance(10_000);
    // The minute that has ended is written one last time and forgotten.
    expect(written().at(-1)).toEqual([[0, 2], [1, 1]]); // prettier-ignore
    start();
    await clock.advance(10_000);
    expect(written().at(-1)).toEqual([[1, 2]]);
  });

  it('keeps organizations apart, and ends apart from starts', async () => {
    start('umbrella');
    events.emit('run.finished', { run: aRun({ state: 'missed' }), task });
    await recorder.flush();
    expect(put.mock.calls[0]![0]).toMatchObject([
      { organization: 'umbrella', instance: 'i', starts: 1, missed: 0 },
      { organization: 'acme', starts: 0, missed: 1 },
    ]);
  });

  it('tries again when the store was away', async () => {
    put.mockRejectedValueOnce(new StoreUnavailableError('away'));
    start();
    await clock.advance(20_000);
    expect(written()).toEqual([[[0, 1]], [[0, 1]]]);
  });
});
