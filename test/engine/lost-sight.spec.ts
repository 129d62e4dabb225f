import { expect, it } from '@jest/globals';
import { EngineState } from '../../src/scheduling/holding/engine-state.js';
import { HeldRuns } from '../../src/scheduling/holding/held-runs.js';
import { aRun } from '../support/builders.js';
import { describeEngine, work } from '../support/engine-world.js';

/** More than are looked through at one look. */
const MANY = 6500;
const PART = 500;

describeEngine('a run of this instance that it does not know of', (world) => {
  it('is found behind however many others it holds, also when the doubt has passed meanwhile', async () => {
    const { module, scheduler, runStore, locks } = await world().boot();
    const held = module.get(HeldRuns, { strict: false });
    const [many, lost] = [await scheduler.schedule(work()), await scheduler.schedule(work())];
    const own = { organization: 'default', owner: locks.owner, state: 'running', attempt: 1 } as const;
    const known = new Set<string>();
    for (let made = 0; made < MANY; made += PART) {
      const part = Array.from({ length: PART }, (_, index) => {
        const at = world().clock.now() - MANY + made + index;
        return aRun({ ...own, taskId: many.id, id: idAt(at, index), dueAt: at });
      });
      for (const { id } of part) known.add(id);
      await runStore.insert(part);
    }
    const holds = held.holds.bind(held);
    held.holds = (run) => known.has(run.id) || holds(run);
    const at = world().clock.now() + 1;
    const unknown = aRun({ ...own, taskId: lost.id, id: idAt(at, 1), state: 'pending', trigger: 'manual', dueAt: at });
    module.get(EngineState, { strict: false }).doubt();
    // Stored in the last moment in which that is possible.
    await world().advance(9500);
    await runStore.insert([unknown]);
    await world().advance(10_000);
    expect(world().workshop.of(lost.id)).toHaveLength(1);
    expect((await scheduler.getRun(unknown.id)).state).toBe('succeeded');
    expect(world().workshop.of(many.id)).toHaveLength(0);
  });
});

const idAt = (at: number, index: number): string => {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${index.toString(16).padStart(12, '0')}`;
};
