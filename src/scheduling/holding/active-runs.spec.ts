import { describe, expect, it } from '@jest/globals';
import { aRun } from '../../../test/support/builders.js';
import { ActiveRuns } from './active-runs.js';

/** Nobody holds these runs. */
const nobody = { onLeft: () => undefined, keepPlaces: () => undefined };

describe('ActiveRuns', () => {
  it('knows the other begun runs of a task, however many there are', () => {
    const activeRuns = new ActiveRuns(nobody as never);
    const runs = [aRun({ taskId: 't' }), aRun({ taskId: 't' }), aRun({ taskId: 't' })];
    for (const run of runs) activeRuns.enter(run);
    activeRuns.enter(aRun({ taskId: 'another' }));
    expect(activeRuns.begunOf('t', runs[0]!.id)).toEqual(runs.slice(1));
    for (const run of runs.slice(1)) activeRuns.leave(run);
    expect(activeRuns.begunOf('t', runs[0]!.id)).toEqual([]);
    expect(activeRuns.begunOf('t', 'none')).toEqual([runs[0]]);
  });

  it.each([0, 1])("keeps what has begun anew when a former self's attempt ends, beside %d other runs", (others) => {
    const activeRuns = new ActiveRuns(nobody as never);
    const former = aRun({ taskId: 't' });
    const beside = Array.from({ length: others }, () => aRun({ taskId: 't' }));
    for (const run of [former, ...beside]) activeRuns.enter(run);
    const anew = { ...former, attempt: 2 };
    activeRuns.enter(anew);
    activeRuns.leave(former);
    expect(activeRuns.begunOf('t', beside[0]?.id ?? 'none')).toEqual([anew]);
    activeRuns.leave(anew);
    expect(activeRuns.begunOf('t', 'none')).toEqual(beside);
  });
});
