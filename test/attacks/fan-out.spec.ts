import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shareOut } from '../../src/scheduling/event-dispatcher.js';
import { aTask, onEvent } from '../support/builders.js';
import { describeEngine, work } from '../support/engine-world.js';

const raising = (event: string, name = 'echo') =>
  work({ name, triggers: [onEvent(event)], action: { type: 'event', event, data: {} }, overlap: 'allow' });

describeEngine('an event whose runs raise events', (world) => {
  const ended = async (organization = 'default') => {
    const { scheduler } = world().instances[0]!;
    const runs = await scheduler.for(organization).listRuns({ trigger: 'event' }, { limit: 1000 });
    return { begun: runs.filter(({ attempts }) => attempts.length > 0), skipped: runs.filter(({ state }) => state === 'skipped'), runs }; // prettier-ignore
  };

  it.each([2, 3, 7])('starts a bounded number of runs though %i tasks raise what they start on', async (count) => {
    const instances = [
      await world().boot({ engine: { eventDescendants: 60 } }),
      await world().boot({ engine: { eventDescendants: 60 } }),
    ];
    const { scheduler } = instances[0]!;
    for (let i = 0; i < count; i++) await scheduler.schedule(raising('x', `echo ${i}`));
    await world().done(scheduler.raise('x', {}, 'first'));
    await world().advance(20_000);
    const { begun, skipped, runs } = await ended();
    expect(begun.length).toBeLessThanOrEqual(60);
    expect(begun.length).toBeGreaterThan(count);
    expect(runs.every(({ finishedAt }) => finishedAt !== null)).toBe(true);
    // What came to nothing says so: as a run that was skipped, or by the end of the one that would have raised it.
    const told = [...skipped, ...begun.filter(({ state }) => state === 'failed')].map(({ reason }) => reason ?? '');
    expect(told.length).toBeGreaterThan(0);
    for (const reason of told) expect(reason).toMatch(/EVENT_DESCENDANTS|no run left|in a row/);
  });

  it('starts no more of its own than that, and records those that it does not start', async () => {
    const { scheduler } = await world().boot({ engine: { eventDescendants: 5 } });
    for (let i = 0; i < 8; i++) await scheduler.schedule(work({ triggers: [onEvent('x')] }));
    const answer = await world().done(scheduler.raise('x', {}, 'first'));
    expect([answer.runs.length, answer.refused]).toEqual([5, 3]);
    await world().advance(1000);
    const again = await world().done(scheduler.raise('x', {}, 'first'));
    expect(again.runs).toEqual(answer.runs);
    const { begun, skipped } = await ended();
    expect([begun.length, skipped.length]).toEqual([5, 3]);
    expect(world().logged.join()).toContain('EVENT_DESCENDANTS');
  });

  it('leaves a chain that grows no wider alone', async () => {
    const { scheduler } = await world().boot({ engine: { eventDescendants: 40 } });
    const next = (from: string, to: string) =>
      work({ triggers: [onEvent(from)], action: { type: 'event', event: to, data: {} } });
    for (let i = 0; i < 10; i++) await scheduler.schedule(next(`step-${i}`, `step-${i + 1}`));
    for (let i = 0; i < 20; i++) await scheduler.schedule(work({ triggers: [onEvent('step-10')] }));
    await world().done(scheduler.raise('step-0', {}));
    await world().advance(10_000);
    expect(world().workshop.calls).toHaveLength(20);
  });

  it('shares out no more than there is, however the tree grows', () => {
    const task = (isRaising: boolean) =>
      aTask({ definition: { action: isRaising ? { type: 'event', event: 'x', data: {} } : { type: 'noop' } } });
    const kinds = [task(true), task(false)];
    const level = fc.array(fc.constantFrom(...kinds), { maxLength: 9 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.array(level, { minLength: 1, maxLength: 6 }),
        (allowance, levels) => {
          const grown = (depth: number, left: number): number => {
            if (depth >= 12) return 0;
            const { started, descendants } = shareOut(levels[depth % levels.length]!, left);
            const further = started.filter((each) => each === kinds[0] && descendants > 0);
            return started.length + further.reduce((sum) => sum + grown(depth + 1, descendants), 0);
          };
          expect(grown(0, allowance)).toBeLessThanOrEqual(allowance);
        },
      ),
    );
  });
});
