import { describe, expect, it } from '@jest/globals';
import { aRun, aTask } from '../../test/support/builders.js';
import type { Run } from '../domain/run.js';
import type { TaskDefinition } from '../domain/task.js';
import type { LockManager } from '../locking/lock-manager.js';
import { OverlapRule } from './overlap-rule.js';
import type { RunStore } from './run.store.js';

function world(...unfinished: Run[]) {
  const asked: string[][] = [];
  const store = {
    unfinished,
    unfinishedOf(ids: readonly string[]) {
      asked.push([...ids]);
      return Promise.resolve(store.unfinished.filter(({ taskId }) => ids.includes(taskId)));
    },
  };
  const rule = new OverlapRule(store as unknown as RunStore, { owner: 'me' } as LockManager);
  return { rule, store, asked };
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
    await expect(rule.elsewhere(mine)).resolves.toHaveLength(1);
    store.unfinished = [];
    await expect(rule.elsewhere(mine)).resolves.toEqual([]);
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
    ['has not begun', { state: 'pending', attempt: 1, attempts: [] }],
  ])('minds no run that %s', async (_, fields) => {
    const mine = held('skip');
    const { rule } = world(workedOn(mine.task.id, fields));
    await rule.lookAround([mine]);
    expect(rule.blocking(mine, () => [])).toBeNull();
    await expect(rule.elsewhere(mine)).resolves.toEqual([]);
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
