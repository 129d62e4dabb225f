import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RestWorld, taskBody } from './rest-world.js';

interface Found {
  tasks: { id: string; name: string; state: string }[];
  runs: { id: string; taskId: string; state: string }[];
  events: { id: string; type: string }[];
  tags: string[];
  truncated: boolean;
}

const NOTHING = { tasks: [], runs: [], events: [], tags: [], truncated: false };

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

async function find(q: string, organization = 'acme'): Promise<Found> {
  const { status, text } = await world.ask(`GET /v1/search?q=${encodeURIComponent(q)}`, { as: 'viewer', organization });
  expect(status).toBe(200);
  return JSON.parse(text) as Found;
}

/** Once the counts may not be those of a moment ago. */
async function facets(organization: string): Promise<Record<string, unknown>> {
  await world.clock.advance(5100);
  const { text } = await world.ask('GET /v1/tasks/facets', { as: 'viewer', organization });
  return JSON.parse(text) as Record<string, unknown>;
}

it('finds a task by a part of its name and by the beginning of its id, and its run', async () => {
  const { id } = await world.task({ name: 'Nightly regression' });
  const run = (await world.ask(`POST /v1/tasks/${id}/run`)).body.id;
  const { state } = await world.finished(run);
  const task = { id, name: 'Nightly regression', state: 'active' };
  expect((await find('REGress')).tasks).toEqual([task]);
  expect((await find(id)).tasks).toEqual([task]);
  expect((await find(id.slice(0, 24).toUpperCase())).tasks).toContainEqual(task);
  expect((await find(run)).runs).toEqual([{ id: run, taskId: id, state }]);
  expect((await find(run.slice(0, 20))).runs).toContainEqual({ id: run, taskId: id, state });
});

it('finds events by id and by type, and tags', async () => {
  await world.task({ tags: ['shipping', 'ship-it'] });
  const { eventId } = (await world.ask('POST /v1/triggers/events/order.placed', { body: { n: 1 } })).body;
  await world.clock.advance(5100);
  expect((await find('order.placed')).events).toEqual([{ id: eventId, type: 'order.placed' }]);
  expect((await find(eventId)).events).toEqual([{ id: eventId, type: 'order.placed' }]);
  expect((await find('SHIP')).tags).toEqual(['ship-it', 'shipping']);
});

it('finds nothing of another organization', async () => {
  const { id, ...run } = await world.finishedRun({ name: 'secret plan', tags: ['secret'] });
  for (const q of ['secret', id, id.slice(0, 8), run.taskId]) expect(await find(q, 'umbrella')).toEqual(NOTHING);
});

it('finds ten, and says that there are more', async () => {
  const tasks = Array.from({ length: 12 }, (_, index) => taskBody({ name: `crowd ${index}` }));
  await world.ask('POST /v1/tasks/batch', { organization: 'crowd', body: { tasks } });
  const found = await find('crowd', 'crowd');
  expect([found.tasks.length, found.truncated]).toEqual([10, true]);
  expect(await find('crowd 1', 'crowd')).toMatchObject({ tasks: [{}, {}, {}], truncated: false });
});

it('refuses a text that is too short or too long', async () => {
  for (const q of ['a', 'x'.repeat(201)]) expect((await world.ask(`GET /v1/search?q=${q}`)).status).toBe(400);
});

it('counts tasks by what they can be narrowed to, the most frequent first', async () => {
  const add = (body: object) => world.task(body as Record<string, unknown>, 'counted');
  await add({ tags: ['a', 'b'], triggers: [{ type: 'manual' }, { type: 'interval', everyMs: 3_600_000 }] });
  await add({ tags: ['b'], queue: 'slow' });
  const { id } = await add({ tags: [] });
  await world.ask(`POST /v1/tasks/${id}/pause`, { organization: 'counted', body: { reason: 'x' } });
  expect(await facets('counted')).toEqual({
    states: [
      { value: 'active', count: 2 },
      { value: 'paused', count: 1 },
    ],
    tags: [
      { value: 'b', count: 2 },
      { value: 'a', count: 1 },
    ],
    queues: [
      { value: 'default', count: 2 },
      { value: 'slow', count: 1 },
    ],
    zones: [],
    triggerTypes: [
      { value: 'manual', count: 3 },
      { value: 'interval', count: 1 },
    ],
    actions: [{ value: 'noop', count: 3 }],
    ...{ looked: 3, truncated: false },
  });
  expect(await facets('nobody')).toMatchObject({ tags: [], looked: 0, truncated: false });
});

it('tells a hundred tags, and that there are more', async () => {
  const tags = (index: number) => Array.from({ length: 20 }, (_, nth) => `tag-${index * 20 + nth}`);
  const tasks = Array.from({ length: 6 }, (_, index) => taskBody({ tags: tags(index) }));
  await world.ask('POST /v1/tasks/batch', { organization: 'tagged', body: { tasks } });
  const told = await facets('tagged');
  expect([(told['tags'] as unknown[]).length, told['truncated']]).toEqual([100, true]);
});
