import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

const NOTHING = '01a0b1c2-d3e4-7567-8899-aabbccddeeff';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

describe('many tasks at once', () => {
  const bulk = async (line: string, body: object) => {
    const answer = await world.ask(`POST /v1/tasks/${line}`, { body });
    expect(answer.status).toBe(200);
    return answer.body as unknown as { count: number; tasks: string[]; failed: unknown[]; nextCursor: string | null };
  };
  const stateOf = async (id: string) => (await world.ask(`GET /v1/tasks/${id}`)).body.state;

  it('are paused and resumed by their tag, page by page', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      ids.unshift((await world.task({ tags: ['nightly'] })).id);
      // Tasks of one millisecond are in no order.
      await world.clock.advance(1);
    }
    const other = (await world.task({})).id;
    const request = { tag: 'nightly', reason: 'maintenance', limit: 2 };
    expect(await bulk('pause', { ...request, dryRun: true })).toMatchObject({ count: 2, tasks: ids.slice(0, 2) });
    expect(await stateOf(ids[0]!)).toBe('active');
    const first = await bulk('pause', request);
    const second = await bulk('pause', { ...request, cursor: first.nextCursor });
    expect([first.tasks, second.tasks, second.nextCursor]).toEqual([ids.slice(0, 2), ids.slice(2), null]);
    expect([await stateOf(ids[2]!), await stateOf(other)]).toEqual(['paused', 'active']);
    expect(await bulk('resume', { reason: 'another one' })).toMatchObject({ count: 0 });
    expect(await bulk('resume', { reason: 'maintenance' })).toMatchObject({ tasks: ids, failed: [] });
    expect(await bulk('pause', { all: true, reason: 'maintenance' })).toMatchObject({ count: 4 });
    expect(await bulk('resume', { all: true })).toMatchObject({ count: 4 });
  });

  it('are named by their ids, and what has not changed is named, too', async () => {
    const [first, second, third] = [await world.task({}), await world.task({}), await world.task({})];
    const foreign = await world.task({}, 'umbrella');
    await bulk('pause', { ids: [second.id], reason: 'x' });
    const ids = [first.id, second.id, third.id, foreign.id, NOTHING];
    const would = await bulk('pause', { ids, reason: 'x', dryRun: true });
    expect(new Set(would.tasks)).toEqual(new Set([first.id, third.id]));
    expect(await stateOf(first.id)).toBe('active');
    const paused = await bulk('pause', { ids, reason: 'x' });
    expect(new Set(paused.tasks)).toEqual(new Set([first.id, third.id]));
    const details = new Map((paused.failed as { id: string; detail: string }[]).map(({ id, detail }) => [id, detail]));
    expect(details).toEqual(
      new Map([
        [second.id, 'is paused, not active'],
        [foreign.id, 'there is no such task'],
        [NOTHING, 'there is no such task'],
      ]),
    );
    const one = await bulk('resume', { ids, limit: 1 });
    const rest = await bulk('resume', { ids, cursor: one.nextCursor });
    expect([...one.tasks, ...rest.tasks].length).toBe(3);
    expect((await world.ask(`GET /v1/tasks/${foreign.id}`, { organization: 'umbrella' })).body.state).toBe('active');
  });

  it('are deleted by a filter or by their ids, after a look at which', async () => {
    const [old, kept] = [await world.task({ tags: ['old'] }), await world.task({})];
    const paused = await world.task({ tags: ['old'] });
    await bulk('pause', { ids: [paused.id], reason: 'x' });
    expect(await bulk('delete', { tag: 'old', dryRun: true })).toMatchObject({ count: 2 });
    expect(await bulk('delete', { tag: 'old', state: 'paused' })).toMatchObject({ tasks: [paused.id] });
    expect((await world.ask(`GET /v1/tasks/${paused.id}`)).status).toBe(404);
    expect(await bulk('delete', { ids: [old.id, paused.id] })).toMatchObject({
      tasks: [old.id],
      failed: [{ id: paused.id, detail: 'there is no such task' }],
    });
    expect(await stateOf(kept.id)).toBe('active');
  });

  it.each([
    ['pause', { ids: [NOTHING], tag: 'x', reason: 'x' }, ''],
    ['resume', { ids: [NOTHING], all: true }, ''],
    ['delete', {}, ''],
    ['delete', { ids: [NOTHING], state: 'paused' }, ''],
    ['delete', { ids: [] }, '/ids'],
    ['delete', { ids: ['x'] }, '/ids/0'],
    ['delete', { tag: 'x', reason: 'x' }, '/reason'],
    ['pause', { reason: 'x' }, ''],
    ['pause', { all: true }, '/reason'],
    ['pause', { all: false, reason: 'x' }, '/all'],
    ['pause', { tag: 'x', reason: 'x', limit: 1001 }, '/limit'],
    ['pause', { tag: 'x', reason: 'x', state: 'active' }, '/state'],
    ['pause', { tag: 'x', reason: 'x', until: '2020-01-01T00:00:00Z' }, '/until'],
    ['resume', {}, ''],
    ['resume', { all: true, until: '2030-01-01T00:00:00Z' }, '/until'],
  ])('%s refuses %j', async (line, body, pointer) => {
    const answer = await world.ask(`POST /v1/tasks/${line}`, { body });
    expect([answer.status, answer.body.errors[0]!.pointer]).toEqual([400, pointer]);
  });

  it('refuses a cursor of another request', async () => {
    for (let count = 0; count < 2; count++) await world.task({ tags: ['weekly'] });
    const { nextCursor } = await bulk('pause', { tag: 'weekly', reason: 'x', limit: 1, dryRun: true });
    const answer = await world.ask('POST /v1/tasks/resume', { body: { tag: 'weekly', cursor: nextCursor } });
    expect(answer.status).toBe(400);
  });
});
