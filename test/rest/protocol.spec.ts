import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld, taskBody, type Body } from './rest-world.js';

let world: RestWorld;
let run: Body;
beforeAll(async () => {
  world = await RestWorld.start();
  run = await world.finishedRun();
});
afterAll(() => world.stop());

const NDJSON = 'application/x-ndjson';
const STREAM = 'text/event-stream';
const ask = (method: string, url: string, headers = {}) => world.app.inject({ method: method as 'GET', url, headers });

describe('a method that a path does not have', () => {
  const paths = () => [
    ['/v1/tasks', 'GET, HEAD, OPTIONS, POST'],
    ['/v1/tasks/batch', 'OPTIONS, POST'],
    ['/v1/runs/retry', 'OPTIONS, POST'],
    [`/v1/tasks/${run.taskId}`, 'DELETE, GET, HEAD, OPTIONS, PATCH'],
    [`/v1/tasks/${run.taskId}/run?x=1`, 'OPTIONS, POST'],
    ['/v1/settings', 'GET, HEAD, OPTIONS, PUT'],
    ['/v1/triggers/events/a.b', 'OPTIONS, POST'],
    ['/health/live', 'GET, HEAD, OPTIONS'],
    ['/docs-json', 'GET, HEAD, OPTIONS'],
  ];

  it('is a 405 that tells which there are, with and without a token', async () => {
    for (const [path = '', allow = ''] of paths()) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'].filter(
        (name) => !allow.includes(name),
      )) {
        const answer = await ask(method, path);
        expect({ path, method, status: answer.statusCode, allow: answer.headers['allow'] }).toEqual({
          ...{ path, method },
          ...{ status: 405, allow },
        });
        expect(answer.headers).toMatchObject({
          'x-content-type-options': 'nosniff',
          'x-request-id': expect.any(String),
        });
        if (method !== 'HEAD')
          expect(answer.json()).toMatchObject({ status: 405, type: 'urn:task-runner:problem:method-not-allowed' });
      }
    }
  });

  it('is told by OPTIONS, with the bodies that are taken', async () => {
    for (const [path = '', allow = ''] of paths()) {
      const { statusCode, headers, payload } = await ask('OPTIONS', path);
      expect({ path, statusCode, payload, allow: headers['allow'] }).toEqual({
        path,
        statusCode: 204,
        payload: '',
        allow,
      });
      expect(headers['accept-patch']).toBe(
        allow.includes('PATCH') ? 'application/merge-patch+json, application/json' : undefined,
      );
      expect(headers['accept-post']).toBe(allow.includes('POST') ? 'application/json' : undefined);
    }
  });

  it('is a 404 where there is nothing at all', async () => {
    for (const path of ['/v1/nothing', '/v1/tasks/a/b/c', '/v1/tasksx', '/']) {
      for (const method of ['GET', 'OPTIONS', 'PUT', 'DELETE']) expect((await ask(method, path)).statusCode).toBe(404);
    }
  });
});

describe('Accept', () => {
  const log = (accept: string) => ask('GET', `/v1/runs/${run.id}/log`, { accept, authorization: token });
  const trail = (accept: string, method = 'GET') => ask(method, '/v1/audit?limit=1', { accept, authorization: token });
  let token: string;
  beforeAll(async () => void (token = `Bearer ${await world.token('admin', 'acme')}`));

  const weighed = (type: string): [string, string][] => [
    [`${type};q=0`, 'application/json'],
    [`${type};q=0, */*`, 'application/json'],
    [`${type}; q=0.0, application/json`, 'application/json'],
    [`application/json, ${type};q=0.9`, 'application/json'],
    ['*/*', 'application/json'],
    ['', 'application/json'],
    ['text/html', 'application/json'],
    [`x${type}`, 'application/json'],
    [`text/html;profile="${type}"`, 'application/json'],
    [type, type],
    [type.toUpperCase(), type],
    [`application/json;q=0.1, ${type};q=0.2`, type],
    [`${type}, */*;q=0.1`, type],
    [`*/*, ${type}`, type],
    [`${type}; charset=utf-8`, type],
  ];

  it.each(weighed(STREAM))('of a log as %j gets %s', async (accept, type) => {
    const answer = await log(accept);
    expect(String(answer.headers['content-type']).split(';')[0]).toBe(type);
    expect(answer.headers['vary']).toBe('Accept');
  });

  it.each(weighed(NDJSON))('of the audit trail as %j gets %s', async (accept, type) => {
    const answer = await trail(accept);
    expect(String(answer.headers['content-type']).split(';')[0]).toBe(type);
    expect(answer.headers['vary']).toBe('Accept');
  });

  it('opens no stream for HEAD', async () => {
    expect((await trail(NDJSON, 'HEAD')).headers['content-type']).toMatch(/^application\/json/);
  });
});

