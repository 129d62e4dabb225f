import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld, taskBody } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

describe('POST /v1/tasks', () => {
  it('answers 201 with the task, its place and its version', async () => {
    const body = taskBody({ triggers: [{ type: 'cron', expression: '0 13 * * *' }], tags: ['a'] });
    const answer = await world.ask('POST /v1/tasks', { body });
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toBe(`/v1/tasks/${answer.body.id}`);
    expect(answer.headers['etag']).toBe(`"${answer.body.version}"`);
    expect(answer.body).toMatchObject({
      name: body['name'],
      triggers: [{ type: 'cron', expression: '0 13 * * *', timeZone: 'UTC' }],
      priority: 5,
      overlap: 'skip',
      retry: { maxAttempts: 3, backoff: 'exponential' },
      state: 'active',
      nextRunAt: '2027-01-31T13:00:00.000Z',
      createdAt: '2027-01-31T12:00:00.000Z',
    });
    expect(answer.body).not.toHaveProperty('organization');
    expect(answer.body).not.toHaveProperty('pausedReason');
  });

  it('shows of secrets only the names', async () => {
    const { id } = await world.task({ secrets: { token: 'very-hidden-value' } });
    const answer = await world.ask(`GET /v1/tasks/${id}`);
    expect(answer.body.secretNames).toEqual(['token']);
    expect(answer.body).not.toHaveProperty('secrets');
    expect(answer.text).not.toContain('very-hidden-value');
  });

  it('gives back parameters exactly as they were', async () => {
    const parameters = { deep: { list: [1, null, { a: 'ä' }], prototype: 'x', empty: {} }, '~/': false };
    const { id } = await world.task({ parameters });
    expect((await world.ask(`GET /v1/tasks/${id}`)).body.parameters).toEqual(parameters);
  });
});

describe('POST /v1/tasks/batch', () => {
  it('has a result for each task, with pointers into the body', async () => {
    const answer = await world.ask('POST /v1/tasks/batch', { body: { tasks: [taskBody(), taskBody({ name: 1 })] } });
    expect(answer.status).toBe(200);
    expect(answer.body.results).toHaveLength(2);
    expect(answer.body.results[0]).toMatchObject({ status: 201, task: { state: 'active' } });
    expect(answer.body.results[1]).toMatchObject({ status: 400, errors: [{ pointer: '/tasks/1/name' }] });
    expect((await world.ask(`GET /v1/tasks/${answer.body.results[0]!.task.id}`)).status).toBe(200);
  });

  it('takes a thousand tasks and not one more', async () => {
    const tasks = Array.from({ length: 1001 }, () => taskBody());
    const tooMany = await world.ask('POST /v1/tasks/batch', { organization: 'bulk', body: { tasks } });
    expect(tooMany.status).toBe(400);
    expect(tooMany.body.errors[0]!.pointer).toBe('/tasks');
    const answer = await world.ask('POST /v1/tasks/batch', { organization: 'bulk', body: { tasks: tasks.slice(1) } });
    expect(answer.body.results.filter((result) => result.status === 201)).toHaveLength(1000);
  });
});

