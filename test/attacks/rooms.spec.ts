import { once } from 'node:events';
import { request, type ClientRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { RestWorld, taskBody } from '../rest/rest-world.js';

const MB = 1_048_576;

let world: RestWorld;
const open: ClientRequest[] = [];
afterEach(async () => {
  for (const sent of open.splice(0)) sent.destroy();
  await world.stop();
});

/** Lets the service take up what has arrived over the network. */
async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Begins to send a body of a megabyte, and never ends. */
async function beginToSend(organization: string): Promise<void> {
  const { port } = world.app.getHttpServer().address() as AddressInfo;
  const sent = request({
    port,
    path: '/v1/tasks',
    method: 'POST',
    headers: {
      authorization: `Bearer ${await world.token('editor', organization)}`,
      'content-type': 'application/json',
      'content-length': MB,
    },
  });
  sent.on('error', () => undefined);
  const arrived = once(world.app.getHttpServer(), 'request');
  sent.write('x'.repeat(100_000));
  open.push(sent);
  await arrived;
}

describe('bodies that never arrive', () => {
  it('take the room of their own organization, which is told to come again, and of no other', async () => {
    world = await RestWorld.start({}, {}, {}, { limits: { bodyBytes: 32 * MB } });
    await world.app.listen(0, '127.0.0.1');
    for (let i = 0; i < 4; i++) await beginToSend('acme');
    await turns();
    const large = taskBody({ parameters: { text: 'x'.repeat(900_000) } });
    const refused = world.ask('POST /v1/tasks', { organization: 'acme', body: large });
    expect((await world.ask('POST /v1/tasks', { organization: 'umbrella', body: large })).status).toBe(201);
    expect((await world.ask('POST /v1/tasks', { organization: 'acme', body: taskBody() })).status).toBe(201);
    await world.clock.advance(10_000);
    const answer = await refused;
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
    for (const sent of open.splice(0)) sent.destroy();
    await turns();
    expect((await world.ask('POST /v1/tasks', { organization: 'acme', body: large })).status).toBe(201);
  });
});

describe('what is too much of one input', () => {
  it.each<[string, unknown, string]>([
    ['members', { parameters: Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`m${i}`, 0])) }, ''],
    ['objects', { parameters: { list: Array.from({ length: 60_000 }, () => ({})) } }, ''],
    ['lists', { parameters: { list: Array.from({ length: 60_000 }, () => []) } }, ''],
  ])('%s beyond fifty thousand are refused before they are read', async (_what, fields) => {
    world = await RestWorld.start();
    const answer = await world.ask('POST /v1/tasks', { body: taskBody(fields as Record<string, unknown>) });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.detail).toContain('50000 members, objects and lists');
  });

  it('grows by no change beyond that either', async () => {
    world = await RestWorld.start();
    const { id } = await world.task();
    const part = { list: Array.from({ length: 30_000 }, () => ({})) };
    const patch = (name: string) => world.ask(`PATCH /v1/tasks/${id}`, { body: { parameters: { [name]: part } } });
    expect([(await patch('a')).status, (await patch('b')).status]).toEqual([200, 400]);
  });

  it('templates beyond five thousand are refused', async () => {
    world = await RestWorld.start();
    const body = (count: number) =>
      taskBody({
        action: { type: 'http', method: 'POST', url: 'https://example.org/', body: '{{run.id}}'.repeat(count) },
      });
    expect((await world.ask('POST /v1/tasks', { body: body(5000) })).status).toBe(201);
    const answer = await world.ask('POST /v1/tasks', { body: body(5001) });
    expect([answer.status, answer.body.errors[0]!.pointer]).toEqual([400, '/action']);
  });

  it('of very many faults the first ones are told', async () => {
    world = await RestWorld.start();
    const unknown = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`m${i}`, 0]));
    const answer = await world.ask('POST /v1/tasks', { body: taskBody(unknown) });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.length).toBeLessThanOrEqual(100);
  });
});
