import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld, type Body } from './rest-world.js';

let world: RestWorld;
let task: Body;
let tag: string;
let path: string;
beforeAll(async () => {
  world = await RestWorld.start();
  task = await world.task();
  path = `/v1/tasks/${task.id}`;
  tag = `"${task.version}"`;
});
afterAll(() => world.stop());

const read = (line: string, headers: Record<string, string>) => world.ask(line, { headers });
const change = async (headers: Record<string, string>) => {
  const answer = await world.ask(`PATCH ${path}`, { body: {}, headers });
  tag = `"${(await world.ask(`GET ${path}`)).body.version}"`;
  return answer.status;
};

describe('If-None-Match', () => {
  const known = (): string[] => [tag, `W/${tag}`, '*', `"other", ${tag}`, `"other" ,, W/${tag},`, `"a,b",${tag}`];

  it('is answered with 304 and nothing else where the version is one that the reader has', async () => {
    for (const header of known()) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await read(`${method} ${path}`, { 'if-none-match': header });
        expect({ header, method, status: answer.status, text: answer.text }).toEqual({
          ...{ header, method },
          ...{ status: 304, text: '' },
        });
        expect(answer.headers['etag']).toBe(tag);
      }
    }
    const settings = await world.ask('GET /v1/settings');
    const again = await read('GET /v1/settings', { 'if-none-match': settings.headers['etag'] as string });
    expect(again).toMatchObject({ status: 304, text: '' });
  });

  it('reads what the reader does not have', async () => {
    for (const header of ['"999"', 'W/"999", "998"', `"x${task.version}"`, '""']) {
      expect(await read(`GET ${path}`, { 'if-none-match': header })).toMatchObject({
        status: 200,
        body: { id: task.id },
      });
    }
    expect(await read('GET /v1/tasks/none', { 'if-none-match': '*' })).toMatchObject({ status: 404 });
  });

  it('keeps a change from what has one of the versions', async () => {
    for (const header of known()) {
      for (const line of [`PATCH ${path}`, `DELETE ${path}`, `POST ${path}/pause`, `POST ${path}/resume`]) {
        const body = line.endsWith('pause') ? { reason: 'r' } : {};
        const answer = await world.ask(line, {
          ...(!line.startsWith('DELETE') && { body }),
          headers: { 'if-none-match': header },
        });
        expect({ line, header, status: answer.status }).toEqual({ line, header, status: 412 });
      }
    }
    expect((await world.ask('PUT /v1/settings', { body: {}, headers: { 'if-none-match': '*' } })).status).toBe(412);
    expect(await change({ 'if-none-match': '"999"' })).toBe(200);
  });
});

describe('If-Match', () => {
  it('lets a change through that is for one of several versions', async () => {
    expect(await change({ 'if-match': `"998", ${tag}` })).toBe(200);
    expect(await change({ 'if-match': `W/"7",,${tag} ,"999"` })).toBe(200);
    expect(await change({ 'if-match': '*' })).toBe(200);
  });

  it('keeps out what is for none of them, a weak tag included', async () => {
    for (const header of ['"998", "999"', `W/${tag}`, `W/${tag}, "999"`, `"${tag.slice(1, -1)}0"`]) {
      expect({ header, status: await change({ 'if-match': header }) }).toEqual({ header, status: 412 });
      expect((await read(`GET ${path}`, { 'if-match': header })).status).toBe(412);
      const pause = await world.ask(`POST ${path}/pause`, { body: { reason: 'r' }, headers: { 'if-match': header } });
      expect(pause.status).toBe(412);
    }
    expect((await world.ask(`GET ${path}`)).body.state).toBe('active');
  });

  it.each(['1', '"1', '1"', 'w/"1"', '"1" "2"', '*, "1"', '"a"b"', '', ','])('is refused as %j', async (header) => {
    for (const name of ['if-match', 'if-none-match']) {
      const answer = await world.ask(`PATCH ${path}`, { body: {}, headers: { [name]: header } });
      expect({ name, status: answer.status }).toEqual({ name, status: 400 });
      expect(answer.body.errors[0]!.parameter.toLowerCase()).toBe(name);
    }
  });
});

it('counts only where the change could be made otherwise', async () => {
  const headers = { 'if-match': '"999"' };
  expect((await world.ask(`PATCH ${path}`, { body: { action: 5 }, headers })).status).toBe(400);
  expect((await world.ask('PATCH /v1/tasks/none', { body: {}, headers })).status).toBe(404);
  expect((await world.ask(`PATCH ${path}`, { body: { name: 'n' }, headers })).status).toBe(412);
});

it('names the definition alone: what the schedule moves leaves the tag as it is', async () => {
  const made = await world.task({ triggers: [{ type: 'cron', expression: '* * * * * *' }] });
  const before = await world.ask(`GET /v1/tasks/${made.id}`);
  await world.clock.advance(5000);
  const after = await world.ask(`GET /v1/tasks/${made.id}`);
  expect(after.text).not.toBe(before.text);
  expect(after.headers['etag']).toBe(before.headers['etag']);
  const headers = { 'if-match': before.headers['etag'] as string };
  expect((await world.ask(`PATCH /v1/tasks/${made.id}`, { body: { priority: 1 }, headers })).status).toBe(200);
});

describe('a change that has a fault and the wrong version', () => {
  it.each([
    ['/v1/webhook-sources', { name: 'builds', event: 'build' }],
    ['/v1/notification-rules', { name: 'nightly', on: ['failure'] }],
    ['/v1/report-schedules', { name: 'daily' }],
    ['/v1/notification-channels', { name: 'ops', type: 'webhook', url: 'https://ops.example/hook' }],
    ['/v1/tasks', { name: 'nightly', triggers: [{ type: 'manual' }], action: { type: 'noop' } }],
  ])('is told of its fault at %s', async (list, body) => {
    const channel = { name: 'ops', type: 'webhook', url: 'https://ops.example/hook' };
    const channels = [(await world.ask('POST /v1/notification-channels', { body: channel })).body.id];
    const made = await world.ask(`POST ${list}`, { body: /rules|schedules/.test(list) ? { ...body, channels } : body });
    expect(made.status).toBe(201);
    const patch = (name: string) =>
      world.ask(`PATCH ${list}/${made.body.id}`, { body: { name }, headers: { 'if-match': '"999"' } });
    const faulty = await patch('');
    expect([faulty.status, faulty.body.errors?.map(({ pointer }) => pointer)]).toEqual([400, ['/name']]);
    expect((await patch('other')).status).toBe(412);
  });
});
