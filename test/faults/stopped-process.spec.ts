import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeOnEachStore } from '../e2e/each-store.js';
import type { ServiceProcess } from '../e2e/service-process.js';
import { expectAccounted, finishedRuns, type RunAnswer } from './accounts.js';
import { FaultWorld, ROUNDS } from './fault-world.js';
import { SteadyLoad } from './steady-load.js';

interface InstanceAnswer {
  id: string;
  alive: boolean;
}

describeOnEachStore('SIGSTOP beyond the life of a lock', (open) => {
  let world: FaultWorld;
  let victim: ServiceProcess;
  let heir: ServiceProcess;

  beforeEach(async () => {
    world = await FaultWorld.open(await open());
    [victim, heir] = [await world.boot(), await world.boot()];
  });

  afterEach(() => world.end());

  it(
    'has its work done by another one, and refuses what the former self brings late',
    async () => {
      const load = await SteadyLoad.begin(world, 6 * ROUNDS);
      for (let round = 0; round < ROUNDS; round++) {
        world.callee.keepsWaiting = ({ path, attempt }) => path === '/held' && attempt === 1;
        const { taskId, run } = await underWay();
        await load.reaches((round + 0.3) / ROUNDS);
        await world.freezeBetweenWrites(victim, () =>
          heir.call('POST', `/v1/tasks/${taskId}/pause`, { reason: 'trial' }),
        );
        await heir.call('POST', `/v1/tasks/${taskId}/resume`);
        await world.callee.until((calls) => calls.some(({ runId, attempt }) => runId === run.id && attempt === 2));
        const [done] = await finishedRuns(heir, taskId);
        expect(done).toMatchObject({ state: 'succeeded', output: { body: { attempt: done!.attempt } } });
        // More than one is lost only if the machine is too busy to renew a lock.
        const outcomes = done!.attempts.map(({ outcome }) => outcome);
        expect(outcomes).toEqual([...outcomes.slice(1).map(() => 'lost'), 'succeeded']);
        expect(done!.attempts.at(-1)!.instance).not.toBe(done!.attempts[0]!.instance);

        // The answer to the old attempt awaits the victim when it wakes up.
        world.callee.release();
        world.thaw(victim);
        await backUnderANewName(done!.attempts[0]!.instance);
        expect(await finishedRuns(heir, taskId)).toEqual([done]);
        expect(await finishedRuns(victim, taskId)).toEqual([done]);
      }
      await load.reaches(1);
      await expectAccounted(heir, load);
    },
    60_000 + ROUNDS * 30_000,
  );

  /** A run of a new task, started by the victim, whose call has arrived. */
  async function underWay(): Promise<{ taskId: string; run: RunAnswer }> {
    const { body: task } = await victim.call<{ id: string }>('POST', '/v1/tasks', {
      name: 'held',
      triggers: [{ type: 'manual' }],
      action: { type: 'http', url: world.callee.urlOf('/held') },
      overlap: 'allow',
    });
    const { body: run } = await victim.call<RunAnswer>('POST', `/v1/tasks/${task.id}/run`);
    await world.callee.until((calls) => calls.some(({ runId }) => runId === run.id));
    return { taskId: task.id, run };
  }

  /** Resolves once two instances are alive under names other than `former`, and the victim works again. */
  async function backUnderANewName(former: string): Promise<void> {
    for (;;) {
      const { body } = await victim.call<{ items: InstanceAnswer[] }>('GET', '/v1/instances');
      const alive = body.items.filter((instance) => instance.alive).map(({ id }) => id);
      if (alive.length === 2 && !alive.includes(former)) break;
    }
    world.callee.keepsWaiting = () => false;
    const { run } = await underWay();
    const calls = world.callee.calls.filter(({ runId }) => runId === run.id);
    expect(calls.map(({ attempt }) => attempt)).toEqual([1]);
  }
});
