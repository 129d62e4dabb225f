import { storedNeedOf } from '../../domain/need.js';
import { isExcluded, isInPart, type Exclusion, type Part } from '../../domain/part.js';
import { shardOf } from '../../domain/shards.js';
import type { Task } from '../../domain/task.js';
import { aRun, aTask, T0 } from './builders.js';
import type { OpenFixture } from './fixture.js';
import type { Kit } from './kit.js';
import { idsOf, times } from './lists.js';

const QUEUES = ['default', 'heavy', 'mail'];
const HANDLERS = ['', 'report', "o'brien \u2028 %_"];
const LOW = times(128, (shard) => shard);

/** What instances may ask for. */
const ASKED: Record<string, Part[]> = {
  'everything without a handler': [{ queues: { except: [] }, skills: [null] }],
  'one queue': [{ queues: { among: ['heavy'] }, skills: [null, 'handler:report'] }],
  'the queue of most tasks': [{ queues: { among: ['default', 'unknown'] }, skills: [null] }],
  'all queues but two': [{ queues: { except: ['default', 'mail'] }, skills: [null, 'handler:report'] }],
  'one handler': [{ queues: { except: [] }, skills: ["handler:o'brien \u2028 %_"] }],
  'several parts with shards': [
    { queues: { among: ['default'] }, skills: [null], shards: LOW },
    { queues: { except: ['default'] }, skills: ['handler:report'], shards: [...LOW].map((shard) => shard + 128) },
  ],
  nothing: [],
};

