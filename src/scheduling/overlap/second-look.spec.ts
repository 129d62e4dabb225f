import { describe, expect, it } from '@jest/globals';
import { aRun, aTask, T0 } from '../../../test/support/builders.js';
import { SettableClock } from '../../clock/settable-clock.js';
import type { Task } from '../../domain/task.js';
import type { HeldRun } from '../planning/held-run.js';
import { SecondLook } from './second-look.js';

describe('SecondLook', () => {
  const world = (answer: (task: Task) => Task[] | Promise<Task[]>) => {
    const clock = new SettableClock(T0);
    const task = aTask({ generation: 2 });
    const held: HeldRun = {
      run: aRun({ taskId: task.id, dueAt: T0, createdAt: T0 - 1000 }),
      task,
      lookedAt: clock.monotonic(),
    };
    let asked = 0;
    const byIds = () => {
      asked++;
      return Promise.resolve(answer(task));
    };
    const look = new SecondLook(clock, { byIds } as never, { lockLifeMs: 10_000 });
    return { clock, held, look, asked: () => asked };
  };

  it('lets a run go on whose task was looked at lately, or when it was claimed, and asks later', async () => {
    const { clock, held, look, asked } = world(() => []);
    await clock.advance(2000);
    await expect(look.confirms(held)).resolves.toBe(true);
    const { lookedAt, ...claimed } = held;
    await expect(look.confirms(claimed)).resolves.toBe(true);
    expect(asked()).toBe(0);
    await clock.advance(1);
    await expect(look.confirms(claimed)).resolves.toBe(false);
  });

  it('asks again after two seconds, and then no more for as long', async () => {
    const { clock, held, look, asked } = world((task) => [task]);
    await clock.advance(2001);
    await expect(look.confirms(held)).resolves.toBe(true);
    await clock.advance(2000);
    await expect(look.confirms(held)).resolves.toBe(true);
    expect(asked()).toBe(1);
  });

  it.each([
    ['was changed', (task: Task) => [{ ...task, generation: 3 }]],
    ['was deleted', () => []],
  ])('keeps a run from starting whose task %s', async (_, answer) => {
    const { clock, held, look } = world(answer);
    await clock.advance(2001);
    await expect(look.confirms(held)).resolves.toBe(false);
  });

  it('asks once for the tasks of a crowd', async () => {
    const { clock, held, look, asked } = world((task) => [task]);
    await clock.advance(2001);
    const crowd = Array.from({ length: 300 }, () => ({ ...held }));
    const other = { ...held, task: aTask() };
    const confirmed = await Promise.all([...crowd, other].map((each) => look.confirms(each)));
    expect(confirmed).toEqual([...crowd.map(() => true), false]);
    expect(asked()).toBe(1);
  });

  it('trusts no answer that took as long', async () => {
    const { clock, held, look } = world(async (task) => {
      await clock.advance(2001);
      return [task];
    });
    await clock.advance(2001);
    await expect(look.confirms(held)).resolves.toBe(false);
  });
});
