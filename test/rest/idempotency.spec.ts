import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import { IdempotencyStore } from '../../src/idempotency/idempotency.store.js';
import { TasksService } from '../../src/scheduling/tasks/tasks.service.js';
import { RestWorld, taskBody, type Answer, type Body } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());
afterEach(() => void jest.restoreAllMocks());

let keys = 0;
const newKey = () => `key-${++keys}`;
const headersOf = (key: string) => ({ 'idempotency-key': key });
const create = (key: string, body: unknown, organization = 'acme'): Promise<Answer> =>
  world.ask('POST /v1/tasks', { body, organization, headers: headersOf(key) });
const named = async (name: unknown) =>
  (await world.ask(`GET /v1/tasks?q=${encodeURIComponent(String(name))}`)).body.items;

describe('Idempotency-Key on POST /v1/tasks', () => {
  it('replays the first answer, whatever the order and the spacing of the body', async () => {
    const [key, body] = [newKey(), taskBody({ parameters: { a: 1, b: 2 } })];
    const first = await create(key, body);
    const raw = JSON.stringify(
      { ...Object.fromEntries(Object.entries(body).reverse()), parameters: { b: 2, a: 1 } },
      null,
      3,
    );
    const again = await world.ask('POST /v1/tasks', { raw, headers: headersOf(key) });
    expect(first.status).toBe(201);
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['location']).toBe(first.headers['location']);
    expect(again.headers['etag']).toBe(first.headers['etag']);
    expect(await named(body['name'])).toHaveLength(1);
  });

  it('refuses another body with 422', async () => {
    const key = newKey();
    await create(key, taskBody());
    const answer = await create(key, taskBody());
    expect(answer.status).toBe(422);
    expect(answer.body.type).toBe('urn:task-runner:problem:idempotency-key-reused');
  });

  it('is each organization’s own', async () => {
    const [key, body] = [newKey(), taskBody()];
    const ours = await create(key, body);
    const theirs = await create(key, body, 'others');
    expect(theirs.status).toBe(201);
    expect(theirs.body.id).not.toBe(ours.body.id);
  });

  it('refuses a second request while the first is under way, and never creates two', async () => {
    const [key, body] = [newKey(), taskBody()];
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => create(key, body)));
    expect(answers.map(({ status }) => status).filter((status) => status !== 201 && status !== 409)).toEqual([]);
    expect(answers.some(({ status }) => status === 201)).toBe(true);
    expect(await named(body['name'])).toHaveLength(1);
  });

  it('answers 409 to a repetition of one that has not been answered', async () => {
    const [key, body] = [newKey(), taskBody()];
    const tasks = world.app.get(TasksService, { strict: false });
    const create_ = tasks.create.bind(tasks);
    let second: Answer | undefined;
    jest.spyOn(tasks, 'create').mockImplementationOnce(async (...parameters) => {
      second = await create(key, body);
      return create_(...parameters);
    });
    expect((await create(key, body)).status).toBe(201);
    expect(second?.status).toBe(409);
    expect(second?.body.type).toBe('urn:task-runner:problem:request-in-progress');
  });

  it('forgets a request that was refused', async () => {
    const key = newKey();
    expect((await create(key, taskBody({ priority: 99 }))).status).toBe(400);
    expect((await create(key, taskBody())).status).toBe(201);
  });

  it('creates once what was stored but could not be answered', async () => {
    const [key, body] = [newKey(), taskBody()];
    const tasks = world.app.get(TasksService, { strict: false });
    const create_ = tasks.create.bind(tasks);
    jest.spyOn(tasks, 'create').mockImplementationOnce(async (...parameters) => {
      await create_(...parameters);
      throw new StoreUnavailableError('The connection broke.');
    });
    expect((await create(key, body)).status).toBe(503);
    await world.clock.advance(5);
    expect((await create(key, body)).status).toBe(201);
    expect(await named(body['name'])).toHaveLength(1);
  });

  it('goes on where a process died in the middle, and creates once', async () => {
    const [key, body] = [newKey(), taskBody()];
    const store = world.app.get(IdempotencyStore, { strict: false });
    jest.spyOn(store, 'complete').mockRejectedValueOnce(new StoreUnavailableError('The process died.'));
    const first = await create(key, body);
    expect((await create(key, body)).status).toBe(409);
    await world.clock.advance(20_000);
    const again = await create(key, body);
    expect(again.status).toBe(201);
    expect(again.body.id).toBe(first.body.id);
    expect(await named(body['name'])).toHaveLength(1);
  });

  it('takes a key anew after a day', async () => {
    const [key, body] = [newKey(), taskBody()];
    const first = await create(key, body);
    world.clock.setWall(world.clock.now() + 86_400_000);
    const again = await create(key, body);
    expect(again.status).toBe(201);
    expect(again.body.id).not.toBe(first.body.id);
  });

  it.each(['a b', 'ä', 'x'.repeat(256)])('refuses the key %j', async (key) => {
    const answer = await create(key, taskBody());
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.parameter).toBe('Idempotency-Key');
  });
});

