import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

const organization = 'lists';
const NIGHTLY = { type: 'cron', expression: '0 2 * * *', timeZone: 'Europe/Berlin' };

let world: RestWorld;
let ids: Record<'nightly' | 'hourly' | 'asked' | 'paused', string>;

beforeAll(async () => {
  world = await RestWorld.start();
  const task = async (name: string, fields: object) => {
    await world.clock.advance(1000);
    return (await world.task({ name, ...fields }, organization)).id;
  };
  ids = {
    nightly: await task('Backup', { triggers: [NIGHTLY], tags: ['a', 'b'] }),
    hourly: await task('alpha', { triggers: [{ type: 'interval', everyMs: 3_600_000 }], tags: ['a'] }),
    asked: await task('Zeta', { triggers: [{ type: 'manual' }], action: { type: 'http', url: 'http://x.test/y' } }),
    paused: await task('beta', { triggers: [NIGHTLY], tags: ['b'] }),
  };
  await world.ask(`POST /v1/tasks/${ids.paused}/pause`, { organization, body: { reason: 'rest' } });
});
afterAll(() => world.stop());

const found = async (query: string): Promise<string[]> => {
  const { status, body } = await world.ask(`GET /v1/tasks?${query}`, { organization });
  expect(status).toBe(200);
  return body.items.map((task) => task.id);
};

describe('a list of tasks', () => {
  it('is sorted by name in any case, by the next occurrence, or by the last change', async () => {
    const { nightly, hourly, asked, paused } = ids;
    expect(await found('sort=name')).toEqual([hourly, nightly, paused, asked]);
    expect(await found('sort=name&order=desc')).toEqual([asked, paused, nightly, hourly]);
    expect((await found('sort=nextRunAt')).slice(0, 2)).toEqual([hourly, nightly]);
    expect((await found('sort=nextRunAt&order=desc')).slice(0, 2)).toEqual([nightly, hourly]);
    expect(await found('sort=updatedAt')).toEqual([paused, asked, hourly, nightly]);
  });

  it('goes on page by page where it is sorted, each task once', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const more: string = cursor && `&cursor=${cursor}`;
      const { body } = await world.ask(`GET /v1/tasks?sort=nextRunAt&limit=1${more}`, { organization });
      seen.push(...body.items.map((task) => task.id));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(await found('sort=nextRunAt'));
  });

  it('takes several values: any of the states, all of the tags', async () => {
    const { nightly, hourly, asked, paused } = ids;
    expect(await found('state=active&state=paused')).toEqual([paused, asked, hourly, nightly]);
    expect(await found('tag=a&tag=b')).toEqual([nightly]);
    expect(await found('tag=b&tag=a&sort=name')).toEqual([nightly]);
    expect(await found('triggerType=manual&triggerType=interval')).toEqual([asked, hourly]);
    expect(await found('action=http')).toEqual([asked]);
    expect(await found(`ids=${hourly}&ids=${paused}&ids=nothing&state=active`)).toEqual([hourly]);
  });

  it('tells in words when a task runs and what it does', async () => {
    const { body } = await world.ask('GET /v1/tasks?sort=name&order=desc', { organization });
    expect(body.items[0]).toMatchObject({ actionSummary: 'POST http://x.test/y', health: 'never' });
    expect(body.items[0]).not.toHaveProperty('lastRun');
    expect(body.items[2]!.when).toEqual(['At 02:00, every day, in the time zone Europe/Berlin']);
  });

  it('knows tasks whose last run failed from those that did well, and finds them', async () => {
    const run = await world.finishedRun();
    const never = await world.task();
    const listed = async (query: string) =>
      (await world.ask(`GET /v1/tasks?${query}`)).body.items.map((task) => task.id);
    expect(await listed('health=never')).toEqual([never.id]);
    expect(await listed('health=ok')).toEqual([run.taskId]);
    expect(await listed('health=failing&health=overdue')).toEqual([]);
    const { body } = await world.ask('GET /v1/tasks?health=ok');
    expect(body.items[0]!.lastRun).toMatchObject({ id: run.id, state: 'succeeded' });
  });

  it.each([
    ['order=asc', 'order'],
    ['sort=name&ids=x', 'sort'],
    ['sort=size', 'sort'],
    ['health=well', 'health'],
  ])('refuses %s', async (query, parameter) => {
    const { status, body } = await world.ask(`GET /v1/tasks?${query}`, { organization });
    expect([status, body.errors[0]!.parameter.split('/')[0]]).toEqual([400, parameter]);
  });
});
