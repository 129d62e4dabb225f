import { describe, expect, it } from '@jest/globals';
import { aDefinition, aTask, T0 } from '../../../test/support/builders.js';
import type { TaskDefinition } from '../../domain/task-definition.js';
import type { Task } from '../../domain/task.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { changedTask, newTask, pausedTask, resumedTask } from './task-changes.js';

const MINUTE = 60_000;
const resolver = new TriggerResolver();

type Triggers = TaskDefinition['triggers'];
const once = (at: number): Triggers[number] => ({ type: 'once', at: new Date(at).toISOString() });
const minutely: Triggers[number] = { type: 'cron', expression: '* * * * *', timeZone: 'UTC' };

const created = (triggers: Triggers, now = T0): Task => {
  const { id, organization, secrets } = aTask();
  return newTask({ id, organization, secrets, definition: aDefinition({ triggers }) }, resolver, now);
};
const change = (task: Task, definition: Partial<TaskDefinition>, now: number): Task =>
  changedTask(task, { ...task.definition, ...definition }, task.secrets, resolver, now);
/** The task after a claim of its next occurrence. */
const claimed = (task: Task): Task => {
  const next = resolver.calculateNextExecution(task, task.next!.scheduledFor);
  return { ...task, next: next && { scheduledFor: next.at, dueAt: next.at }, state: next ? 'active' : 'completed' };
};
const nextOf = (task: Task) => task.next?.scheduledFor ?? null;

describe('newTask', () => {
  it('is due at its first occurrence after its creation, which excludes the instant itself', () => {
    expect(nextOf(created([minutely]))).toBe(T0 + MINUTE);
    expect(nextOf(created([minutely], T0 - 1))).toBe(T0);
    expect(nextOf(created([{ type: 'interval', everyMs: 250 }]))).toBe(T0 + 250);
  });

  it('is due at once when its instant has passed', () => {
    expect(nextOf(created([once(T0 - MINUTE)]))).toBe(T0 - MINUTE);
    expect(nextOf(created([minutely, once(T0 - MINUTE)]))).toBe(T0 - MINUTE);
  });

  it('is active without an occurrence when events or people start it', () => {
    expect(created([{ type: 'manual' }])).toMatchObject({ state: 'active', next: null, generation: 1 });
  });
});