describe('Idempotency-Key on POST /v1/triggers/events/{type}', () => {
  const raise = (key: string, type: string, body: unknown) =>
    world.ask(`POST /v1/triggers/events/${type}`, { body, headers: headersOf(key) });

  it('starts each task once', async () => {
    const { id } = await world.task({ triggers: [{ type: 'event', event: 'built' }] });
    const key = newKey();
    const first = await raise(key, 'built', { ok: true });
    const again = await raise(key, 'built', { ok: true });
    expect(first.status).toBe(202);
    expect(first.body).toEqual({ eventId: expect.any(String), triggeredTasks: [id], runs: [expect.any(String)] });
    expect(again.body).toEqual(first.body);
    const runs = await world.ask(`GET /v1/runs?taskId=${id}`);
    expect(runs.body.items).toHaveLength(1);
    expect(runs.body.items[0]).toMatchObject({ trigger: 'event', eventId: first.body.eventId });
  });

  it('stands for one type alone, however that is written', async () => {
    const key = newKey();
    const [one, two] = [await raise(key, 'one', {}), await raise(key, 'two', {})];
    expect([one.status, two.status]).toEqual([202, 202]);
    expect(two.body.eventId).not.toBe(one.body.eventId);
    expect((await raise(key, '%6fne', {})).body).toEqual(one.body);
    expect((await raise(key, 'one', { other: 1 })).status).toBe(422);
  });
});

/** A request and its effect, which must happen once. */
interface Effect {
  what: string;
  /** The request line, for a task and a failed run. */
  line: (task: Body, run: Body) => string;
  body?: unknown;
  /** Another body that is valid, too. */
  other?: unknown;
  /** The name of the action in the audit trail. */
  action: string;
}

const EFFECTS: Effect[] = [
  { what: 'a batch', line: () => 'POST /v1/tasks/batch', body: { tasks: [taskBody()] }, other: { tasks: [taskBody()] }, action: 'task.created' },
  { what: 'a change', line: ({ id }) => `PATCH /v1/tasks/${id}`, body: { priority: 1 }, other: { priority: 2 }, action: 'task.changed' },
  { what: 'a pause', line: ({ id }) => `POST /v1/tasks/${id}/pause`, body: { reason: 'a' }, other: { reason: 'b' }, action: 'task.paused' },
  { what: 'a run', line: ({ id }) => `POST /v1/tasks/${id}/run`, action: 'run.requested' },
  { what: 'a retry', line: (_, { id }) => `POST /v1/runs/${id}/retry`, action: 'run.retried' },
  { what: 'retries of many', line: () => 'POST /v1/runs/retry', body: {}, other: { limit: 9 }, action: 'run.retried' },
  { what: 'an API key', line: () => 'POST /v1/api-keys', body: { name: 'a', roles: ['viewer'] }, other: { name: 'b', roles: [] }, action: 'api-key.created' },
  { what: 'settings', line: () => 'PUT /v1/settings', body: { quotas: { tasks: 900 } }, other: {}, action: 'settings.replaced' },
  { what: 'a removal', line: ({ id }) => `DELETE /v1/tasks/${id}`, action: 'task.deleted' },
]; // prettier-ignore

describe.each(EFFECTS)('Idempotency-Key on $what', ({ line, body, other, action }) => {
  const organization = `org-${action.replace('.', '-')}-${EFFECTS.findIndex((each) => each.line === line)}`;
  let key: string;
  let asked: string;
  const ask = (sent: unknown = body, headers = headersOf(key)) =>
    world.ask(asked, { organization, headers, ...(sent !== undefined && { body: sent }) });
  const told = async () =>
    (await world.ask(`GET /v1/audit?action=${action}&limit=200`, { organization })).body.items.length;
  beforeAll(async () => {
    key = newKey();
    const task = await world.task(
      { action: { type: 'test-flow', flowId: 'none' }, retry: { maxAttempts: 1 } },
      organization,
    );
    const run = (await world.ask(`POST /v1/tasks/${task.id}/run`, { organization })).body;
    await world.ask(`POST /v1/runs/${run.id}/cancel`, { organization });
    asked = line(task, run);
  });

  it('does it once, however many ask at once, and answers all alike from then on', async () => {
    const before = await told();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    const done = answers.filter(({ status }) => status < 300);
    expect(done.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status >= 300 && status !== 409)).toEqual([]);
    const again = await ask();
    for (const answer of [...done, again])
      expect([answer.status, answer.text, answer.headers['etag'], answer.headers['location']]).toEqual([
        ...[done[0]!.status, done[0]!.text, done[0]!.headers['etag'], done[0]!.headers['location']],
      ]);
    expect((await told()) - before).toBe(action === 'run.retried' && body ? 0 : 1);
  });

  it('is refused with another body, and taken with another key', async () => {
    if (other !== undefined) expect((await ask(other)).status).toBe(422);
    if (asked.startsWith('DELETE')) expect((await ask(body, headersOf(newKey()))).status).toBe(404);
    else expect((await ask(body, headersOf(newKey()))).status).toBeLessThan(300);
  });
});

