import { rmSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { SqliteUpkeep } from '../../src/storage/sqlite/upkeep/sqlite-upkeep.js';
import { T0 } from '../support/builders.js';
import { describeEngineOnSqlite, every, work } from '../support/engine-world.js';
import { atOnce } from '../support/workshop.js';

const STEP = 20_000;

// What docs/operations.md says about a backup that was restored.
describeEngineOnSqlite('a store that was restored', (world) => {
  const pathOf = () => world().storeUrl.slice('file:'.length);
  const backupPath = () => `${pathOf()}.backup`;

  const restore = async () => {
    for (const path of world().files()) if (path !== backupPath()) rmSync(path);
    await new SqliteUpkeep(pathOf()).restore(backupPath());
  };

  it('begins again what was under way, and treats the time since as a downtime', async () => {
    const a = await world().boot();
    const regular = await a.scheduler.schedule(work({ name: 'regular', triggers: [every(STEP)] }));
    const long = await a.scheduler.schedule(work({ name: 'long' }));
    world().workshop.answering = (call) => (call.context.run.taskId === long.id ? undefined : atOnce(call));
    const run = await a.scheduler.runNow(long.id);
    await world().until(() => world().workshop.of(long.id).length === 1);
    await world().advance(2.5 * STEP);
    await new SqliteUpkeep(pathOf()).backup(backupPath());

    const later = await a.scheduler.schedule(work({ name: 'later' }));
    world().workshop.of(long.id)[0]!.succeed();
    await world().inState(run, 'succeeded');
    await world().advance(3 * STEP);
    const idsBefore = new Map((await world().runsOf(regular)).map(({ id, scheduledFor }) => [scheduledFor, id]));
    const { owner } = a.locks;
    await world().done(a.stop());

    await restore();
    const b = await world().boot();
    await b.expire(owner);
    await world().until(() => world().workshop.of(long.id).length === 2);
    world().workshop.of(long.id)[1]!.succeed();
    await world().advance(STEP);
    // The run that had ended has begun again, under its id, as another attempt.
    expect(world().workshop.of(long.id)[1]!.context).toMatchObject({ run: { id: run.id }, attempt: 2 });
    expect((await world().inState(run, 'succeeded')).attempts).toHaveLength(2);
    // Of the occurrences since the backup, which had run, the last one runs again, under its id; the policy is fire-once.
    const after = (await world().runsOf(regular)).filter(({ scheduledFor }) => scheduledFor > T0 + 2 * STEP);
    expect(after.map(({ scheduledFor }) => (scheduledFor - T0) / STEP)).toEqual([5, 6]);
    expect(after[0]!.id).toBe(idsBefore.get(T0 + 5 * STEP));
    const ledger = await b.runStore.ledger('default', regular.id, { from: T0, before: T0 + 9 * STEP, limit: 9 });
    expect(ledger).toMatchObject([{ outcome: 'coalesced', from: T0 + 3 * STEP, to: T0 + 4 * STEP, count: 2 }]);
    // What came after the backup is unknown.
    await expect(b.scheduler.get(later.id)).rejects.toThrow('There is no task');
  });
});
