import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InstanceStore } from '../../src/cluster/instance.store.js';
import { packageVersion } from '../../src/cluster/package-version.js';
import { newId } from '../../src/domain/ids.js';
import { LockManager } from '../../src/locking/lock-manager.js';
import { NOON, RestWorld } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const list = (query = '') => world.ask(`GET /v1/instances${query}`, { as: 'viewer' });
const own = () => ({
  id: world.app.get(LockManager, { strict: false }).owner,
  version: packageVersion(),
  startedAt: '2027-01-31T12:00:00.000Z',
  heartbeatAt: '2027-01-31T12:00:00.000Z',
  running: 0,
  concurrency: 1000,
  works: true,
  queues: null,
  actions: ['http', 'event', 'test-flow', 'noop'],
  handlers: [],
  shards: 256,
  saturated: false,
  leaving: false,
  settingsVersion: 0,
  eventLoopLagMs: expect.any(Number),
  clockOffsetMs: null,
  rssBytes: expect.any(Number),
  alive: true,
});

describe('GET /v1/instances', () => {
  it('shows the instance that answers', async () => {
    const answer = await list();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ items: [own()], missing: [], nextCursor: null });
  });

  it('shows one without a lock as dead, and pages from the newest to the oldest', async () => {
    const instances = world.app.get(InstanceStore, { strict: false });
    const times = { startedAt: NOON - 60_000, heartbeatAt: NOON - 30_000 };
    const dead = { id: newId(NOON - 60_000), version: '0.0.9', ...times, running: 3, concurrency: 5 };
    // No other organization may know whose work the instance had.
    const present = [{ organization: 'umbrella', agoMs: 5 }];
    await instances.put({ ...dead, present, heldUp: [{ organization: 'umbrella', slots: 3, rule: 'share' }] });
    const first = (await list('?limit=1')).body;
    expect(first.items).toEqual([own()]);
    const second = (await list(`?limit=1&cursor=${first.nextCursor}`)).body;
    const shown = {
      startedAt: '2027-01-31T11:59:00.000Z',
      heartbeatAt: '2027-01-31T11:59:30.000Z',
      shards: 0,
      works: true,
      queues: null,
      actions: null,
      handlers: null,
      saturated: false,
      leaving: false,
      settingsVersion: 0,
      eventLoopLagMs: null,
      clockOffsetMs: null,
      rssBytes: null,
      alive: false,
    };
    expect(second).toEqual({ items: [{ ...dead, ...shown }], missing: [], nextCursor: null });
    await instances.remove([dead.id]);
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'cursor=x', 'state=alive'])('refuses ?%s', async (query) => {
    const answer = await list(`?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.parameter).toBe(query.split('=')[0]);
  });
});
