import { expect, it } from '@jest/globals';
import Database from 'libsql';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work, type EngineWorld } from '../support/engine-world.js';

/** Spoils the stored task, as a faulty disk or a person would. */
async function spoil(id: string, { mongo }: EngineInstance, world: EngineWorld): Promise<void> {
  const file = world.files().find((name) => name.endsWith('tasks.db'));
  if (file) {
    const database = new Database(file);
    database
      .prepare(`UPDATE task_details SET details = '{"broken' WHERE number = (SELECT number FROM tasks WHERE id = ?)`)
      .run(id);
    database.close();
    return;
  }
  await mongo.collection('tasks').updateOne({ _id: id as never }, { $set: { definition: '{"broken' } });
}

describeEngine('a task whose record cannot be read', (world) => {
  it('stops no other one, shows in lists, and can be paused, replaced as a whole and deleted', async () => {
    const instance = await world().boot();
    const { scheduler } = instance;
    const [bad, second, other] = [
      await scheduler.schedule(work({ triggers: [every(1000)] })),
      await scheduler.schedule(work({ triggers: [every(1000)] })),
      await scheduler.for('other').schedule(work({ triggers: [every(500)] })),
    ];
    for (const { id } of [bad, second]) await spoil(id, instance, world());
    await world().advance(40_000);
    const before = world().workshop.of(other.id).length;
    await world().advance(5000);
    expect(world().workshop.of(other.id).length).toBe(before + 10);
    expect((await scheduler.list()).map(({ id }) => id).sort()).toEqual([bad.id, second.id].sort());
    expect((await scheduler.explain(bad.id)).sentence).toContain('its record cannot be read');
    await expect(world().done(scheduler.change(bad.id, { name: 'x' }))).rejects.toThrow('changed as a whole');
    expect((await world().done(scheduler.pause(bad.id, 'odd'))).state).toBe('paused');
    expect((await scheduler.get(bad.id)).unreadable).toContain('cannot be read');
    await world().done(scheduler.change(bad.id, { ...work(), triggers: [every(1000)] }));
    await world().done(scheduler.resume(bad.id));
    expect((await scheduler.get(bad.id)).unreadable).toBeUndefined();
    const ran = world().workshop.of(bad.id).length;
    await world().advance(3000);
    expect(world().workshop.of(bad.id).length).toBe(ran + 3);
    await world().done(scheduler.remove(second.id));
    expect((await scheduler.list()).map(({ id }) => id)).toEqual([bad.id]);
  });
});
