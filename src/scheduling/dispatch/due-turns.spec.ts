import { describe, expect, it } from '@jest/globals';
import { MemoryData } from '../../testing/memory/memory-data.js';
import { MemoryTaskStore } from '../../testing/memory/memory-task.store.js';
import { aTask, T0 } from '../../../test/support/builders.js';
import type { Task } from '../../domain/task.js';
import { DueTurns } from './due-turns.js';

const range = { from: T0, before: T0 + 60_000 };
const due = (organization: string, ms = 0): Task =>
  aTask({ organization, next: { scheduledFor: T0 + ms, dueAt: T0 + ms } });
const many = (organization: string, count: number, everyMs = 0): Task[] =>
  Array.from({ length: count }, (_, i) => due(organization, i * everyMs));

async function storeOf(...tasks: Task[]): Promise<MemoryTaskStore> {
  const store = new MemoryTaskStore(new MemoryData(() => T0));
  await store.insert(tasks);
  return store;
}

async function read(turns: DueTurns): Promise<Task[][]> {
  const pages: Task[][] = [];
  while (!turns.isExhausted) pages.push(await turns.next());
  return pages;
}

describe('DueTurns', () => {
  it('comes to every organization within one page of each crowd before it', async () => {
    const store = await storeOf(...many('acme', 2500), ...many('beta', 1500, 20), due('zeta', 59_999));
    const pages = await read(new DueTurns(store, range));
    expect(pages.findIndex((page) => page.some(({ organization }) => organization === 'zeta'))).toBe(2);
    const ids = pages.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(4001);
  });

  it('goes on with the crowds in turns, and says how far each has come', async () => {
    const store = await storeOf(...many('acme', 3500, 10), ...many('beta', 2500, 10));
    const turns = new DueTurns(store, range);
    while (!turns.hasAskedAll) await turns.next();
    expect(turns.left()).toEqual(
      new Map([
        ['acme', T0 + 9990],
        ['beta', T0 + 9990],
      ]),
    );
    const order: string[] = [];
    while (!turns.isExhausted) order.push((await turns.next())[0]?.organization ?? 'none');
    expect(order.slice(0, 4)).toEqual(['acme', 'beta', 'acme', 'beta']);
  });

  it('leaves out organizations, and waits with those that are not wanted', async () => {
    const store = await storeOf(...many('acme', 1200), ...many('beta', 1200), due('zeta'));
    const turns = new DueTurns(store, range, ['acme']);
    while (!turns.hasAskedAll)
      expect((await turns.next()).some(({ organization }) => organization === 'acme')).toBe(false);
    expect(await turns.next((organization) => organization !== 'beta')).toEqual([]);
    expect(turns.isExhausted).toBe(false);
    expect((await turns.next()).length).toBeGreaterThanOrEqual(200);
  });
});
