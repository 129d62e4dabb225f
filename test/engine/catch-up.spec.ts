import { expect, it } from '@jest/globals';
import { T0 } from '../support/builders.js';
import { describeEngine, work } from '../support/engine-world.js';

describeEngine('catching up', (world) => {
  const TASKS = 1500;
  const engine = { concurrency: 50 };
  const once = (at: number) => ({ type: 'once' as const, at: new Date(at).toISOString() });
  const calls = () => world().workshop.calls;
  /** Tasks that came due at one instant of a downtime. */
  const missed = async (count: number) => {
    const a = await world().boot();
    const inputs = Array.from({ length: count }, () => work({ triggers: [once(T0 + 5000)], overlap: 'allow' }));
    for (let i = 0; i < count; i += 500) await a.scheduler.scheduleMany(inputs.slice(i, i + 500));
    await world().done(a.stop());
    await world().clock.advanceTo(T0 + 10_000);
  };

  it('works off a backlog as fast as there are slots, however much it is', async () => {
    await missed(TASKS);
    await world().boot({ engine });
    await world().advance(1000);
    expect(calls()).toHaveLength(TASKS);
  });

  it('starts what comes due meanwhile on time', async () => {
    await missed(TASKS);
    const a = await world().boot({ engine });
    const task = await a.scheduler.schedule(work({ triggers: [once(T0 + 12_000)] }));
    await world().advance(4000);
    expect(calls()).toHaveLength(TASKS + 1);
    const [call] = world().workshop.of(task.id);
    expect(call!.at).toBe(T0 + 12_000);
  });
});
