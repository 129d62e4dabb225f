import { expect, it } from '@jest/globals';
import type { Task } from '../../src/domain/task.js';
import { SetAside } from '../../src/scheduling/holding/set-aside.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { InvalidInputError, type Timetable, type TriggerType } from '../../src/index.js';
import { aTask, T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work, type EngineWorld } from '../support/engine-world.js';

type Answer = () => unknown;

/** Fires each second, as long as nothing spoils its answers. */
class Fickle implements Timetable {
  constructor(private readonly spoil: { next?: Answer; previous?: Answer; count?: Answer }) {}

  next(after: number) {
    if (this.spoil.next) return this.spoil.next() as { at: number };
    return { at: Math.floor(after / 1000) * 1000 + 1000 };
  }

  previous(before: number) {
    if (this.spoil.previous) return this.spoil.previous() as { at: number };
    return { at: Math.ceil(before / 1000) * 1000 - 1000 };
  }

  count(after: number, until: number) {
    if (this.spoil.count) return this.spoil.count() as number;
    return Math.max(0, Math.floor(until / 1000) - Math.floor(after / 1000));
  }
}

interface Spoil {
  timetable?: Answer;
  next?: Answer;
  previous?: Answer;
  count?: Answer;
}

const typeOf = (spoil: Spoil): TriggerType => ({
  type: 'acme:fickle',
  schema: { '~standard': { validate: (value) => ({ value: value as { type: string } }) } },
  timetable: () => (spoil.timetable ? (spoil.timetable() as Timetable) : new Fickle(spoil)),
  describe: () => 'When it likes',
});

const fails = (): never => {
  throw new Error('the moon is down');
};
const FAULTS: [name: string, spoil: Spoil, reason: string][] = [
  ['throws where its timetable is made', { timetable: fails }, 'the moon is down'],
  ['throws', { next: fails }, 'next() threw: the moon is down'],
  ['throws something without a text', { next: () => { throw Object.create(null) } }, 'next() threw: an object'], // prettier-ignore
  ['stands still', { next: () => ({ at: T0 }) }, 'not after'],
  ['goes back', { next: () => ({ at: T0 - 5000 }) }, 'not after'],
  ['gives no number', { next: () => ({ at: Number.NaN }) }, 'at: NaN'],
  ['gives more than a date can hold', { next: () => ({ at: 9e15 }) }, 'at: 9000000000000000'],
  ['gives a date', { next: () => ({ at: new Date(Number.NaN) }) }, 'at: a date'],
  ['gives a promise', { next: () => Promise.resolve({ at: T0 + 9000 }) }, 'a promise'],
  ['is made later', { timetable: () => Promise.resolve(new Fickle({})) }, 'not a timetable'],
  ['counts wrongly', { count: () => -1, previous: () => ({ at: T0 + 1e9 }) }, 'not before'],
];

const store = ({ module }: EngineInstance) => module.get(TaskStore, { strict: false });
const aside = ({ module }: EngineInstance) => module.get(SetAside, { strict: false });

/** A stored task whose zone this runtime does not know. */
const onMars = (fields: Partial<Task> = {}): Task =>
  aTask({
    organization: 'default',
    next: { scheduledFor: T0 + 1000, dueAt: T0 + 1000 },
    definition: {
      triggers: [{ type: 'cron', expression: '* * * * * *', timeZone: 'Mars/Olympus' }],
      action: { type: 'handler', name: 'work' },
    },
    ...fields,
  });

/** How often an innocent task, which fires each 500 ms, starts in the next five seconds. */
async function startsOf(task: Task, world: EngineWorld): Promise<number> {
  const before = world.workshop.of(task.id).length;
  await world.advance(5000);
  return world.workshop.of(task.id).length - before;
}

