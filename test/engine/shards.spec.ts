import { expect, it } from '@jest/globals';
import { Dispatcher } from '../../src/scheduling/dispatcher.js';
import type { Claim } from '../../src/scheduling/run.store.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';

const HORIZON_MS = 6000;
const TASKS = 16;
const engine = { horizonMs: HORIZON_MS };

describeEngine('the division of tasks among instances', (world) => {
  const heapOf = ({ module }: EngineInstance) => module.get(Dispatcher, { strict: false }).heapSize;
  const heaps = (instances: EngineInstance[]) => instances.map(heapOf);
  const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);
  /** Until every instance has heard of the others, and minds nothing only because it was the one that took it in. */
  const settleDown = () => world().advance(HORIZON_MS + 1000);
  const schedule = ({ scheduler }: EngineInstance, everyMs = HORIZON_MS / 3) =>
    Promise.all(
      Array.from({ length: TASKS }, () => scheduler.schedule(work({ triggers: [every(everyMs)], overlap: 'allow' }))),
    );

  it('leaves each occurrence to one of them, whichever took in the task', async () => {
    const instances = [await world().boot({ engine }), await world().boot({ engine })];
    await schedule(instances[0]!);
    await settleDown();
    const claimed: string[] = [];
    const watches = instances.map(({ gate }) =>
      gate.obstruct((method, [claims]) => {
        if (method === 'open') claimed.push(...(claims as Claim[]).map((claim) => `${claim.taskId} ${claim.scheduledFor}`)); // prettier-ignore
      }),
    );
    const before = world().workshop.calls.length;
    await world().advance(6000);
    for (const stop of watches) stop();
    expect(world().workshop.calls.length - before).toBe(3 * TASKS);
    expect(claimed).toHaveLength(new Set(claimed).size);
    expect(Math.min(...heaps(instances))).toBeGreaterThan(0);
    expect(sum(heaps(instances))).toBe(TASKS);
  });

  it('divides them anew when an instance comes and when one goes', async () => {
    const [a, b] = [await world().boot({ engine }), await world().boot({ engine })];
    await schedule(a);
    await settleDown();
    const c = await world().boot({ engine });
    await world().advance(2000);
    expect(heapOf(c)).toBeGreaterThan(0);
    expect(sum(heaps([a, b, c]))).toBe(TASKS);
    await world().done(c.stop());
    await world().advance(2000);
    expect(sum(heaps([a, b]))).toBe(TASKS);
    await b.crash(a);
    await world().advance(2000);
    expect(heapOf(a)).toBe(TASKS);
  });

  it('asks for all tasks at once where there is no other instance', async () => {
    const a = await world().boot({ engine });
    const asked: unknown[] = [];
    a.gate.obstruct((method, [range]) => void (method === 'dueBetween' && asked.push(range)));
    await world().advance(HORIZON_MS);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((range) => (range as { shards?: unknown }).shards !== undefined)).toEqual([]);
  });

  it('starts on time what was created elsewhere for the near future, before and after its owner knows of it', async () => {
    const instances = [await world().boot({ engine }), await world().boot({ engine })];
    await schedule(instances[1]!, 1000);
    await world().advance(HORIZON_MS + 3000);
    const late = world().workshop.calls.filter(({ at, context }) => at > context.run.scheduledFor.getTime());
    expect(late).toEqual([]);
    expect(world().workshop.calls.length).toBeGreaterThanOrEqual(TASKS * 8);
  });
});
