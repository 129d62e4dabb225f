import { describe, expect, it } from '@jest/globals';
import { aRun, aTask, T0 } from '../../../test/support/builders.js';
import { SettableClock } from '../../clock/settable-clock.js';
import type { Run } from '../../domain/run.js';
import type { TaskDefinition } from '../../domain/task-definition.js';
import type { LockManager } from '../../locking/lock-manager.js';
import { OverlapRule } from './overlap-rule.js';
import type { RunStore } from '../ports/run.store.js';

function world(...unfinished: Run[]) {
  const asked: string[][] = [];
  const store = {
    unfinished,
    of: (id: string) =>
      store.unfinished.filter(({ taskId, owner }) => taskId === id && owner !== null && owner !== 'me'),
    heldElsewhere(ids: readonly string[]) {
      asked.push([...ids]);
      return Promise.resolve(new Set(ids.filter((id) => store.of(id).length > 0)));
    },
    heldBeside: (id: string) => Promise.resolve(store.of(id)),
  };
  const clock = new SettableClock(T0);
  const neighbours = { unsettled: false };
  const locks = { owner: 'me' } as LockManager;
  const rule = new OverlapRule(store as unknown as RunStore, locks, clock, neighbours, { armingMs: 1000 });
  return { rule, store, asked, clock, neighbours };
}

const held = (overlap: TaskDefinition['overlap'], run: Partial<Run> = {}) => {
  const task = aTask({ definition: { overlap } });
  return { task, run: aRun({ taskId: task.id, owner: 'me', attempt: 1, ...run }) };
};
const workedOn = (taskId: string, fields: Partial<Run> = {}) =>
  aRun({ taskId, owner: 'other', state: 'running', attempt: 1, ...fields });