describeEngine('a task that cannot be worked out', (world) => {
  it.each(FAULTS)('stops no other one when its trigger %s', async (_, fault, reason) => {
    const spoil: Spoil = {};
    const instance = await world().boot({ triggerTypes: [typeOf(spoil)] });
    const bad = await instance.scheduler.schedule(work({ triggers: [{ type: 'acme:fickle' }] }));
    const other = await instance.scheduler.for('other').schedule(work({ triggers: [every(500)] }));
    await world().advance(2000);
    const ran = world().workshop.of(bad.id).length;
    expect(ran).toBe(2);

    Object.assign(spoil, fault);
    expect(await startsOf(other, world())).toBe(10);
    const story = await instance.scheduler.explain(bad.id);
    expect([story.outcome, story.code]).toEqual(['overdue', 'set-aside']);
    expect(story.sentence).toContain(reason);
    expect(aside(instance).size).toBe(1);
    expect(world().logged.filter((line) => line.includes(bad.id)).length).toBeLessThan(4);
    const refused = instance.scheduler.schedule(work({ triggers: [{ type: 'acme:fickle' }] }));
    if (fault.next ?? fault.timetable) await expect(refused).rejects.toThrow(InvalidInputError);

    for (const name of Object.keys(spoil)) delete spoil[name as keyof Spoil];
    await world().until(() => world().workshop.of(bad.id).length > ran + 1);
    expect(aside(instance).size).toBe(0);
  });

  it.each(FAULTS)('can be read, changed, paused and deleted when its trigger %s', async (_, fault) => {
    const spoil: Spoil = {};
    const instance = await world().boot({ triggerTypes: [typeOf(spoil)] });
    const { scheduler, tasks, ledger } = instance;
    const bad = await scheduler.schedule(work({ triggers: [{ type: 'acme:fickle' }] }));
    const again = await scheduler.schedule(work({ triggers: [{ type: 'acme:fickle' }] }));
    Object.assign(spoil, fault);
    await world().advance(4000);
    const done = <Result>(promise: Promise<Result>) => world().done(promise);
    expect((await scheduler.get(bad.id)).state).toBe('active');
    await ledger.list('default', bad.id, { limit: 10 });
    expect((await done(scheduler.change(bad.id, { name: 'renamed' }))).definition.name).toBe('renamed');
    expect((await done(scheduler.pause(bad.id, 'it is odd'))).state).toBe('paused');
    await scheduler.explain(bad.id);
    const mended = await done(scheduler.change(bad.id, { triggers: [every(1000)] }));
    expect(mended.definition.triggers).toEqual([every(1000)]);
    await done(scheduler.resume(bad.id));
    const ran = world().workshop.of(bad.id).length;
    await world().advance(3000);
    expect(world().workshop.of(bad.id).length).toBe(ran + 3);
    await done(tasks.remove('default', again.id));
    expect(await store(instance).get('default', again.id)).toBeNull();
    expect(aside(instance).size).toBe(0);
  });

  it('stops no other one when this runtime does not know its zone, which comes back with a change', async () => {
    const instance = await world().boot();
    const other = await instance.scheduler.for('other').schedule(work({ triggers: [every(500)] }));
    const crowd = Array.from({ length: 300 }, () => onMars());
    await store(instance).insert(crowd);
    expect(await startsOf(other, world())).toBe(10);
    await world().advance(31_000);
    expect(aside(instance).size).toBe(300);
    expect(world().logged.filter((line) => line.includes('is set aside')).length).toBeLessThanOrEqual(20);

    const [first, second] = crowd as [Task, Task];
    const { scheduler } = instance;
    expect((await scheduler.explain(first.id)).sentence).toContain('Mars/Olympus');
    await world().done(scheduler.change(second.id, { name: 'still on Mars' }));
    await world().done(scheduler.change(first.id, { triggers: [every(1000)] }));
    const ran = world().workshop.of(first.id).length;
    await world().advance(2000);
    expect(world().workshop.of(first.id).length).toBe(ran + 2);
    await world().done(scheduler.pause(second.id, 'until there is a base'));
    await expect(world().done(scheduler.resume(second.id))).rejects.toThrow('Mars/Olympus');
    await expect(instance.tasks.nextRuns('default', crowd[3]!.id, 2)).rejects.toThrow('Mars/Olympus');
    await world().done(scheduler.remove(second.id));
  });

  it('stays paused when its pause ends, and others that resume at the same instant go on', async () => {
    const spoil: Spoil = {};
    const { scheduler } = await world().boot({ triggerTypes: [typeOf(spoil)] });
    const bad = await scheduler.schedule(work({ triggers: [{ type: 'acme:fickle' }] }));
    const good = await scheduler.schedule(work({ triggers: [every(1000)] }));
    for (const { id } of [bad, good]) await scheduler.pause(id, 'a while', new Date(T0 + 3000));
    spoil.next = fails;
    await world().advance(5000);
    expect(world().workshop.of(good.id).length).toBe(3);
    expect((await scheduler.get(bad.id)).state).toBe('paused');
    expect((await scheduler.explain(bad.id)).code).toBe('set-aside');
    delete spoil.next;
    await world().until(() => world().workshop.of(bad.id).length > 1);
  });
});
