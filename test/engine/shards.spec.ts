import { expect, it } from '@jest/globals';
import { ShardMap } from '../../src/cluster/shard-map.js';
import { shardOf } from '../../src/domain/shards.js';
import { DueWindow } from '../../src/scheduling/dispatch/due-window.js';
import type { Claim } from '../../src/domain/claim.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';

const HORIZON_MS = 6000;
const TASKS = 16;
/** An instance hears within a second that another has come or gone, and checks once more two seconds later. */
const DIVIDED_MS = 3100;
const engine = { horizonMs: HORIZON_MS };

describeEngine('the division of tasks among instances', (world) => {
  const heapOf = ({ module }: EngineInstance) => module.get(DueWindow, { strict: false }).size;
  const heaps = (instances: EngineInstance[]) => instances.map(heapOf);
  /** How many of the tasks belong to each of these instances when they share them. */
  const shares = (instances: EngineInstance[], tasks: { id: string }[]) => {
    const ids = instances.map(({ locks }) => locks.owner);
    const map = new ShardMap(ids);
    return ids.map((id) => tasks.filter((task) => map.rankOf(id, shardOf(task.id)) === 0).length);
  };
  /** Waits until every instance knows the others, and none minds a task only because it was the one that took it in. */
  const settleDown = () => world().advance(HORIZON_MS + 1000);
  const schedule = ({ scheduler }: EngineInstance, everyMs = HORIZON_MS / 3) =>
    Promise.all(
      Array.from({ length: TASKS }, () => scheduler.schedule(work({ triggers: [every(everyMs)], overlap: 'allow' }))),
    );

  it('leaves each occurrence to one of them, whichever took in the task', async () => {
    const instances = [await world().boot({ engine }), await world().boot({ engine })];
    const tasks = await schedule(instances[0]!);
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
    expect(heaps(instances)).toEqual(shares(instances, tasks));
  });

  it('divides them anew when an instance comes and when one goes', async () => {
    const [a, b] = [await world().boot({ engine }), await world().boot({ engine })];
    const tasks = await schedule(a);
    await settleDown();
    const c = await world().boot({ engine });
    await world().advance(DIVIDED_MS);
    expect(heaps([a, b, c])).toEqual(shares([a, b, c], tasks));
    await world().done(c.stop());
    await world().advance(DIVIDED_MS);
    expect(heaps([a, b])).toEqual(shares([a, b], tasks));
    await b.crash(a);
    await world().advance(DIVIDED_MS);
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
