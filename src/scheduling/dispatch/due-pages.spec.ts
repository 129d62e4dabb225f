import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aTask, T0 } from '../../../test/support/builders.js';
import { wakeAt, type Task } from '../../domain/task.js';
import { DuePages } from './due-pages.js';
import { sizeOfTask } from '../../domain/held-size.js';
import { fitting } from '../ports/task-pages.js';
import type { DueTasks } from '../ports/task.store.js';

describe('DuePages', () => {
  const dueAt = (instant: number) => aTask({ next: { scheduledFor: instant, dueAt: instant } });
  const order = (a: Task, b: Task) => wakeAt(a)! - wakeAt(b)! || (a.id < b.id ? -1 : 1);
  /** A store with these tasks. */
  const storeOf = (tasks: Task[]) => {
    const asked: DueTasks[] = [];
    const dueBetween = (range: DueTasks) => {
      asked.push(range);
      const { from, before, after = '', limit } = range;
      const found = tasks.filter((task) => {
        const at = wakeAt(task)!;
        return at >= from && at < before && (at > from || task.id > after);
      });
      return Promise.resolve(found.toSorted(order).slice(0, limit));
    };
    return { dueBetween, asked };
  };
  const range = { from: T0, before: T0 + 100, shards: undefined };

  it('reads a single page where there is no more', async () => {
    const tasks = [dueAt(T0), dueAt(T0 + 99)];
    const store = storeOf([...tasks, dueAt(T0 - 1), dueAt(T0 + 100)]);
    const pages = new DuePages(store, range);
    expect(pages.isExhausted).toBe(false);
    expect(await pages.next()).toEqual(tasks);
    expect([pages.isExhausted, pages.readUntil, store.asked.length]).toEqual([true, range.before, 1]);
  });

  it('reads everything once, in order, however it crowds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 4 }), async (instants) => {
        const tasks = instants.flatMap((ms) => Array.from({ length: 900 }, () => dueAt(T0 + ms)));
        const store = storeOf(tasks);
        const pages = new DuePages(store, range);
        const read: Task[] = [];
        while (!pages.isExhausted) {
          const before = pages.readUntil;
          read.push(...(await pages.next()));
          expect(pages.readUntil).toBeGreaterThanOrEqual(before);
        }
        expect(read).toEqual(tasks.toSorted(order));
      }),
      { numRuns: 10 },
    );
  });

  it('gets past more tasks of one instant and shard than a page holds, where a shard comes again', async () => {
    const id = (i: number) => `${String(i).padStart(34, '0')}ff`;
    const tasks = Array.from({ length: 5000 }, (_, i) => ({ ...dueAt(T0), id: id(i) }));
    const store = storeOf(tasks);
    // No task of another shard comes after these.
    const dueBetween = (asked: DueTasks) => store.dueBetween({ ...asked, after: undefined });
    const pages = new DuePages({ dueBetween }, range);
    const read = new Set<Task>();
    while (!pages.isExhausted) for (const task of await pages.next()) read.add(task);
    expect(read.size).toBe(5000);
    expect(store.asked.length).toBeLessThan(6);
  });

  it('says up to where it has read', async () => {
    const tasks = [...Array.from({ length: 999 }, () => dueAt(T0)), dueAt(T0 + 50), dueAt(T0 + 60)];
    const pages = new DuePages(storeOf(tasks), range);
    expect(pages.readUntil).toBe(T0);
    await pages.next();
    expect([pages.isExhausted, pages.readUntil]).toEqual([false, T0 + 50]);
    await pages.next();
    expect([pages.isExhausted, pages.readUntil]).toEqual([true, T0 + 100]);
  });

  it('goes on after a page that is short because its tasks are large', async () => {
    const parameters = { text: 'x'.repeat(1_000_000) };
    const tasks = Array.from({ length: 30 }, (_, i) => {
      const at = T0 + Math.floor(i / 3);
      return aTask({ definition: { parameters }, next: { scheduledFor: at, dueAt: at } });
    });
    const store = storeOf(tasks);
    const dueBetween = async (asked: DueTasks) => {
      const found = await store.dueBetween(asked);
      return found.slice(0, fitting(found.map(sizeOfTask)));
    };
    const pages = new DuePages({ dueBetween }, range);
    const read: Task[] = [];
    while (!pages.isExhausted) read.push(...(await pages.next()));
    expect(read).toEqual(tasks.toSorted(order));
    expect(store.asked.length).toBeGreaterThan(2);
  });
});
