import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const task = (queue: string) => ({
  name: 'a task',
  queue,
  triggers: [{ type: 'interval', everyMs: 60_000 }],
  action: { type: 'noop' },
});
interface Shown {
  items: { name: string; workers: string[]; paused: object | null }[];
  instances: { id: string }[];
}
const queues = async () => (await world.ask('GET /v1/queues', { as: 'viewer' })).body as unknown as Shown;

describe('GET /v1/queues', () => {
  it('shows what the organization has in each queue, and who works it', async () => {
    await world.ask('POST /v1/tasks', { as: 'editor', body: task('reports') });
    const body = await queues();
    expect(body).toMatchObject({
      complete: true,
      items: [
        { name: 'default', waiting: 0, running: 0, upcoming: 0, oldest: null, paused: null },
        { name: 'reports', waiting: 0, running: 0, upcoming: 1, oldest: null, paused: null },
      ],
      instances: [{ id: expect.any(String), handlers: [] }],
    });
    expect(body.items[1]!.workers).toEqual([body.instances[0]!.id]);
  });
});

describe('POST /v1/queues/{name}/pause and /resume', () => {
  it('pauses a queue with a reason until it is resumed, in the audit trail', async () => {
    const paused = await world.ask('POST /v1/queues/reports/pause', { as: 'operator', body: { reason: 'no paper' } });
    expect(paused).toMatchObject({ status: 200, body: { reason: 'no paper', since: '2027-01-31T12:00:00.000Z' } });
    expect((await queues()).items).toContainEqual(expect.objectContaining({ name: 'reports', paused: paused.body }));
    const resumed = await world.ask('POST /v1/queues/reports/resume', { as: 'operator' });
    expect(resumed.status).toBe(204);
    expect((await queues()).items.map(({ paused: pause }) => pause)).toEqual([null, null]);
    const { body } = await world.ask('GET /v1/audit', { as: 'admin' });
    expect(body.items.slice(0, 2)).toMatchObject([
      {
        action: 'queue.resumed',
        object: { type: 'queue', id: 'reports' },
        before: { reason: 'no paper' },
        after: null,
      },
      { action: 'queue.paused', object: { type: 'queue', id: 'reports' }, before: null, after: { reason: 'no paper' } },
    ]);
  });

  it.each([
    ['reports', {}, { pointer: '/reason' }],
    ['reports', { reason: '' }, { pointer: '/reason' }],
    ['reports', { reason: 'x'.repeat(501) }, { pointer: '/reason' }],
    ['no%20name', { reason: 'x' }, { parameter: 'name' }],
  ])('refuses %s with %j', async (name, body, error) => {
    const answer = await world.ask(`POST /v1/queues/${name}/pause`, { as: 'operator', body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [error] } });
  });
});