describe('OverlapRule', () => {
  it('lets a run start when nothing is in its way, without asking the store', () => {
    const { rule, asked } = world();
    expect(rule.blocking(held('skip'), () => [])).toBeNull();
    expect(asked).toEqual([]);
  });

  it('finds what runs here in the way, unless overlap is allowed', () => {
    const { rule } = world();
    const other = aRun({ state: 'running' });
    for (const overlap of ['skip', 'queue', 'replace'] as const) {
      expect(rule.blocking(held(overlap), () => [other])).toEqual([other]);
    }
    expect(rule.blocking(held('allow'), () => [other])).toBeNull();
  });

  it('puts nothing in the way of a run that has begun: its retry goes on', () => {
    const { rule } = world();
    const again = held('skip', { state: 'retrying', attempt: 2 });
    expect(rule.blocking(again, () => [aRun({ state: 'running' })])).toBeNull();
  });

  it('remembers where others work, and forgets it when they are done', async () => {
    const mine = held('skip');
    const { rule, store } = world(workedOn(mine.task.id));
    await rule.lookAround([mine]);
    expect(rule.blocking(mine, () => [])).toEqual([]);
    expect((await rule.elsewhere(mine)).inTheWay).toHaveLength(1);
    store.unfinished = [];
    await expect(rule.elsewhere(mine)).resolves.toEqual({ inTheWay: [], doubtful: false });
    expect(rule.blocking(mine, () => [])).toBeNull();
  });

  it('forgets on the next look around as well', async () => {
    const mine = held('queue');
    const { rule, store } = world(workedOn(mine.task.id));
    await rule.lookAround([mine]);
    store.unfinished = [];
    await rule.lookAround([mine]);
    expect(rule.blocking(mine, () => [])).toBeNull();
  });

  it.each<[string, Partial<Run>]>([
    ['nobody holds', { owner: null }],
    ['this instance holds', { owner: 'me' }],
  ])('minds no run that %s', async (_, fields) => {
    const mine = held('skip');
    const { rule } = world(workedOn(mine.task.id, fields));
    await rule.lookAround([mine]);
    expect(rule.blocking(mine, () => [])).toBeNull();
    await expect(rule.elsewhere(mine)).resolves.toEqual({ inTheWay: [], doubtful: false });
  });

  it('asks of tasks about which the answer is not there yet, or lost, until there is one', async () => {
    const mine = held('skip');
    const { rule, store } = world();
    const asking = rule.lookAround([mine]);
    expect(rule.blocking(mine, () => [])).toEqual([]);
    await asking;
    expect(rule.blocking(mine, () => [])).toBeNull();
    const answering = store.heldElsewhere;
    store.heldElsewhere = () => Promise.reject(new Error('away'));
    await expect(rule.lookAround([mine])).rejects.toThrow('away');
    expect(rule.blocking(mine, () => [])).toEqual([]);
    store.heldElsewhere = answering;
    await rule.elsewhere(mine);
    expect(rule.blocking(mine, () => [])).toBeNull();
  });

  it('doubts only what was due soon when it was stored itself, however often others are due', async () => {
    const mine = held('skip');
    const next = (offset: number) => workedOn(mine.task.id, { state: 'pending', dueAt: T0 + offset });
    const { rule, store, clock } = world(next(150));
    await expect(rule.elsewhere(mine)).resolves.toEqual({ inTheWay: [], doubtful: true });
    await clock.advance(200);
    store.unfinished = [next(250), next(350)];
    await expect(rule.elsewhere(mine)).resolves.toEqual({ inTheWay: [], doubtful: false });
  });

  it('judges an answer that took its time as of when the store was asked', async () => {
    const mine = held('skip');
    const { rule, store, clock } = world();
    const pending = workedOn(mine.task.id, { state: 'pending', dueAt: T0 + 150 });
    store.heldBeside = () => clock.advance(900).then(() => [pending]);
    await expect(rule.elsewhere(mine)).resolves.toEqual({ inTheWay: [], doubtful: true });
  });

  /** A run elsewhere that has not begun; it is due `offset` ms after mine, which is due at T0. */
  const beside = async (offset: number, passed = 0, unsettled = false) => {
    const mine = held('skip');
    const other = workedOn(mine.task.id, { state: 'pending', dueAt: T0 + offset });
    const { rule, clock, neighbours } = world(other);
    neighbours.unsettled = unsettled;
    await clock.advance(passed);
    const { inTheWay, doubtful } = await rule.elsewhere(mine);
    return [inTheWay.length, doubtful];
  };

  const begun = {
    attempts: [{ number: 1, instance: 'gone', startedAt: T0, finishedAt: T0, outcome: 'lost' as const }],
  };

  it('looks around for a run that had begun and was given back, and yields with it to what is under way', async () => {
    const mine = held('skip', begun);
    const { rule } = world(workedOn(mine.task.id, { dueAt: T0 + 1000 }));
    await rule.lookAround([mine]);
    expect(rule.blocking(mine, () => [])).toEqual([]);
    expect((await rule.elsewhere(mine)).inTheWay).toHaveLength(1);
  });

  it('lets such a run go before what has not begun, and of two of them the one that was due first', async () => {
    const mine = held('skip', begun);
    const inTheWay = async (other: Partial<Run>) => {
      const { rule } = world(workedOn(mine.task.id, { state: 'pending', dueAt: T0 - 60_000, ...other }));
      return (await rule.elsewhere(mine)).inTheWay.length;
    };
    expect(await inTheWay({})).toBe(0);
    expect(await inTheWay({ ...begun, scheduledFor: T0 - 1 })).toBe(1);
    expect(await inTheWay({ ...begun, scheduledFor: T0 + 1 })).toBe(0);
  });

  it('yields to what was due first elsewhere, whether or not it is written as begun', async () => {
    expect(await beside(-1)).toEqual([1, true]);
    expect(await beside(-60_000)).toEqual([1, true]);
  });

  it('waits for what may begin elsewhere without having seen it, but not for good', async () => {
    expect(await beside(150)).toEqual([0, true]);
    expect(await beside(150, 600)).toEqual([0, true]);
    const mine = held('skip');
    const { rule, clock } = world(workedOn(mine.task.id, { state: 'pending', dueAt: T0 + 150 }));
    // Late, it may be taken up just before this one is stored.
    await clock.advance(3000);
    const doubts = async () => (await rule.elsewhere(mine)).doubtful;
    expect(await doubts()).toBe(true);
    await clock.advance(700);
    expect(await doubts()).toBe(true);
    await clock.advance(1);
    expect(await doubts()).toBe(false);
  });

  it('leaves it to what looks around later to see it, unless instances may not know of each other', async () => {
    expect(await beside(250)).toEqual([0, false]);
    expect(await beside(250, 0, true)).toEqual([0, true]);
    expect(await beside(1250, 0, true)).toEqual([0, false]);
  });

  it('asks once for many runs, each task once, and not for those that allow overlap', async () => {
    const [a, b] = [held('skip'), held('replace')];
    const { rule, asked } = world();
    await rule.lookAround([a, a, b, held('allow')]);
    expect(asked).toEqual([[a.task.id, b.task.id]]);
    await rule.lookAround([held('allow')]);
    expect(asked).toHaveLength(1);
  });
});
