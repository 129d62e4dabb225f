import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld, taskBody } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

interface Entry {
  sequence: number;
  action: string;
  object: { id: string };
  actor: { id: string; type: string; roles: string[]; address: string; requestId: string };
}
const entriesOf = async (query = '', organization = 'acme'): Promise<Entry[]> =>
  (await world.ask(`GET /v1/audit${query}`, { organization })).body.items as unknown as Entry[];

describe('/v1/audit', () => {
  it('tells who made a change, from where and by which request', async () => {
    const headers = { 'x-request-id': 'req-77' };
    const { body: task } = await world.ask('POST /v1/tasks', { body: taskBody(), headers, as: 'editor' });
    const [entry] = await entriesOf(`?object=${task.id}`);
    expect(entry).toMatchObject({
      action: 'task.created',
      object: { type: 'task', id: task.id },
      actor: { type: 'user', id: 'tester', roles: ['editor'], address: '127.0.0.1', requestId: 'req-77' },
    });
  });

  it('lists newest first in pages, filtered, within the organization', async () => {
    const organization = 'pages';
    for (let made = 0; made < 3; made++) await world.task({}, organization);
    const first = (await world.ask('GET /v1/audit?limit=2&action=task.created', { organization })).body;
    expect(first.items.map(({ sequence }) => sequence)).toEqual([3, 2]);
    const rest = await entriesOf(`?limit=2&action=task.created&cursor=${first.nextCursor}`, organization);
    expect(rest.map(({ sequence }) => sequence)).toEqual([1]);
    expect(await entriesOf('?actor=somebody', organization)).toEqual([]);
    expect(await entriesOf('?to=2020-01-01T00:00:00Z', organization)).toEqual([]);
    expect(await entriesOf('', 'empty')).toEqual([]);
  });

  it('exports the trail as a line of JSON for each entry, oldest first', async () => {
    const organization = 'exports';
    for (let made = 0; made < 3; made++) await world.task({}, organization);
    const answer = await world.ask('GET /v1/audit', { organization, headers: { accept: 'application/x-ndjson' } });
    expect(answer.headers['content-type']).toBe('application/x-ndjson');
    const lines = answer.text.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Entry).sequence)).toEqual([1, 2, 3]);
  });

  it('shows one entry by its number, within the organization', async () => {
    const { id } = await world.task({}, 'numbered');
    const answer = await world.ask('GET /v1/audit/1', { organization: 'numbered' });
    expect([answer.status, answer.body]).toMatchObject([200, { sequence: 1, object: { id } }]);
    for (const number of ['0', '2', '-1', '1e3', 'x', '9'.repeat(30)])
      expect((await world.ask(`GET /v1/audit/${number}`, { organization: 'numbered' })).status).toBe(404);
    expect((await world.ask('GET /v1/audit/1', { organization: 'unnumbered' })).status).toBe(404);
  });

  it('finds what people and keys did among what the engine notes', async () => {
    const run = await world.finishedRun();
    await world.until(async () => (await entriesOf('?actorType=engine')).length > 0 || null);
    const people = await entriesOf('?actorType=user&actorType=api-key&limit=200');
    expect(people.some(({ object }) => object.id === run.id || object.id === run.taskId)).toBe(true);
    expect(new Set(people.map(({ actor }) => actor.type))).toEqual(new Set(['user']));
    expect(await entriesOf('?actorType=webhook')).toEqual([]);
    const headers = { accept: 'application/x-ndjson' };
    const { text } = await world.ask('GET /v1/audit?actorType=webhook', { headers });
    expect(text).toBe('');
    expect((await world.ask('GET /v1/audit?actorType=robot')).status).toBe(400);
  });

  it('proves the trail', async () => {
    await world.task({}, 'proof');
    const answer = await world.ask('GET /v1/audit/verify', { organization: 'proof' });
    expect(answer).toMatchObject({ status: 200, body: { valid: true, checked: 1 } });
    expect((await world.ask('GET /v1/audit/verify', { organization: 'none' })).body).toEqual({
      valid: true,
      checked: 0,
    });
  });

  it.each(['GET /v1/audit', 'GET /v1/audit/verify'])('%s is for admins', async (line) => {
    expect((await world.ask(line, { as: 'editor' })).status).toBe(403);
  });

  it.each(['limit=0', 'from=yesterday', 'cursor=xyz', 'sequence=1'])('refuses ?%s', async (query) => {
    expect((await world.ask(`GET /v1/audit?${query}`)).status).toBe(400);
  });
});
