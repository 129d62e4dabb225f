import { expect, it } from '@jest/globals';
import { HeldRuns } from '../../src/scheduling/holding/held-runs.js';
import { PoolQueue } from '../../src/scheduling/resources/pool-queue.js';
import { describeEngine, work } from '../support/engine-world.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { byHand } from '../support/workshop.js';

const HOUR = 3_600_000;
/** As much memory as an instance needs at least. Runs of one organization that wait for units take a sixth of it. */
const HELD_BYTES = 16_777_216;
const MANY = 90;
/** Each of them takes a hundredth of that part, or twice as much with what it carries. */
const FITTING = 43;
const heavy = { text: 'x'.repeat(65_000) };

describeEngine('runs that wait for units and do not fit into memory', (world) => {
  const small = { engine: { heldBytes: HELD_BYTES } };
  const begun = () => world().workshop.calls.length;
  const inMemory = (instance: EngineInstance) => instance.of(HeldRuns).count('waiting-for-units');
  const needing = (pool: string, priority = 5) =>
    work({ resources: { [pool]: 1 }, overlap: 'allow', timeoutMs: HOUR, retry: { maxAttempts: 1 }, priority });

  /** An instance where `MANY` runs wait for a rate that one of them has used up. */
  async function crowded() {
    const instance = await world().boot(small);
    await instance.settings.put('default', { resources: { api: { capacity: 1, perMs: HOUR } } });
    const task = await instance.scheduler.schedule(needing('api'));
    const ids: string[] = [];
    for (let index = 0; index < MANY; index++) {
      const run = await world().done(instance.scheduler.runNow(task.id, { parameters: heavy }));
      ids.push(run.id);
    }
    await world().advance(3000);
    return { instance, task, ids };
  }

  it('wait in the store, say why, and all come to their end once there are units', async () => {
    const { instance, ids } = await crowded();
    expect(begun()).toBe(1);
    expect(inMemory(instance)).toBeLessThanOrEqual(FITTING);
    expect(instance.of(PoolQueue).size).toBe(MANY - 1);
    const queues = instance.of(PoolQueue).queues(MANY);
    expect(queues.length).toBe(inMemory(instance));
    expect(instance.of(PoolQueue).queues(2)).toEqual(['default', 'default']);
    const runs = await instance.runStore.byIds('default', ids);
    const reason = `waits for resources: 1 of pool "api" (rate: 1 start in ${HOUR} ms)`;
    const waiting = runs.filter(({ state }) => state === 'pending');
    expect(waiting.filter((run) => run.reason === reason && run.owner === instance.locks.owner)).toHaveLength(MANY - 1);
    // Nobody asks the store for them as long as there is no room.
    let asked = 0;
    const { ownedAfter } = instance.runStore;
    instance.runStore.ownedAfter = (...parts) => {
      asked++;
      return ownedAfter.apply(instance.runStore, parts);
    };
    await world().advance(20_000);
    expect([asked, begun()]).toEqual([0, 1]);
    await instance.settings.put('default', { resources: { api: { capacity: 1000, perMs: HOUR } } });
    for (const id of ids) await world().inState({ id }, 'succeeded');
    expect([begun(), instance.of(PoolQueue).size, inMemory(instance)]).toEqual([MANY, 0, 0]);
    const started = new Set(world().workshop.calls.map(({ context }) => context.run.id));
    expect(started.size).toBe(MANY);
  });

  it('hold up neither what is more urgent nor what needs other pools', async () => {
    const { instance } = await crowded();
    await instance.settings.put('default', { resources: { api: { capacity: 1, perMs: HOUR }, disk: 1 } });
    world().workshop.answering = byHand;
    const other = await instance.scheduler.schedule(needing('disk'));
    const runs = [];
    for (let index = 0; index < 3; index++) runs.push(await instance.scheduler.runNow(other.id));
    for (const run of runs) {
      await world().inState(run, 'running');
      world().workshop.last().succeed();
      await world().inState(run, 'succeeded');
    }
    const urgent = await instance.scheduler.schedule(needing('api', 9));
    const first = await instance.scheduler.runNow(urgent.id);
    await world().advance(2000);
    const [key] = await instance.lockStore.holders(['rate/default/api/0']);
    await instance.lockStore.release([key![0]], key![1]);
    await world().inState(first, 'running');
    world().workshop.last().succeed();
  });

  it('can be cancelled', async () => {
    const { instance, ids } = await crowded();
    const parked = ids.find((id) => id !== world().workshop.last().context.run.id && !instance.of(HeldRuns).get(id))!;
    const cancelled = await world().done(instance.scheduler.cancelRun(parked));
    expect(cancelled.state).toBe('cancelled');
    await world().advance(3000);
    expect(instance.of(PoolQueue).size).toBe(MANY - 2);
  });

  it('end when they may not start any more', async () => {
    const instance = await world().boot(small);
    await instance.settings.put('default', { resources: { api: { capacity: 1, perMs: HOUR } } });
    const task = await instance.scheduler.schedule({ ...needing('api'), startDeadlineMs: 60_000 });
    const runs = [];
    for (let index = 0; index < MANY; index++)
      runs.push(await world().done(instance.scheduler.runNow(task.id, { parameters: heavy })));
    await world().advance(55_000);
    expect(instance.of(PoolQueue).size).toBe(MANY - 1);
    await world().advance(15_000);
    const states = await instance.runStore.statesOf(
      'default',
      runs.map(({ id }) => id),
    );
    expect([...states.values()].filter((state) => state === 'missed')).toHaveLength(MANY - 1);
    expect(instance.of(PoolQueue).size).toBe(0);
  });

  it('go to another instance when theirs dies, and none is lost', async () => {
    const { instance, ids } = await crowded();
    const heir = await world().boot(small);
    await world().advance(2000);
    await instance.crash(heir);
    await world().advance(20_000);
    expect(inMemory(heir)).toBeLessThanOrEqual(FITTING);
    expect(heir.of(PoolQueue).size).toBe(MANY - 1);
    await heir.settings.put('default', { resources: { api: { capacity: 1000, perMs: HOUR } } });
    for (const id of ids) await world().inState({ id }, 'succeeded');
    expect(begun()).toBe(MANY);
  });
});
