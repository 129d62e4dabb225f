import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import { TasksService } from '../../src/scheduling/tasks/tasks.service.js';
import { RestWorld, taskBody } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());
afterEach(() => void jest.restoreAllMocks());

const count = async () => (await world.ask('GET /v1/tasks?limit=200')).body.items.length;

const BAD_TASKS: [string, Record<string, unknown>, string][] = [
  ['an unknown member', { colour: 'red' }, '/colour'],
  ['an unknown member of a trigger', { triggers: [{ type: 'manual', when: 'now' }] }, '/triggers/0/when'],
  ['a name that is a number', { name: 7 }, '/name'],
  ['no trigger', { triggers: [] }, '/triggers'],
  ['an unknown type of trigger', { triggers: [{ type: 'moon' }] }, '/triggers/0/type'],
  ['an invalid cron expression', { triggers: [{ type: 'cron', expression: '61 * * * *' }] }, '/triggers/0/expression'],
  [
    'an unknown time zone',
    { triggers: [{ type: 'cron', expression: '* * * * *', timeZone: 'Mars/Base' }] },
    '/triggers/0/timeZone',
  ],
  ['an instant without offset', { triggers: [{ type: 'once', at: '2027-01-31T09:00:00' }] }, '/triggers/0/at'],
  ['an unknown action', { action: { type: 'shell', command: 'rm' } }, '/action/type'],
  ['a priority out of range', { priority: 10 }, '/priority'],
  ['a policy of another kind', { retry: { maxAttempts: 'three' } }, '/retry/maxAttempts'],
  ['a secret that is not a text', { secrets: { token: 1 } }, '/secrets/token'],
];

describe('a bad task', () => {
  it.each(BAD_TASKS)('with %s is refused with a pointer and stored nowhere', async (_what, changes, pointer) => {
    const before = await count();
    const answer = await world.ask('POST /v1/tasks', { body: taskBody(changes) });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      type: 'urn:task-runner:problem:invalid-input',
      title: 'Bad Request',
      status: 400,
    });
    expect(answer.body.errors.map((fault) => fault.pointer)).toContain(pointer);
    for (const fault of answer.body.errors) expect(fault.detail).not.toBe('');
    expect(await count()).toBe(before);
  });

  it.each(['$where', '$function', '$expr'])('with %s in a filter is refused', async (operator) => {
    const triggers = [{ type: 'event', event: 'e', filter: { [operator]: 'this.data.a == 1' } }];
    const answer = await world.ask('POST /v1/tasks', { body: taskBody({ triggers }) });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.pointer).toMatch(/^\/triggers\/0\/filter/);
  });

  it.each(['[]', '"text"', '7', 'null', ''])('of the shape %j is refused', async (raw) => {
    const answer = await world.ask('POST /v1/tasks', { raw, headers: { 'content-type': 'application/json' } });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.pointer).toBe('');
  });
});

describe('a bad body', () => {
  it.each([
    ['is cut off', '{"name": "x"'],
    ['carries __proto__', '{"__proto__": {"admin": true}}'],
    ['carries __proto__ deep inside', '{"parameters": {"a": [{"__proto__": 1}]}}'],
    ['carries constructor.prototype', '{"constructor": {"prototype": {"admin": true}}}'],
    ['is nested without end', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['has a number beyond all bounds', '{"parameters": {"a": 1e999}}'],
    ['has half a character', '{"parameters": {"a": "\\ud800"}}'],
    ['has a member name with a zero byte', '{"parameters": {"a\\u0000b": 1}}'],
  ])('that %s is a 400', async (_what, raw) => {
    for (const line of ['POST /v1/tasks', 'POST /v1/triggers/events/e', 'POST /v1/triggers/preview']) {
      const answer = await world.ask(line, { raw, headers: { 'idempotency-key': 'bad' } });
      expect(answer.status).toBe(400);
      expect(answer.headers['content-type']).toMatch(/problem\+json/);
      expect(answer.body.errors).toHaveLength(1);
    }
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('of 5 MB is a 413', async () => {
    const answer = await world.ask('POST /v1/tasks', { body: taskBody({ description: 'x'.repeat(5_000_000) }) });
    expect(answer.status).toBe(413);
    expect(answer.body.detail).toBe('The body is larger than 1 MiB.');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'multipart/form-data; boundary=x'])(
    'sent as %s is a 415',
    async (type) => {
      const answer = await world.ask('POST /v1/tasks', { raw: 'name=x', headers: { 'content-type': type } });
      expect(answer.status).toBe(415);
      expect(answer.headers['content-type']).toMatch(/problem\+json/);
    },
  );
});

describe('a bad path', () => {
  it.each(['/', '/v1', '/v1/nothing', '/v2/tasks', '/v1/tasks/a/b/c', '/docs/../../etc/passwd'])(
    '%s is a 404 problem',
    async (path) => {
      const answer = await world.ask(`GET ${path}`);
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({ status: 404, title: 'Not Found' });
      expect(answer.headers['content-type']).toMatch(/problem\+json/);
    },
  );

  it.each(['%zz', `${'a'.repeat(2000)}`])('with the id %s is a 4xx problem', async (id) => {
    const answer = await world.ask(`GET /v1/tasks/${id}`);
    expect([400, 404, 414]).toContain(answer.status);
    expect(answer.body.status).toBe(answer.status);
    expect(answer.headers['content-type']).toMatch(/problem\+json/);
  });

  it.each(['0', 'x', '..%2f..', '%00', "' OR 1=1 --", '00000000-0000-0000-0000-000000000000'])(
    'with the unknown id %s is a 404',
    async (id) => {
      for (const kind of ['tasks', 'runs']) {
        const answer = await world.ask(`GET /v1/${kind}/${encodeURI(id)}`);
        expect(answer.status).toBe(404);
      }
    },
  );
});

describe('an error of the service', () => {
  const failWith = (error: Error) =>
    jest.spyOn(world.app.get(TasksService, { strict: false }), 'get').mockRejectedValue(error);

  it('is a 500 that tells nothing but the request’s id', async () => {
    failWith(new Error('password=hunter2 at /srv/secret.ts'));
    const answer = await world.ask('GET /v1/tasks/x', { headers: { 'x-request-id': 'my-request.1' } });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/hunter2|secret\.ts/);
    expect(answer.body.detail).toContain('my-request.1');
    expect(answer.headers['x-request-id']).toBe('my-request.1');
  });

  it('does not take over a request id that could forge a line of the log', async () => {
    const answer = await world.ask('GET /v1/tasks', { headers: { 'x-request-id': 'a b"c' } });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('that passes is a 503 with Retry-After', async () => {
    const error = new StoreUnavailableError('The store is away.');
    failWith(error);
    const answer = await world.ask('GET /v1/tasks/x');
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.body.detail).toBe(error.message);
  });
});

it('bounds the time of a connection, and refuses what is not HTTP', async () => {
  await world.app.listen(0, '127.0.0.1');
  const server = world.app.getHttpServer();
  expect(server.headersTimeout).toBe(15_000);
  expect(server.requestTimeout).toBe(30_000);
  expect(server.timeout).toBe(120_000);
  const { port } = server.address() as { port: number };
  const reply = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('this is not HTTP\r\n\r\n'));
    socket.once('data', (data) => resolve(data.toString())).once('error', reject);
  });
  expect(reply).toMatch(/^HTTP\/1\.1 400/);
});