describe('GET /v1/tasks', () => {
  it('goes through all tasks page by page, newest first, each once', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      await world.clock.advance(1);
      ids.unshift((await world.task({}, 'pages')).id);
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = await world.ask(`GET /v1/tasks?limit=2${query}`, { organization: 'pages' });
      expect(page.status).toBe(200);
      seen.push(...page.body.items.map((task) => task.id));
      cursor = page.body.nextCursor;
    }
    expect(seen).toEqual(ids);
  });

  it('filters by state, tag and name', async () => {
    const organization = 'filters';
    const red = await world.task({ name: 'Red one', tags: ['red'] }, organization);
    const blue = await world.task({ name: 'Blue one', tags: ['blue'] }, organization);
    await world.ask(`POST /v1/tasks/${blue.id}/pause`, { organization, body: { reason: 'rest' } });
    const found = async (query: string) =>
      (await world.ask(`GET /v1/tasks?${query}`, { organization })).body.items.map((task) => task.id);
    expect(await found('tag=red')).toEqual([red.id]);
    expect(await found('state=paused')).toEqual([blue.id]);
    expect(await found('q=blue%20O')).toEqual([blue.id]);
    expect(await found('state=active&tag=blue')).toEqual([]);
  });

  it.each(['not-a-cursor', 'bm90LWFuLWlk', '%00', 'a'.repeat(500)])('refuses the cursor %s', async (cursor) => {
    const answer = await world.ask(`GET /v1/tasks?cursor=${cursor}`);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.parameter).toBe('cursor');
  });

  it.each(['limit=0', 'limit=201', 'limit=ten', 'limit=1.5', 'limit=1&limit=2', 'limit='])(
    'refuses %s',
    async (query) => {
      const answer = await world.ask(`GET /v1/tasks?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.body.errors[0]!.parameter).toBe('limit');
    },
  );

  it('refuses an unknown parameter by name', async () => {
    const answer = await world.ask('GET /v1/tasks?colour=red');
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ parameter: 'colour', detail: 'is not a known parameter' }]);
  });
});

describe('PATCH and DELETE /v1/tasks/{id}', () => {
  it('merges the change and has a new version', async () => {
    const task = await world.task({ description: 'old', tags: ['a'] });
    const answer = await world.ask(`PATCH /v1/tasks/${task.id}`, {
      body: { description: null, priority: 9 },
      headers: { 'content-type': 'application/merge-patch+json', 'if-match': `"${task.version}"` },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ priority: 9, tags: ['a'] });
    expect(answer.body).not.toHaveProperty('description');
    expect(answer.body.version).not.toBe(task.version);
    expect(answer.headers['etag']).toBe(`"${answer.body.version}"`);
  });

  it('refuses a change of another version with 412 and changes nothing', async () => {
    const task = await world.task();
    for (const tag of ['"999"', `W/"${task.version}"`]) {
      const line = { body: { priority: 1 }, headers: { 'if-match': tag } };
      const answer = await world.ask(`PATCH /v1/tasks/${task.id}`, line);
      expect(answer.status).toBe(412);
      expect(answer.body.status).toBe(412);
    }
    expect((await world.ask(`DELETE /v1/tasks/${task.id}`, { headers: { 'if-match': '"999"' } })).status).toBe(412);
    expect((await world.ask(`GET /v1/tasks/${task.id}`)).body.priority).toBe(5);
  });

  it('takes any version with If-Match: *, and refuses what is not an entity tag', async () => {
    const { id } = await world.task();
    expect((await world.ask(`PATCH /v1/tasks/${id}`, { body: {}, headers: { 'if-match': '*' } })).status).toBe(200);
    const answer = await world.ask(`PATCH /v1/tasks/${id}`, { body: {}, headers: { 'if-match': '1' } });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.parameter).toBe('If-Match');
  });

  it('deletes with 204, and then there is nothing', async () => {
    const { id } = await world.task();
    const answer = await world.ask(`DELETE /v1/tasks/${id}`);
    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect((await world.ask(`GET /v1/tasks/${id}`)).status).toBe(404);
  });
});

describe('pause, resume, run and next-runs', () => {
  it('pauses with reason and end, and resumes', async () => {
    const { id } = await world.task({ triggers: [{ type: 'interval', everyMs: 3_600_000 }] });
    const until = '2030-01-01T00:00:00+01:00';
    const paused = await world.ask(`POST /v1/tasks/${id}/pause`, { body: { reason: 'maintenance', until } });
    expect(paused.status).toBe(200);
    const shown = { state: 'paused', pausedReason: 'maintenance', pausedUntil: '2029-12-31T23:00:00.000Z' };
    expect(paused.body).toMatchObject({ ...shown, nextRunAt: null });
    const resumed = await world.ask(`POST /v1/tasks/${id}/resume`);
    expect(resumed.status).toBe(200);
    expect(resumed.body.state).toBe('active');
    expect(resumed.body).not.toHaveProperty('pausedReason');
  });

  it('tells who created, changed and paused it, and that the engine resumed it', async () => {
    const expiresAt = new Date(world.clock.now() + 86_400_000).toISOString();
    const asked = { as: 'admin', body: { name: 'ci', roles: ['editor'], expiresAt } } as const;
    const made = JSON.parse((await world.ask('POST /v1/api-keys', asked)).text) as { id: string; key: string };
    const headers = { authorization: `Bearer ${made.key}` };
    const body = taskBody({ triggers: [{ type: 'interval', everyMs: 3_600_000 }] });
    const { id, ...created } = (await world.ask('POST /v1/tasks', { body, headers })).body;
    const key = { type: 'api-key', id: made.id };
    expect(created).toMatchObject({ createdBy: key, updatedBy: key });
    expect(created).not.toHaveProperty('pausedBy');
    const until = new Date(world.clock.now() + 60_000).toISOString();
    const pause = { as: 'operator', body: { reason: 'x', until } } as const;
    const paused = JSON.parse((await world.ask(`POST /v1/tasks/${id}/pause`, pause)).text) as { pausedBy: object };
    expect(paused).toMatchObject({ createdBy: key, updatedBy: paused.pausedBy, pausedBy: { type: 'user' } });
    const changed = (await world.ask(`PATCH /v1/tasks/${id}`, { headers, body: { priority: 7 } })).body;
    expect(changed).toMatchObject({ createdBy: key, updatedBy: key, pausedBy: paused.pausedBy });
    const engine = { type: 'engine', id: 'engine' };
    const listed = async () => (await world.ask(`GET /v1/tasks?ids=${id}`)).body.items[0]!;
    const resumed = await world.until(async () => {
      const task = await listed();
      return task['state'] === 'active' && task;
    }, 10_000);
    expect(resumed).toMatchObject({ createdBy: key, updatedBy: engine });
    expect(resumed).not.toHaveProperty('pausedBy');
  });

  it.each([-1, 0])('takes no end of a pause that is %s ms from now', async (later) => {
    const { id } = await world.task();
    const until = new Date(world.clock.now() + later).toISOString();
    const answer = await world.ask(`POST /v1/tasks/${id}/pause`, { body: { reason: 'x', until } });
    expect([answer.status, answer.body.errors]).toEqual([
      400,
      [{ pointer: '/until', detail: 'must lie in the future' }],
    ]);
    expect((await world.ask(`GET /v1/tasks/${id}`)).body.state).toBe('active');
  });

  it('answers 202 with the run and its place', async () => {
    const { id } = await world.task();
    const answer = await world.ask(`POST /v1/tasks/${id}/run`);
    expect(answer.status).toBe(202);
    expect(answer.headers['location']).toBe(`/v1/runs/${answer.body.id}`);
    expect(answer.body).toMatchObject({ taskId: id, trigger: 'manual', attempts: [] });
  });

  it('takes an empty JSON body where none is needed', async () => {
    const { id } = await world.task();
    const headers = { 'content-type': 'application/json' };
    expect((await world.ask(`POST /v1/tasks/${id}/run`, { raw: '', headers })).status).toBe(202);
  });

  it('lists the coming occurrences', async () => {
    const { id } = await world.task({ triggers: [{ type: 'cron', expression: '0 0 * * *' }] });
    const answer = await world.ask(`GET /v1/tasks/${id}/next-runs?count=2`);
    expect(answer.body).toEqual({
      runs: [
        { at: '2027-02-01T00:00:00.000Z', local: '2027-02-01T00:00:00+00:00' },
        { at: '2027-02-02T00:00:00.000Z', local: '2027-02-02T00:00:00+00:00' },
      ],
      leftOut: [],
      zone: 'UTC',
    });
    expect((await world.ask(`GET /v1/tasks/${id}/next-runs?count=0`)).body.errors[0]!.parameter).toBe('count');
  });

  it('lists those of a time to come, on the clocks of the task, with what calendars leave out', async () => {
    await world.ask('PUT /v1/settings', {
      organization: 'months',
      body: { calendars: { sundays: { weekdays: ['sun'] } } },
    });
    const trigger = { type: 'cron', expression: '30 2 * * *', timeZone: 'Europe/Berlin', dst: { fold: 'both' } };
    const task = { triggers: [trigger], calendars: ['sundays'], maxRuns: 300, spreadMs: 1000 };
    const { id } = await world.task(task, 'months');
    const ask = (query: string) =>
      world.ask(`GET /v1/tasks/${id}/next-runs?${query}`, { as: 'viewer', organization: 'months' });
    const { body } = await ask('from=2027-03-27T00:00:00Z&to=2027-03-30T00:00:00Z');
    expect(body).toMatchObject({
      zone: 'Europe/Berlin',
      runs: [
        {
          at: '2027-03-27T01:30:00.000Z',
          local: '2027-03-27T02:30:00+01:00',
          localDueAt: expect.stringMatching('02:30:0'),
        },
        { at: '2027-03-29T00:30:00.000Z', local: '2027-03-29T02:30:00+02:00' },
      ],
      leftOut: [{ from: '2027-03-28T01:00:00.000Z', count: 1, calendar: 'sundays' }],
    });
    expect((await ask('from=2027-03-27T00:00:00Z&count=1')).body.runs).toHaveLength(1);
    // 300 working days end before the next winter does.
    expect((await ask('from=2028-01-13T00:00:00Z&count=100')).body.runs.length).toBeLessThan(10);
    expect((await ask('to=2020-01-01T00:00:00Z')).body).toMatchObject({ runs: [], leftOut: [] });
    for (const query of ['from=2037-03-01T00:00:00Z', 'to=9999-01-01T00:00:00Z', 'from=soon'])
      expect((await ask(query)).status).toBe(400);
  });
});
