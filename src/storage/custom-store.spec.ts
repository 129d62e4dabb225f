import { describe, expect, it } from '@jest/globals';
import { SettingsError } from '../domain/errors.js';
import { NoLockKeeper } from '../locking/lock-keeper.js';
import { MemoryData } from '../testing/memory/memory-data.js';
import { memoryStores } from '../testing/memory/memory-store.js';
import { openCustom, type CustomStore } from './custom-store.js';

/** A store, whole but for these members, and how often it was closed. */
function aStore(members: object = {}) {
  const ports = memoryStores(new MemoryData(() => 0));
  const closed: number[] = [];
  const whole = { kind: 'shelf', ports, close: () => Promise.resolve(void closed.push(closed.length)) };
  return { store: { ...whole, ...members } as CustomStore, ports, closed };
}

/** The port without one of its methods. */
const without = (port: object, method: string): object =>
  Object.assign(Object.create(port) as object, { [method]: undefined });

describe('a store of the application', () => {
  it('reads by its ports and keeps no locks apart, unless it says otherwise', async () => {
    const { store, ports } = aStore();
    const open = await openCustom(() => store);
    expect(open).toMatchObject({ kind: 'shelf', ports });
    expect(open.readers.runs).toBe(ports.runs);
    expect(Object.keys(open.readers).sort()).toEqual([
      'apiKeys',
      'audit',
      'eventWindows',
      'events',
      'logs',
      'notificationDeliveries',
      'notifications',
      'runs',
      'stats',
      'tasks',
      'webhookDeliveries',
      'webhookSources',
    ]);
    expect(open.keeper).toBeInstanceOf(NoLockKeeper);
    const readers = memoryStores(new MemoryData(() => 0));
    const keeper = new NoLockKeeper();
    expect(await openCustom(() => Promise.resolve({ ...store, readers, keeper }))).toMatchObject({ readers, keeper });
  });

  const { ports: all } = aStore();
  const { stats: _, ...noStats } = all;
  it.each<[string, object, string]>([
    ['a port', { ports: noStats }, 'ports.stats'],
    ['a method of a port', { ports: { ...all, runs: without(all.runs, 'makeUp') } }, 'ports.runs.makeUp'],
    ['a method of reading', { ports: { ...all, logs: without(all.logs, 'list') } }, 'ports.logs.list'],
    ['a port for readers', { readers: noStats }, 'readers.stats'],
    ['a method of readers', { readers: { ...all, tasks: without(all.tasks, 'queues') } }, 'readers.tasks.queues'],
    ['a method of its keeper', { keeper: without(new NoLockKeeper(), 'drop') }, 'keeper.drop'],
    ['a name', { kind: '' }, 'kind'],
    ['several', { kind: 5, ports: { ...noStats, health: null } }, 'kind, ports.stats, ports.health'],
  ])('is refused without %s, and closed', async (__, members, missing) => {
    const { store, closed } = aStore(members);
    const error = await openCustom(() => store).catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(SettingsError);
    expect(error).toHaveProperty('message', `The store of the option store lacks ${missing}.`);
    expect(closed).toHaveLength(1);
  });

  it('is refused when it cannot be closed, or is none', async () => {
    const { store } = aStore({ close: undefined });
    await expect(openCustom(() => store)).rejects.toThrow('lacks close.');
    await expect(openCustom(() => undefined as never)).rejects.toThrow('lacks kind, ports.tasks, ports.runs, ');
  });
});
