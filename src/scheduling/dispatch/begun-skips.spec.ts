import { describe, expect, it } from '@jest/globals';
import { aRun, aTask, T0 } from '../../../test/support/builders.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { occurrenceRunId } from '../../domain/ids.js';
import type { Run } from '../../domain/run.js';
import type { HeldRuns } from '../holding/held-runs.js';
import type { ArmedElsewhere } from '../overlap/armed-elsewhere.js';
import type { RunStore } from '../ports/run.store.js';
import { BegunSkips } from './begun-skips.js';

describe('a skip that may have come too late', () => {
  const task = aTask({ generation: 4 });

  /** What comes of an occurrence that is claimed under this generation and has not begun, and what is taken back. */
  async function claimedUnder(
    generation: number,
    ask = (skips: BegunSkips): Promise<unknown> => skips.has(task, T0),
    { armed = [], putOff = false }: { armed?: readonly string[]; putOff?: boolean } = {},
  ) {
    const fields = { taskId: task.id, trigger: 'schedule', generation, putOff } as const;
    const run = aRun({ id: occurrenceRunId(task.id, T0), ...fields });
    const withdrawn: string[] = [];
    const runs = {
      byIds: () => Promise.resolve([run]),
      withdraw: (each: readonly Run[]) => {
        withdrawn.push(...each.map(({ id }) => id));
        return Promise.resolve(new Set(withdrawn));
      },
    } as unknown as RunStore;
    const elsewhere = { amongChanged: () => Promise.resolve(new Set(armed)) } as unknown as ArmedElsewhere;
    const held = { hasBegun: () => false, get: () => undefined } as unknown as HeldRuns;
    return { hasBegun: await ask(new BegunSkips(runs, held, elsewhere, new SettableClock(T0))), withdrawn };
  }

  const skipping = {
    ...task,
    skips: [{ at: T0, by: 'anna', reason: 'a holiday' }],
    toldUntil: T0 - 1,
    claimedUntil: null,
  };
  const ask = (skips: BegunSkips) => skips.settledAll([skipping]);

  it('takes back what was claimed before it', async () => {
    expect(await claimedUnder(3)).toEqual({ hasBegun: false, withdrawn: [occurrenceRunId(task.id, T0)] });
  });

  it('takes back what waits when the ledger is about to tell of it, unless it was claimed later', async () => {
    expect(await claimedUnder(3, ask)).toEqual({ hasBegun: [skipping], withdrawn: [occurrenceRunId(task.id, T0)] });
    expect(await claimedUnder(4, ask)).toEqual({ hasBegun: [skipping], withdrawn: [] });
  });

  it('leaves what another instance may begin at any moment, unless it has written that it waits', async () => {
    const armed = [task.id];
    expect(await claimedUnder(3, ask, { armed })).toEqual({ hasBegun: [skipping], withdrawn: [] });
    const withdrawn = [occurrenceRunId(task.id, T0)];
    expect(await claimedUnder(3, ask, { armed, putOff: true })).toEqual({ hasBegun: [skipping], withdrawn });
  });

  it('leaves what was claimed after somebody had put the occurrence back', async () => {
    expect(await claimedUnder(5)).toEqual({ hasBegun: false, withdrawn: [] });
  });
});
