import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

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

  it.each([
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
