import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GENEROUS } from '../rest/rest-world.js';
import { HookWorld } from './hook-world.js';

let world: HookWorld;
beforeAll(async () => {
  world = await HookWorld.start();
});
afterAll(() => world.stop());

const BODY = JSON.stringify({ type: 'build-finished', status: 'failed' });

describe('a signed request', () => {
  it('becomes an event that starts what waits for it', async () => {
    const task = await world.waiting('build-finished', { 'data.status': 'failed' });
    const source = await world.source();
    const answer = await world.send(source, BODY);
    expect(answer.status).toBe(202);
    expect(Object.keys(answer.body)).toEqual(['eventId']);
    expect(await world.runsOf(task.id)).toBe(1);
    const [delivery] = await world.deliveries(source);
    expect(delivery).toMatchObject({ result: 'accepted', reason: null, status: 202, eventId: answer.body.eventId });
  });

  it('that comes again is answered as the first time, and starts nothing twice', async () => {
    const task = await world.waiting('again');
    const source = await world.source({ event: 'again' });
    const first = await world.send(source, BODY, { id: 'm-1' });
    const second = await world.send(source, BODY, { id: 'm-1', at: world.rest.clock.now() + 1000 });
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toEqual(first.body);
    const together = await Promise.all([1, 2, 3].map(() => world.send(source, BODY, { id: 'm-2' })));
    expect(new Set(together.map(({ text }) => text)).size).toBe(1);
    expect(await world.runsOf(task.id)).toBe(2);
    expect((await world.send(source, '{"type":"other"}', { id: 'm-1' })).status).toBe(409);
    expect(await world.runsOf(task.id)).toBe(2);
    const conflict = (await world.deliveries(source)).find(({ reason }) => reason === 'conflict');
    expect(conflict).toMatchObject({ result: 'refused', status: 409 });
  });

  it('of one source does not know the ids of another', async () => {
    const task = await world.waiting('apart');
    const sources = [await world.source({ event: 'apart' }), await world.source({ event: 'apart' })];
    const answers = await Promise.all(sources.map((source) => world.send(source, BODY, { id: 'same' })));
    expect(new Set(answers.map(({ body }) => body.eventId)).size).toBe(2);
    expect(await world.runsOf(task.id)).toBe(2);
  });

  it('is accepted by the old secret for a day after a change, and not after its end', async () => {
    const source = await world.source({ event: 'turned' });
    const path = `/v1/webhook-sources/${source.id}`;
    const changed = await world.rest.ask(`PATCH ${path}`, { body: { secret: null } });
    const { secret, secrets } = changed.body as unknown as { secret: string; secrets: { id: string }[] };
    expect((await world.send(source, BODY)).status).toBe(202);
    expect((await world.send(source, BODY, { secret })).status).toBe(202);
    await world.rest.ask(`DELETE ${path}/secrets/${secrets[1]!.id}`);
    expect((await world.send(source, BODY)).status).toBe(401);
    expect((await world.send(source, BODY, { secret })).status).toBe(202);
  });

  it('is taken in whatever type its body says it has, and as a form', async () => {
    const source = await world.source({ event: 'typed' });
    for (const type of ['text/plain', 'application/vnd.acme+json', 'application/octet-stream', 'application/json'])
      expect((await world.send(source, BODY, { headers: { 'content-type': type } })).status).toBe(202);
    const form = `payload=${encodeURIComponent(BODY)}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await world.send(source, form, { headers })).status).toBe(202);
  });
});

describe('presets', () => {
  it('of GitHub answer a ping, and know a delivery by its content', async () => {
    const task = await world.waiting('github.push');
    const source = await world.source({ scheme: { type: 'github' } });
    const push = { 'x-github-event': 'push' };
    const ping = await world.send(source, '{"zen":"x"}', { headers: { 'x-github-event': 'ping' } });
    expect([ping.status, ping.text]).toEqual([200, '{}']);
    const first = await world.send(source, '{"ref":"a"}', { id: 'guid-1', headers: push });
    expect(first.status).toBe(202);
    const replayed = await world.send(source, '{"ref":"a"}', { id: 'guid-2', headers: push });
    expect(replayed.body).toEqual(first.body);
    const renamed = await world.send(source, '{"ref":"a"}', { id: 'guid-3', headers: { 'x-github-event': 'release' } });
    expect(renamed.body).toEqual(first.body);
    expect((await world.send(source, '{"ref":"b"}', { id: 'guid-1', headers: push })).status).toBe(409);
    expect((await world.send(source, '{"ref":"b"}', { id: 'guid-4', headers: push })).status).toBe(202);
    expect(await world.runsOf(task.id)).toBe(2);
  });

  it('of Slack answer the challenge, and only when it is signed', async () => {
    const source = await world.source({ scheme: { type: 'slack' } });
    const body = JSON.stringify({ type: 'url_verification', challenge: '3eZbrw1aB' });
    const answer = await world.send(source, body);
    expect([answer.status, answer.body]).toEqual([200, { challenge: '3eZbrw1aB' }]);
    const unsigned = await world.send(source, body, { secret: 'another secret' });
    expect(unsigned.status).toBe(401);
    expect(unsigned.text).not.toContain('3eZbrw1aB');
    const event = (id: string) => JSON.stringify({ type: 'event_callback', event_id: id, event: { type: 'message' } });
    const [first, again] = [await world.send(source, event('Ev1')), await world.send(source, event('Ev1'))];
    expect(first.status).toBe(202);
    expect(again.body).toEqual(first.body);
  });

  it('of Stripe and GitLab name an event as their senders do', async () => {
    const stripe = await world.source({ scheme: { type: 'stripe' } });
    expect((await world.send(stripe, '{"id":"evt_1","type":"invoice.paid"}')).status).toBe(202);
    expect((await world.send(stripe, '{"id":"evt_1","type":"invoice.voided"}')).status).toBe(409);
    expect((await world.send(stripe, '{"type":"invoice.paid"}')).status).toBe(400);
    const gitlab = await world.source({ scheme: { type: 'gitlab' }, secret: 'an old token' });
    const push = '{"object_kind":"push"}';
    expect((await world.send(gitlab, push, { id: 'uuid-1' })).status).toBe(202);
    expect((await world.send(gitlab, push, { headers: { 'webhook-signature': 'v1,AAAA' } })).status).toBe(401);
  });

  it('of a code of its own take the header, its form and a signed time', async () => {
    const scheme = { type: 'hmac', header: 'X-Sig', algorithm: 'sha384', encoding: 'base64', prefix: 'mac=' };
    const source = await world.source({ scheme, event: 'own' });
    const [first, second] = [await world.send(source, BODY), await world.send(source, BODY)];
    expect([first.status, second.body]).toEqual([202, first.body]);
    const timed = await world.source({
      scheme: { ...scheme, timestampHeader: 'X-Time', idHeader: 'X-Id' },
      event: 'own',
    });
    const sent = await world.send(timed, BODY, { id: 'a' });
    expect(sent.status).toBe(202);
    expect((await world.send(timed, BODY, { id: 'b' })).status).toBe(409);
    const later = world.rest.clock.now() + 1000;
    expect((await world.send(timed, BODY, { id: 'a', at: later })).body).toEqual(sent.body);
    expect((await world.send(timed, BODY, { at: later - 301_000 })).status).toBe(401);
  });
});

describe('what came in', () => {
  it('is listed with result and reason, and replayed by the mapping of now', async () => {
    const task = await world.waiting('mapped-now');
    const source = await world.source({ mapping: { type: { path: 'kind' } } });
    const path = `/v1/webhook-sources/${source.id}`;
    expect((await world.send(source, '{"no":"type"}', { id: 'm-1' })).status).toBe(422);
    const [refused] = await world.deliveries(source);
    expect(refused).toMatchObject({
      result: 'refused',
      reason: 'unmapped',
      status: 422,
      messageId: 'm-1',
      replayable: true,
    });
    const replay = `POST ${path}/deliveries/${refused!.id}/replay`;
    expect((await world.rest.ask(replay)).status).toBe(422);
    await world.rest.ask(`PATCH ${path}`, { body: { event: 'mapped-now', mapping: { type: null } } });
    const headers = { 'idempotency-key': 'replay-1' };
    const replayed = await world.rest.ask(replay, { headers });
    expect(replayed.status).toBe(202);
    expect(replayed.body.triggeredTasks).toEqual([task.id]);
    expect((await world.rest.ask(replay, { headers })).body).toEqual(replayed.body);
    expect(await world.runsOf(task.id)).toBe(1);
    const latest = (await world.deliveries(source)).find(({ replayOf }) => replayOf !== null);
    expect(latest).toMatchObject({ result: 'accepted', replayOf: refused!.id, eventId: replayed.body.eventId });
    expect((await world.rest.ask(`POST ${path}/deliveries/none/replay`)).status).toBe(404);
  });

  it('says in a sentence what is wrong with a body', async () => {
    const source = await world.source({ event: 'evidence' });
    await world.send(source, '');
    expect((await world.deliveries(source))[0]).toMatchObject({ reason: 'malformed', detail: 'it must not be empty' });
  });

  it('without a right signature cannot be replayed, and nothing of it is kept', async () => {
    const source = await world.source({ event: 'evidence' });
    await world.send(source, '{"attack":"payload"}', { secret: 'whsec' + '_' + Buffer.alloc(32).toString('base64') });
    const [refused] = await world.deliveries(source);
    expect(refused).toMatchObject({ result: 'refused', reason: 'signature', status: 401, replayable: false });
    const replay = await world.rest.ask(`POST /v1/webhook-sources/${source.id}/deliveries/${refused!.id}/replay`);
    expect(replay.status).toBe(409);
  });

  it('can be a test, which goes through the same door', async () => {
    const task = await world.waiting('tried');
    for (const scheme of ['standard', 'github', 'gitlab', 'stripe', 'slack'] as const) {
      const source = await world.source({ scheme: { type: scheme }, event: 'tried' });
      const answer = await world.rest.ask(`POST /v1/webhook-sources/${source.id}/test`, { body: {} });
      expect([scheme, answer.status]).toEqual([scheme, 202]);
      expect((await world.deliveries(source))[0]).toMatchObject({ result: 'accepted', eventId: answer.body.eventId });
    }
    expect(await world.runsOf(task.id)).toBe(5);
    const source = await world.source({ mapping: { type: { path: 'kind' } } });
    const path = `POST /v1/webhook-sources/${source.id}/test`;
    expect((await world.rest.ask(path, { body: { body: { other: 1 } } })).status).toBe(422);
    const key = await world.source({ secret: 'whpk' + '_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=', event: 'x' });
    expect((await world.rest.ask(`POST /v1/webhook-sources/${key.id}/test`, { body: {} })).status).toBe(409);
  });

  it('can be a test without a word of its own, which has what the mapping of its source looks for', async () => {
    const types = { standard: 'test', github: 'github.test', gitlab: 'gitlab.test', stripe: 'stripe.test' };
    for (const [scheme, type] of Object.entries({ ...types, slack: 'slack.test' })) {
      const source = await world.source({ scheme: { type: scheme } });
      expect((await world.rest.ask(`POST /v1/webhook-sources/${source.id}/test`)).status).toBe(202);
      expect((await world.deliveries(source))[0]).toMatchObject({ result: 'accepted', eventType: type });
    }
    const mapping = {
      type: { path: 'alarm.kind', prefix: 'alarms.' },
      data: { name: 'tests.0.name', second: 'tests.1.name', all: 'tests', dotted: '/a.b/c' },
      headers: ['x-team'],
    };
    const source = await world.source({ mapping });
    const answer = await world.rest.ask(`POST /v1/webhook-sources/${source.id}/test`);
    expect([answer.status, answer.body.detail]).toEqual([202, undefined]);
    const event = await world.rest.ask(`GET /v1/events/${answer.body.eventId}`);
    const all = [{ name: 'test' }, { name: 'test' }];
    const body = { name: 'test', second: 'test', all, dotted: 'test' };
    expect(event.body).toMatchObject({ type: 'alarms.test', data: { body, headers: { 'x-team': 'test' } } });
  });

  it('can be a test of a type that stands in a header', async () => {
    const source = await world.source({ scheme: { type: 'github' } });
    const headers = { 'X-GitHub-Event': 'push' };
    await world.rest.ask(`POST /v1/webhook-sources/${source.id}/test`, { body: { headers } });
    expect((await world.deliveries(source))[0]).toMatchObject({ eventType: 'github.push' });
  });

  it('is gone with its source', async () => {
    const source = await world.source({ event: 'gone' });
    await world.send(source, BODY);
    expect(await world.deliveries(source)).toHaveLength(1);
    await world.rest.ask(`DELETE /v1/webhook-sources/${source.id}`);
    expect((await world.send(source, BODY)).status).toBe(404);
    expect((await world.rest.ask(`GET /v1/webhook-sources/${source.id}/deliveries`)).status).toBe(404);
  });

  it('is counted by kind and reason', async () => {
    expect(GENEROUS.failuresPerMinute).toBeGreaterThan(100);
    const metrics = await world.rest.app.inject({ method: 'GET', url: '/metrics' });
    expect(metrics.payload).toMatch(/task_runner_webhook_requests_total\{kind="standard",reason="accepted"\} [1-9]/);
    expect(metrics.payload).toMatch(/task_runner_webhook_requests_total\{kind="slack",reason="signature"\} 1/);
  });
});