/** Finding what an instance can run, by the queue and the skill that a task needs. */
export function describeNeeds({ describe, it, expect, withFixture }: Kit, name: string, open: OpenFixture): void {
  describe(name, () => {
    const store = withFixture(open);
    const range = { from: T0, before: T0 + 1000, limit: 1000 };

    const tasksOfAllKinds = async (): Promise<Task[]> => {
      const tasks = times(45, (index) => {
        const at = T0 + index;
        const handler = HANDLERS[index % 3]!;
        const action = handler === '' ? ({ type: 'noop' } as const) : ({ type: 'handler', name: handler } as const);
        const organization = index % 5 === 0 ? 'umbrella' : 'acme';
        const queue = QUEUES[Math.floor(index / 3) % 3]!;
        return aTask({ organization, definition: { queue, action }, next: { scheduledFor: at, dueAt: at } });
      });
      await store().tasks.insert(tasks);
      return tasks;
    };
    const within = (tasks: Task[], parts: readonly Part[]) =>
      tasks.filter((task) => parts.some((part) => isInPart(part, storedNeedOf(task), shardOf(task.id))));

    it.each(Object.keys(ASKED))('finds the due tasks of %s', async (kind) => {
      const tasks = await tasksOfAllKinds();
      const parts = ASKED[kind]!;
      const wanted = within(tasks, parts);
      expect(idsOf(await store().tasks.dueBetween({ ...range, parts }))).toEqual(idsOf(wanted));
      const acme = wanted.filter(({ organization }) => organization === 'acme');
      expect(idsOf(await store().tasks.dueBetween({ ...range, parts, organization: 'acme' }))).toEqual(idsOf(acme));
      const first = await store().tasks.dueBetween({
        ...range,
        parts,
        limit: 4,
        turns: { after: '', except: ['umbrella'] },
      });
      expect(idsOf(first)).toEqual(idsOf(acme.slice(0, 4)));
    });

    it.each(Object.keys(ASKED))('finds the runs of %s, whatever their shards', async (kind) => {
      const tasks = await tasksOfAllKinds();
      const parts = ASKED[kind]!;
      const runs = tasks.map((task, index) =>
        aRun({ taskId: task.id, organization: task.organization, dueAt: T0 + index, ...storedNeedOf(task) }),
      );
      await store().runs.insert(runs);
      const held = runs.map((run, index) =>
        aRun({ ...run, id: aRun().id, owner: 'i-1', attempt: 1, dueAt: T0 + index }),
      );
      await store().runs.insert(held);
      const wanted = (all: typeof runs) => all.filter((run) => parts.some((part) => isInPart(part, run)));
      expect(await store().runs.unowned(T0 + 1000, 100, undefined, { parts })).toEqual(wanted(runs));
      expect(await store().runs.heldBy(['i-1'], 100, undefined, { parts })).toEqual(wanted(held));
      const turns = { after: '', except: ['umbrella'] };
      const ofAcme = (all: typeof runs) => wanted(all).filter(({ organization }) => organization === 'acme');
      expect(idsOf(await store().runs.unowned(T0 + 1000, 3, turns, { parts }))).toEqual(
        idsOf(ofAcme(runs).slice(0, 3)),
      );
      expect(idsOf(await store().runs.heldBy(['i-1'], 3, turns, { parts }))).toEqual(idsOf(ofAcme(held).slice(0, 3)));
    });

    it.each([
      ['an organization', [{ organization: 'acme' }]],
      ['a queue of an organization', [{ organization: 'acme', queue: 'heavy' }]],
      ['the default queue', [{ queue: 'default' }]],
      ['a handler', [{ skill: 'handler:report' }]],
      ['everything', [{ queue: 'heavy' }, {}]],
      [
        'a handler in a queue, and another queue of an organization',
        [
          { queue: 'heavy', skill: 'handler:report' },
          { organization: 'umbrella', queue: 'default' },
        ],
      ],
      ['more than anybody says at once', Array.from({ length: 500 }, (_, index) => ({ queue: `q${index}` }))],
    ] as [string, Exclusion[]][])('leaves out %s', async (_, without) => {
      const tasks = await tasksOfAllKinds();
      const runs = tasks.map((task, index) =>
        aRun({ taskId: task.id, organization: task.organization, dueAt: T0 + index, ...storedNeedOf(task) }),
      );
      await store().runs.insert(runs);
      const wanted = tasks.filter((task) => !isExcluded(without, task.organization, storedNeedOf(task)));
      expect(idsOf(await store().tasks.dueBetween({ ...range, without }))).toEqual(idsOf(wanted));
      const turns = { after: '' };
      const ofEach = await store().tasks.dueBetween({ ...range, without, turns });
      expect(idsOf(ofEach).sort()).toEqual(idsOf(wanted).sort());
      const left = runs.filter((run) => !isExcluded(without, run.organization, run));
      expect(await store().runs.unowned(T0 + 1000, 100, undefined, { without })).toEqual(left);
      expect(idsOf(await store().runs.unowned(T0 + 1000, 100, turns, { without })).sort()).toEqual(idsOf(left).sort());
    });

    it('knows the need of a task after it has changed', async () => {
      const task = aTask({ definition: { action: { type: 'handler', name: 'report' } } });
      await store().tasks.insert([task]);
      const definition = { ...task.definition, queue: 'heavy', action: { type: 'noop' } as const };
      await store().tasks.replace('acme', { ...task, definition, generation: 2 }, task);
      const due = (parts: Part[]) => store().tasks.dueBetween({ ...range, parts });
      expect(await due([{ queues: { except: [] }, skills: ['handler:report'] }])).toEqual([]);
      expect(idsOf(await due([{ queues: { among: ['heavy'] }, skills: [null] }]))).toEqual([task.id]);
      await store().tasks.replace('acme', { ...task, generation: 3 }, { ...task, generation: 2 });
      expect(idsOf(await due([{ queues: { among: ['default'] }, skills: ['handler:report'] }]))).toEqual([task.id]);
    });

    it('gives the unfinished runs of a task another need', async () => {
      const [task, other] = [aTask(), aTask()];
      const runs = [aRun({ taskId: task.id, queue: 'mail' }), aRun({ taskId: other.id, queue: 'mail' })] as const;
      await store().runs.insert(runs);
      await store().runs.setNeed(task.id, { skill: 'handler:report' });
      expect(await store().runs.get('acme', runs[0].id)).toEqual({
        ...aRun(runs[0]),
        queue: undefined,
        skill: 'handler:report',
      });
      expect(await store().runs.get('acme', runs[1].id)).toEqual(runs[1]);
      await store().runs.setNeed(task.id, {});
      expect(
        await store().runs.unowned(T0 + 1, 9, undefined, {
          parts: [{ queues: { among: ['default'] }, skills: [null] }],
        }),
      ).toHaveLength(1);
    });

    it('lists the tasks of a queue', async () => {
      const tasks = await tasksOfAllKinds();
      for (const queue of QUEUES) {
        const { items } = await store().tasks.list('umbrella', { queue }, { limit: 100 });
        const wanted = tasks.filter((task) => task.organization === 'umbrella' && task.definition.queue === queue);
        expect(idsOf(items)).toEqual(idsOf(wanted).reverse());
      }
    });
  });
}
