import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld, taskBody } from '../rest/rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const http = (fields: Record<string, unknown>) => ({
  action: { type: 'http', method: 'POST', url: 'https://example.org/', ...fields },
});

describe('mass assignment', () => {
  it.each([
    'id',
    'organization',
    'state',
    'generation',
    'version',
    'next',
    'scheduledRuns',
    'createdAt',
    'pausedReason',
    'secretNames',
    'roles',
  ])('refuses the member "%s" of a task, new or changed', async (name) => {
    const task = await world.task();
    for (const line of ['POST /v1/tasks', `PATCH /v1/tasks/${task.id}`]) {
      const body = line.startsWith('POST') ? taskBody({ [name]: 'mine' }) : { [name]: 'mine' };
      const answer = await world.ask(line, { body });
      expect(answer.status).toBe(400);
      expect(answer.body.errors[0]!.pointer).toBe(`/${name}`);
    }
  });

  it('takes the organization from the token, whatever the query says', async () => {
    await world.task({}, 'umbrella');
    expect((await world.ask('GET /v1/tasks?organization=umbrella')).status).toBe(400);
  });
});

describe('operator injection', () => {
  it.each([
    'GET /v1/tasks?state[$ne]=active',
    'GET /v1/tasks?state=%7B%22%24ne%22%3Anull%7D',
    'GET /v1/tasks?tag[]=a&tag[]=b',
    'GET /v1/tasks?q=a&q=b',
    'GET /v1/runs?taskId[$gt]=',
    'GET /v1/runs?state[$in][]=failed',
    'GET /v1/audit?actor[$ne]=x',
    'GET /v1/audit?object=a&object=b',
  ])('%s is refused', async (line) => {
    expect((await world.ask(line)).status).toBe(400);
  });

  it('finds by text what is text, in searches, tags and ids', async () => {
    const organization = 'operators';
    await world.task({ name: 'plain', tags: ['a'] }, organization);
    for (const query of ['q=.*', 'q=%25', 'q=_____', "q=' OR 1=1 --", 'q=$where', 'tag=$exists', "tag=' OR ''='"]) {
      const answer = await world.ask(`GET /v1/tasks?${encodeURI(query)}`, { organization });
      expect([query, answer.status, answer.body.items]).toEqual([query, 200, []]);
    }
    expect((await world.ask('GET /v1/tasks/%24ne', { organization })).status).toBe(404);
  });

  it.each([{ $where: 'this.data' }, { 'data.x': { $where: '1' } }, { 'data.x': { $function: {} } }, { $expr: {} }])(
    'refuses the filter %j of an event',
    async (filter) => {
      const body = taskBody({ triggers: [{ type: 'event', event: 'e', filter }] });
      expect((await world.ask('POST /v1/tasks', { body })).status).toBe(400);
    },
  );
});

describe('prototype pollution', () => {
  const bodies = ['{"__proto__": {"polluted": true}}', '{"constructor": {"prototype": {"polluted": true}}}'];

  it.each(bodies)('refuses %s in every body', async (raw) => {
    const task = await world.task();
    const lines = ['POST /v1/tasks', `PATCH /v1/tasks/${task.id}`, 'PUT /v1/settings', 'POST /v1/triggers/events/e'];
    for (const line of lines) expect((await world.ask(line, { raw })).status).toBe(400);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each(['parameters.__proto__.polluted', 'parameters.constructor.name', 'run.__proto__.toString'])(
    'gives a template nothing of {{%s}}',
    async (path) => {
      const run = await world
        .finishedRun({ ...http({ url: `https://example.org/{{${path}}}` }), retry: { maxAttempts: 1 } })
        .catch((error: Error) => ({ state: 'refused', error: error.message }));
      expect(['failed', 'refused']).toContain(run.state);
      expect(JSON.stringify(run)).not.toMatch(/function|\[native|polluted": true/);
    },
  );
});

describe('template injection', () => {
  it.each([
    '{{7*7}}',
    '{{process.env.PATH}}',
    "{{constructor.constructor('return process')()}}",
    '{{#each x}}',
    '{{> x}}',
  ])('evaluates nothing of %s', async (text) => {
    const answer = await world.ask('POST /v1/tasks', { body: taskBody(http({ body: { text } })) });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.pointer).toMatch(/^\/action\/body/);
  });
});

describe('header injection', () => {
  it('refuses line breaks in the headers of an action', async () => {
    const headers = { 'x-a': 'b\r\nx-evil: 1' };
    expect((await world.ask('POST /v1/tasks', { body: taskBody(http({ headers })) })).status).toBe(400);
  });

  it('lets no line break through that a parameter brings into a header', async () => {
    const run = await world.finishedRun({
      ...http({ headers: { 'x-a': '{{parameters.a}}' } }),
      parameters: { a: 'b\r\nx-evil: 1' },
      retry: { maxAttempts: 1 },
    });
    expect(run.state).toBe('failed');
    expect(JSON.stringify(run)).toMatch(/x-a/);
  });

  it('answers a request id that could break a header or a log with one of its own', async () => {
    for (const given of ['a b', 'x'.repeat(65), 'a;b', '<script>']) {
      const { headers } = await world.ask('GET /v1/tasks', { headers: { 'x-request-id': given } });
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});