describe('a process that dies between the effect and the answer', () => {
  const organization = 'mortal';
  const told = async (action: string) =>
    (await world.ask(`GET /v1/audit?action=${action}&limit=200`, { organization })).body.items.length;
  const finished = async () => {
    const { id } = await world.task({ action: { type: 'test-flow', flowId: 'none' } }, organization);
    const run = (await world.ask(`POST /v1/tasks/${id}/run`, { organization })).body;
    return ended(run.id);
  };
  /** The run, once it has been cancelled. */
  const ended = async (id: string): Promise<Body> => {
    for (;;) {
      await world.ask(`POST /v1/runs/${id}/cancel`, { organization });
      const run = (await world.ask(`GET /v1/runs/${id}`, { organization })).body;
      if (run.finishedAt !== null) return run;
      await world.clock.advance(10);
    }
  };
  const LOST: [what: string, make: () => Promise<[line: string, body?: unknown]>, action: string][] = [
    ['a run', async () => [`POST /v1/tasks/${(await world.task({}, organization)).id}/run`], 'run.requested'],
    ['a first retry', async () => [`POST /v1/runs/${(await finished()).id}/retry`], 'run.retried'],
    ['a further retry', async () => [`POST /v1/runs/${(await again(await finished())).id}/retry`], 'run.retried'],
    [
      'a batch',
      () => Promise.resolve(['POST /v1/tasks/batch', { tasks: [taskBody(), taskBody(), {}] }]),
      'task.created',
    ],
  ];
  /** The given run, after a retry of it has ended. */
  const again = async (run: Body) => {
    const { id } = (await world.ask(`POST /v1/runs/${run.id}/retry`, { organization })).body;
    await ended(id);
    await world.clock.advance(2000);
    return run;
  };

  it.each(LOST)('leaves %s there once', async (_, make, action) => {
    const [line, body] = await make();
    const ask = { organization, headers: headersOf(newKey()), ...(body !== undefined && { body }) };
    const before = await told(action);
    const store = world.app.get(IdempotencyStore, { strict: false });
    jest.spyOn(store, 'complete').mockRejectedValueOnce(new StoreUnavailableError('The process died.'));
    const lost = await world.ask(line, ask);
    const done = await told(action);
    await world.clock.advance(20_000);
    const repeated = await world.ask(line, ask);
    expect([lost.status, repeated.status]).toEqual(body ? [200, 200] : [202, 202]);
    expect(idsIn(repeated.body)).toEqual(idsIn(lost.body));
    expect(done).toBeGreaterThan(before);
    expect(await told(action)).toBe(done);
    expect((await world.ask(line, ask)).text).toBe(repeated.text);
  });

  it('leaves the tasks of a batch there once where the quota is used up by them', async () => {
    const limited = 'limited';
    await world.ask('PUT /v1/settings', { organization: limited, body: { quotas: { tasks: 2 } } });
    const ask = {
      organization: limited,
      headers: headersOf(newKey()),
      body: { tasks: [taskBody(), taskBody(), taskBody()] },
    };
    const store = world.app.get(IdempotencyStore, { strict: false });
    jest.spyOn(store, 'complete').mockRejectedValueOnce(new StoreUnavailableError('The process died.'));
    const lost = await world.ask('POST /v1/tasks/batch', ask);
    await world.clock.advance(20_000);
    const repeated = await world.ask('POST /v1/tasks/batch', ask);
    expect(lost.body.results.map(({ status }) => status)).toEqual([201, 201, 400]);
    expect(repeated.body.results.map(({ status, task }) => [status, task?.id])).toEqual(
      lost.body.results.map(({ status, task }) => [status, task?.id]),
    );
  });
});

const idsIn = ({ id, results }: Body) => [id, results?.map(({ status, task }) => [status, task?.id])];
