import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shareOut } from '../../src/events/shares.js';
import { onEvent } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
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
    // Every start that did not happen is explained: by a skipped run, or by the end of the run that would have raised
    // the event.
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

  /** The instance dies when it has stored the runs of an event, and nothing else of it. */
  const killedAfterStarting = async (raise: (scheduler: EngineInstance['scheduler']) => Promise<unknown>) => {
    const [a, b] = world().instances as [EngineInstance, EngineInstance];
    let isStored = false;
    a.gate.obstruct((method, [items]) => {
      const isRefusal = method === 'insert' && JSON.stringify(items).includes('"state":"skipped"');
      isStored ||= isRefusal || method === 'markDispatched';
      return isStored ? new Promise(() => undefined) : undefined;
    });
    void raise(a.scheduler).catch(() => undefined);
    await world().untilHeldUp(() => isStored, b);
    await a.crash(b);
    return b;
  };

  it('starts no more when its instance dies after it started them, and the tasks change meanwhile', async () => {
    const engine = { eventDescendants: 5 };
    const [a] = [await world().boot({ engine }), await world().boot({ engine })];
    const waiting = [];
    for (let i = 0; i < 8; i++)
      waiting.push(await a.scheduler.schedule(work({ name: `w-${i}`, triggers: [onEvent('x')] })));
    const b = await killedAfterStarting((scheduler) => scheduler.raise('x', {}, 'first'));
    const stored = await b.scheduler.listRuns({ trigger: 'event' }, { limit: 100 });
    expect(stored).toHaveLength(5);
    const started = new Set(stored.map(({ taskId }) => taskId));
    const gone = waiting.filter(({ id }) => started.has(id)).slice(0, 2);
    for (const { id } of gone) await world().done(b.scheduler.change(id, { triggers: [onEvent('other')] }));
    await world().until(async () => (await b.eventStore.undispatched(Number.MAX_SAFE_INTEGER, 9)).length === 0);
    await world().advance(1000);
    const runs = await b.scheduler.listRuns({ trigger: 'event' }, { limit: 100 });
    expect(new Set(runs.filter(({ state }) => state !== 'skipped').map(({ taskId }) => taskId))).toEqual(started);
    expect(runs.filter(({ state }) => state === 'skipped')).toHaveLength(3);
    // Sent again, it answers with what it started.
    const again = await world().done(b.scheduler.raise('x', {}, 'first'));
    expect([new Set(again.triggeredTasks), again.refused]).toEqual([started, 3]);
  });

  it('shares out no part twice when its instance dies after it started what raises events', async () => {
    const engine = { eventDescendants: 11 };
    const [a] = [await world().boot({ engine }), await world().boot({ engine })];
    await a.scheduler.schedule(raising('x'));
    const [later, plain] = [
      await a.scheduler.schedule(raising('y')),
      await a.scheduler.schedule(work({ triggers: [onEvent('y')] })),
    ];
    const b = await killedAfterStarting((scheduler) => scheduler.raise('x', {}, 'first'));
    // They wait for the event now, and existed before it came; all that it may start is given away.
    for (const { id } of [later, plain]) await world().done(b.scheduler.change(id, { triggers: [onEvent('x')] }));
    await world().until(async () => (await b.eventStore.undispatched(Number.MAX_SAFE_INTEGER, 9)).length === 0);
    await world().advance(20_000);
    const runs = await b.scheduler.listRuns({ trigger: 'event' }, { limit: 200 });
    expect(runs.filter(({ state }) => state !== 'skipped').length).toBeLessThanOrEqual(11);
    const first = runs.filter(({ event }) => event?.id === 'first');
    expect(first.map(({ state }) => state).sort()).toEqual(['skipped', 'skipped', 'succeeded']);
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
    const kinds = [{ raises: true }, { raises: false }];
    const level = fc.array(fc.constantFrom(...kinds), { maxLength: 9 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.array(level, { minLength: 1, maxLength: 6 }),
        (allowance, levels) => {
          const grown = (depth: number, left: number): number => {
            if (depth >= 12) return 0;
            const { started, descendants } = shareOut(levels[depth % levels.length]!, left, ({ raises }) => raises);
            const further = started.filter((each) => each === kinds[0] && descendants > 0);
            return started.length + further.reduce((sum) => sum + grown(depth + 1, descendants), 0);
          };
          expect(grown(0, allowance)).toBeLessThanOrEqual(allowance);
        },
      ),
    );
  });
});
