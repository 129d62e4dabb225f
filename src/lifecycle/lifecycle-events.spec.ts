import { describe, expect, it } from '@jest/globals';
import { aTask } from '../../test/support/builders.js';
import { LifecycleEvents, type LifecycleEventMap } from './lifecycle-events.js';

type TaskChanged = LifecycleEventMap['task.changed'];
const created = (): TaskChanged => ({ change: 'created', task: aTask() });

function world() {
  const events = new LifecycleEvents();
  const errors: unknown[][] = [];
  events.onListenerError = (...error) => errors.push(error);
  return { events, errors };
}

describe('LifecycleEvents', () => {
  it('tells every listener, in order, and before emit returns', () => {
    const { events } = world();
    const told: string[] = [];
    for (const name of ['first', 'second', 'third']) events.on('task.changed', () => told.push(name));
    events.on('run.started', () => told.push('other'));
    events.emit('task.changed', created());
    expect(told).toEqual(['first', 'second', 'third']);
  });

  it('goes on with the next listener when one throws or rejects, and reports both', async () => {
    const { events, errors } = world();
    const told: TaskChanged[] = [];
    events.on('task.changed', () => {
      throw new Error('thrown');
    });
    events.on('task.changed', () => Promise.reject(new Error('rejected')));
    events.on('task.changed', (event) => told.push(event));
    const event = created();
    events.emit('task.changed', event);
    await Promise.resolve();
    await Promise.resolve();
    expect(told).toEqual([event]);
    expect(errors).toEqual([
      ['task.changed', new Error('thrown')],
      ['task.changed', new Error('rejected')],
    ]);
  });

  it('tells nobody who has left, also when they leave or join while it tells', () => {
    const { events } = world();
    const told: string[] = [];
    const off = events.on('task.changed', () => {
      told.push('once');
      off();
      events.on('task.changed', () => told.push('joined'));
    });
    events.on('task.changed', () => told.push('stays'));
    events.emit('task.changed', created());
    expect(told).toEqual(['once', 'stays']);
    events.emit('task.changed', created());
    expect(told).toEqual(['once', 'stays', 'stays', 'joined']);
  });

  it('resolves with the next event that is accepted, and each waiter by itself', async () => {
    const { events } = world();
    const [first, second] = [created(), created()];
    const any = events.next('task.changed');
    const particular = events.next('task.changed', ({ task }) => task.id === second.task.id);
    for (const event of [first, second, created()]) events.emit('task.changed', event);
    await expect(Promise.all([any, particular])).resolves.toEqual([first, second]);
  });

  it('reports a waiter that cannot decide, and lets it wait on', async () => {
    const { events, errors } = world();
    let asked = 0;
    const waiting = events.next('task.changed', () => {
      if (asked++ === 0) throw new Error('undecided');
      return true;
    });
    const [first, second] = [created(), created()];
    events.emit('task.changed', first);
    events.emit('task.changed', second);
    await expect(waiting).resolves.toBe(second);
    expect(errors).toHaveLength(1);
  });

  it('bears many listeners and an emission without any', () => {
    const { events } = world();
    expect(() => events.emit('task.changed', created())).not.toThrow();
    let told = 0;
    const offs = Array.from({ length: 500 }, () => events.on('task.changed', () => told++));
    events.emit('task.changed', created());
    for (const off of offs) off();
    events.emit('task.changed', created());
    expect(told).toBe(500);
  });
});