describe('a body of another media type', () => {
  it('is a 415 that tells which there may be', async () => {
    for (const [line, name] of [
      ['POST /v1/tasks', 'accept-post'],
      [`PATCH /v1/tasks/${run.taskId}`, 'accept-patch'],
      ['PUT /v1/settings', 'accept'],
    ]) {
      const { status, headers } = await world.ask(line!, { raw: 'x', headers: { 'content-type': 'text/plain' } });
      expect({ line, status, taken: headers[name!] }).toEqual({
        ...{ line, status: 415 },
        taken: expect.stringContaining('application/json'),
      });
    }
  });

  it('may be written in any case, with parameters', async () => {
    for (const type of ['Application/JSON', 'APPLICATION/json; Charset=UTF-8', 'application/json ;charset="utf-8"']) {
      const answer = await world.ask('POST /v1/tasks', { body: taskBody(), headers: { 'content-type': type } });
      expect({ type, status: answer.status }).toEqual({ type, status: 201 });
    }
    const headers = { 'content-type': 'Application/Merge-Patch+JSON' };
    expect((await world.ask(`PATCH /v1/tasks/${run.taskId}`, { body: {}, headers })).status).toBe(200);
  });

  it('is not a merge patch where nothing is patched', async () => {
    const headers = { 'content-type': 'application/Merge-Patch+json; charset=utf-8' };
    for (const line of ['POST /v1/tasks', 'PUT /v1/settings', 'POST /v1/triggers/events/e']) {
      expect((await world.ask(line, { body: {}, headers })).status).toBe(415);
    }
  });
});

describe('a URL', () => {
  it.each([
    '/v1/tasks/%',
    '/v1/tasks/%zz',
    '/v1/tasks/%ff',
    '/v1/tasks?q=%',
    '/v1/tasks?q=%c3%28',
    '/v1/tasks?%zz=1',
    '/%',
  ])('of %s is a 400 problem with the headers of every answer', async (url) => {
    const answer = await ask('GET', url);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/problem\+json/),
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
  });

  it('may name the server too, as for a proxy', async () => {
    for (const url of ['http://runner.example/health/live', 'HTTP://x:80/health/live?a=b']) {
      expect((await ask('GET', url)).statusCode).toBe(200);
    }
  });
});

it('takes instants with a small t and z, and shows them with large ones', async () => {
  const body = taskBody({
    triggers: [{ type: 'once', at: '2027-03-26t09:00:00z' }],
    startAt: '2027-01-01t00:00:00.5+01:00',
  });
  const made = await world.ask('POST /v1/tasks', { body });
  expect(made).toMatchObject({
    status: 201,
    body: { triggers: [{ at: '2027-03-26T09:00:00Z' }], startAt: '2027-01-01T00:00:00.5+01:00' },
  });
  expect((await world.ask('GET /v1/runs?from=2020-01-01t00:00:00z')).status).toBe(200);
  for (const at of ['2027-03-26 09:00:00Z', '2027-03-26t09:00:00', '2027-02-30T09:00:00Z', '2027-03-26T09:00:00y']) {
    expect((await world.ask('POST /v1/tasks', { body: taskBody({ triggers: [{ type: 'once', at }] }) })).status).toBe(
      400,
    );
  }
});

it('lets nobody raise what nobody could listen to', async () => {
  const [longest, longer] = ['e'.repeat(128), 'e'.repeat(129)];
  const tries = (event: string) => [
    world.ask(`POST /v1/triggers/events/${event}`, { body: {} }),
    world.ask('POST /v1/tasks', { body: taskBody({ triggers: [{ type: 'event', event }] }) }),
    world.ask('POST /v1/tasks', { body: taskBody({ action: { type: 'event', event } }) }),
  ];
  expect((await Promise.all(tries(longest))).map(({ status }) => status)).toEqual([202, 201, 201]);
  expect((await Promise.all(tries(longer))).map(({ status }) => status)).toEqual([400, 400, 400]);
});
