import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import { IdempotencyStore } from '../../src/rest/idempotency.store.js';
import { TasksService } from '../../src/scheduling/tasks.service.js';
import { RestWorld, taskBody, type Answer } from './rest-world.js';

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

  it('does not stand for an event of another type', async () => {
    const key = newKey();
    await raise(key, 'one', {});
    expect((await raise(key, 'two', {})).status).toBe(422);
  });
});