describe('changedTask', () => {
  it('grows the generation, keeps the identity, and leaves the task that it was given alone', () => {
    const task = created([minutely]);
    const before = structuredClone(task);
    const changed = change(task, { name: 'other' }, T0 + 1000);
    expect(changed).toMatchObject({ id: task.id, generation: 2, createdAt: T0, updatedAt: T0 + 1000 });
    expect(nextOf(changed)).toBe(T0 + MINUTE);
    expect(task).toEqual(before);
  });

  it('keeps what is due and not claimed', () => {
    expect(nextOf(change(created([minutely]), { name: 'other' }, T0 + 5 * MINUTE))).toBe(T0 + MINUTE);
  });

  it('is due again at what was claimed ahead of its time and is revoked by the change', () => {
    const armed = claimed(created([minutely]));
    expect(nextOf(change(armed, { name: 'other' }, T0 + MINUTE - 500))).toBe(T0 + MINUTE);
    expect(nextOf(change(armed, { name: 'other' }, T0 + MINUTE))).toBe(T0 + 2 * MINUTE);
  });

  it('does not lose the last occurrence when it was claimed ahead of its time', () => {
    const armed = claimed(created([once(T0 + MINUTE)]));
    expect(armed).toMatchObject({ state: 'completed', next: null });
    const renamed = change(armed, { name: 'other' }, T0 + MINUTE - 500);
    expect([renamed.state, nextOf(renamed)]).toEqual(['active', T0 + MINUTE]);
    const extended = change(armed, { triggers: [once(T0 + MINUTE), minutely] }, T0 + MINUTE - 500);
    expect(nextOf(extended)).toBe(T0 + MINUTE);
  });

  it('stays completed when its last occurrence has had its turn', () => {
    const done = claimed(created([once(T0 + MINUTE)]));
    expect(change(done, { name: 'other' }, T0 + 2 * MINUTE)).toMatchObject({ state: 'completed', next: null });
  });

  it('counts other triggers from the change on', () => {
    const task = created([minutely]);
    const changed = change(task, { triggers: [{ type: 'interval', everyMs: 1000 }] }, T0 + 5 * MINUTE + 300);
    expect([nextOf(changed), changed.since]).toEqual([T0 + 5 * MINUTE + 1000, T0 + 5 * MINUTE + 300]);
  });

  it('does not take up again an instant that has had its turn, and takes up one that has not', () => {
    const done = claimed(created([once(T0 + MINUTE)]));
    const now = T0 + 10 * MINUTE;
    const same = change(done, { triggers: [once(T0 + MINUTE), { type: 'manual' }] }, now);
    expect([same.state, nextOf(same)]).toEqual(['active', null]);
    expect(nextOf(change(done, { triggers: [once(T0 + MINUTE), minutely] }, now))).toBe(now + MINUTE);
    expect(nextOf(change(done, { triggers: [once(now - 1000)] }, now))).toBe(now - 1000);
  });

  it('keeps an instant that is due and not claimed when other triggers change', () => {
    const due = created([once(T0 + MINUTE)]);
    const changed = change(due, { triggers: [once(T0 + MINUTE), { type: 'manual' }] }, T0 + 2 * MINUTE);
    expect(nextOf(changed)).toBe(T0 + MINUTE);
  });

  it('leaves a paused task paused', () => {
    const paused = pausedTask(created([minutely]), 'night', null, resolver, T0 + 1);
    const changed = change(paused, { triggers: [{ type: 'interval', everyMs: 1000 }] }, T0 + 2);
    expect(changed).toMatchObject({ state: 'paused', pausedReason: 'night', next: null, generation: 3 });
  });
});

describe('pausedTask and resumedTask', () => {
  it('waits for nothing but its end, and goes on after it', () => {
    const paused = pausedTask(created([minutely]), 'night', T0 + 10 * MINUTE, resolver, T0 + 1000);
    expect(paused).toMatchObject({ state: 'paused', next: null, pausedUntil: T0 + 10 * MINUTE, generation: 2 });
    const resumed = resumedTask(paused, resolver, T0 + 10 * MINUTE);
    expect(resumed).toMatchObject({ state: 'active', pausedReason: null, pausedUntil: null, generation: 3 });
    expect(nextOf(resumed)).toBe(T0 + 11 * MINUTE);
  });

  it('does not take up again an instant from before the pause', () => {
    const task = claimed(created([once(T0 + MINUTE), minutely]));
    const resumed = resumedTask(pausedTask(task, 'night', null, resolver, T0 + 90_000), resolver, T0 + 5 * MINUTE);
    expect(nextOf(resumed)).toBe(T0 + 6 * MINUTE);
  });

  it('takes up an instant that passed during the pause, or was due and not claimed when it began', () => {
    const during = pausedTask(created([once(T0 + MINUTE)]), 'night', null, resolver, T0 + 1000);
    expect(nextOf(resumedTask(during, resolver, T0 + 5 * MINUTE))).toBe(T0 + MINUTE);
    const overdue = pausedTask(created([once(T0 + MINUTE)]), 'night', null, resolver, T0 + 2 * MINUTE);
    expect(nextOf(resumedTask(overdue, resolver, T0 + 5 * MINUTE))).toBe(T0 + MINUTE);
    const again = pausedTask(overdue, 'still night', null, resolver, T0 + 3 * MINUTE);
    expect(nextOf(resumedTask(again, resolver, T0 + 5 * MINUTE))).toBe(T0 + MINUTE);
  });
});
