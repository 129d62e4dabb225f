import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { NotificationStore } from '../../src/notifications/ports/notification.store.js';
import type { ReceivedRequest } from '../support/http-target.js';
import { NoticeWorld } from './notice-world.js';

let world: NoticeWorld;
beforeEach(async () => {
  world = await NoticeWorld.start();
});
afterEach(() => world.stop());

const bodyOf = ({ body }: ReceivedRequest) => JSON.parse(body) as { type: string; data: { alerts: { kind: string; text: string; runId: string }[] } }; // prettier-ignore
const kinds = () => world.target.requests.map((request) => bodyOf(request).type);

describe('a notification', () => {
  it('goes out signed, with what happened', async () => {
    const channel = await world.channel();
    await world.rule(channel);
    const task = await world.task({ name: 'nightly' });
    const run = await world.run(task, true);
    const [notice] = await world.untilNotices('delivered');
    expect(world.target.requests).toHaveLength(1);
    const [request] = world.target.requests as [ReceivedRequest];
    expect(bodyOf(request).data.alerts).toMatchObject([{ kind: 'failure', runId: run, text: expect.stringContaining('"nightly" failed') }]); // prettier-ignore
    expect(request.headers['webhook-id']).toBe(`msg_${notice!.id}`);
    expect(notice).toMatchObject({ tries: 1, attempts: [{ status: 200, error: null, body: '{}' }] });
    const signed = await world.channel();
    const tested = await world.ask(`POST /v1/notification-channels/${signed.id}/test`);
    expect(tested.body).toMatchObject({ status: 'delivered', alerts: [{ kind: 'test' }] });
    // The library reads the wall clock, and this clock is a test's.
    const sent = world.target.requests.at(-1)!;
    const { 'webhook-id': id, 'webhook-signature': signature } = sent.headers as Record<string, string>;
    const at = new Date(Number(sent.headers['webhook-timestamp']) * 1000);
    expect(new Webhook(signed.secret!).sign(id!, at, sent.body)).toBe(signature);
  });

  it('tells of failures in a row once, and of the recovery; what was cancelled neither counts nor resets', async () => {
    const channel = await world.channel();
    await world.rule(channel, { on: ['failing', 'recovery'], failures: 3 });
    const task = await world.task();
    for (let n = 0; n < 2; n++) await world.run(task, true);
    const slow = await world.rest.task({ action: { type: 'noop', durationMs: 60_000 } });
    const waiting = (await world.ask(`POST /v1/tasks/${slow.id}/run`)).body;
    await world.ask(`POST /v1/runs/${waiting.id}/cancel`);
    expect(await world.notices()).toEqual([]);
    for (let n = 0; n < 2; n++) await world.run(task, true);
    await world.untilNotices('delivered');
    for (let n = 0; n < 2; n++) await world.run(task, false);
    const [, recovery] = await world.untilNotices('delivered', 'delivered');
    expect(recovery!.alerts[0]!.text).toMatch(/succeeded again after 4 failures/);
    expect(kinds()).toEqual(['notification.failing', 'notification.recovery']);
  });

  it('arrives after an outage of its receiver, once, under the same id', async () => {
    const channel = await world.channel();
    await world.rule(channel);
    world.target.answer = (response) => response.writeHead(503, { 'retry-after': '30' }).end('at lunch');
    await world.run(await world.task(), true);
    await world.until(async () => (await world.notices())[0]?.tries === 1);
    expect((await world.notices())[0]).toMatchObject({
      status: 'pending',
      attempts: [{ status: 503, body: 'at lunch' }],
    });
    world.target.answer = (response) => response.writeHead(204).end();
    const before = world.rest.clock.now();
    await world.until(async () => (await world.notices())[0]?.status === 'delivered', 500);
    expect(world.rest.clock.now() - before).toBeGreaterThanOrEqual(29_000);
    const ids = world.target.requests.map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('speaks the language of each chat', async () => {
    const urls = { slack: '/slack', discord: '/discord', teams: '/teams' };
    for (const [type, path] of Object.entries(urls))
      await world.rule(await world.channel({ type, url: world.target.url + path }));
    await world.run(await world.task({ name: '<nightly> *build*' }), true);
    await world.untilNotices('delivered', 'delivered', 'delivered');
    const sent = Object.fromEntries(world.target.requests.map(({ path, body }) => [path, body]));
    expect(sent['/slack']).toContain('&lt;nightly&gt;');
    expect(sent['/discord']).toContain(JSON.stringify('\\*build\\*').slice(1, -1));
    expect(sent['/teams']).toContain('AdaptiveCard');
    expect(world.target.requests.some(({ headers }) => 'webhook-signature' in headers)).toBe(false);
  });

  it('is given up where a chat refuses it, and sent again by hand: one, or all that is missing', async () => {
    const channel = await world.channel({ type: 'slack' });
    await world.rule(channel);
    world.target.answer = (response) => response.writeHead(400).end('invalid_blocks');
    const task = await world.task();
    for (let n = 0; n < 3; n++) await world.run(task, true);
    const [first] = await world.untilNotices('failed', 'failed', 'failed');
    expect(first).toMatchObject({ tries: 1, attempts: [{ status: 400, body: 'invalid_blocks' }] });
    world.target.answer = (response) => response.writeHead(200).end('ok');
    const one = await world.ask(`POST /v1/notification-deliveries/${first!.id}/redeliver`);
    expect([one.status, one.body.id]).toEqual([202, first!.id]);
    await world.untilNotices('delivered', 'failed', 'failed');
    const rest = await world.ask('POST /v1/notification-deliveries/redeliver', { body: { channel: channel.id } });
    expect(rest.body).toEqual({ count: 2, more: false });
    await world.untilNotices('delivered', 'delivered', 'delivered');
    expect((await world.ask('POST /v1/notification-deliveries/redeliver')).body).toEqual({ count: 0, more: false });
  });

  it('is sent again by hand of a range of time, and of all that is missing since one', async () => {
    await world.rule(await world.channel({ type: 'slack' }));
    world.target.answer = (response) => response.writeHead(400).end('invalid_blocks');
    const task = await world.task();
    const at: number[] = [];
    for (let n = 0; n < 4; n++) {
      await world.rest.clock.advance(10_000);
      at.push(world.rest.clock.now());
      await world.run(task, true);
      await world.untilNotices(...Array.from({ length: n + 1 }, () => 'failed'));
    }
    world.target.answer = (response) => response.writeHead(200).end('ok');
    world.target.requests.length = 0;
    const [first, second, third] = at.map((each) => new Date(each).toISOString());
    const again = async (body: object) =>
      (await world.ask('POST /v1/notification-deliveries/redeliver', { body })).body;
    expect(await again({ from: second, to: third })).toEqual({ count: 1, more: false });
    await world.untilNotices('failed', 'delivered', 'failed', 'failed');
    expect(await again({ from: second })).toEqual({ count: 2, more: false });
    await world.untilNotices('failed', 'delivered', 'delivered', 'delivered');
    expect(world.target.requests).toHaveLength(3);
    expect(await again({ from: second })).toEqual({ count: 0, more: false });
    expect(await again({ from: second, to: third, status: 'delivered' })).toEqual({ count: 1, more: false });
    await world.until(() => Promise.resolve(world.target.requests.length === 4));
    expect(await again({ to: second, from: first })).toEqual({ count: 1, more: false });
    await world.untilNotices('delivered', 'delivered', 'delivered', 'delivered');
  });

  it('is held while its channel is disabled, and sent when that is enabled', async () => {
    const channel = await world.channel();
    await world.rule(channel);
    world.target.answer = (response) => response.writeHead(410).end();
    const task = await world.task();
    await world.run(task, true);
    await world.untilNotices('held');
    const shown = (await world.ask(`GET /v1/notification-channels/${channel.id}`)).body as unknown as typeof channel;
    expect(shown).toMatchObject({ enabled: false, disabledReason: expect.stringContaining('410') });
    await world.run(task, true);
    await world.untilNotices('held', 'held');
    expect(world.target.requests).toHaveLength(1);
    world.target.answer = (response) => response.writeHead(200).end();
    const enabled = await world.ask(`PATCH /v1/notification-channels/${channel.id}`, { body: { enabled: true } });
    expect(enabled.body).toMatchObject({ enabled: true, disabledReason: null });
    await world.untilNotices('delivered', 'delivered');
    expect((await world.ask('GET /v1/audit?limit=200')).text).toContain('notification-channel.disabled');
  });

  it('waits while the installation has paused notifications', async () => {
    await world.rule(await world.channel());
    const set = (paused: boolean) =>
      world.ask('PUT /v1/installation/settings', { installation: true, body: { notifications: { paused } } });
    expect((await set(true)).status).toBe(200);
    await world.run(await world.task(), true);
    await world.until(async () => (await world.notices()).length === 1);
    for (let n = 0; n < 20; n++) await world.rest.clock.advance(1000);
    expect(world.target.requests).toHaveLength(0);
    await set(false);
    await world.untilNotices('delivered');
  });

  it('does not wait for others: a channel that never answers holds up no other', async () => {
    world.target.answer = (response, { path }) => void (path === '/dead' || response.writeHead(200).end());
    const dead = await world.channel({ url: `${world.target.url}/dead` });
    const alive = await world.channel({ url: `${world.target.url}/alive` });
    await world.rule(dead);
    await world.rule(alive);
    const task = await world.task();
    for (let n = 0; n < 6; n++) await world.run(task, true);
    const arrived = async () => (await world.notices(`&channel=${alive.id}&status=delivered`)).length === 6;
    await world.until(arrived, 1);
    expect((await world.notices(`&channel=${dead.id}&status=delivered`)).length).toBe(0);
  });

  it('tells that a task was paused because it kept failing', async () => {
    const channel = await world.channel();
    await world.rule(channel, { on: ['paused'] });
    const task = await world.task({ pauseAfterFailures: 2 });
    for (let n = 0; n < 2; n++) await world.run(task, true);
    await world.untilNotices('delivered');
    expect(kinds()).toEqual(['notification.paused']);
  });
});

describe('the secrets of a channel', () => {
  it('are neither shown, nor stored, nor recorded in the clear, although a receiver repeats them', async () => {
    const channel = await world.channel();
    world.target.answer = (response, { path }) =>
      response.writeHead(500).end(`no such place: ${path} ${channel.secret}`);
    await world.rule(channel);
    await world.run(await world.task(), true);
    await world.until(async () => (await world.notices())[0]?.tries === 1);
    const rotated = await world.ask(`PATCH /v1/notification-channels/${channel.id}`, { body: { secret: null } });
    const secret = (rotated.body as unknown as typeof channel).secret!;
    const store = world.rest.app.get(NotificationStore, { strict: false });
    const seen = [
      (await world.ask('GET /v1/notification-channels')).text,
      (await world.ask('GET /v1/notification-deliveries')).text,
      (await world.ask('GET /v1/audit?limit=200')).text,
      JSON.stringify(await store.find('channel', 'acme', [channel.id])),
    ].join();
    for (const each of ['geheim-4711', channel.secret!.slice(6), secret.slice(6)]) expect(seen).not.toContain(each);
    world.target.answer = (response) => response.writeHead(200).end();
    await world.ask(`POST /v1/notification-channels/${channel.id}/test`);
    const { headers, body } = world.target.requests.at(-1)!;
    const at = new Date(Number(headers['webhook-timestamp']) * 1000);
    const sign = (text: string) => new Webhook(text).sign(headers['webhook-id'] as string, at, body);
    expect(headers['webhook-signature']).toBe(`${sign(secret)} ${sign(channel.secret!)}`);
  });

  it('open no address that a tenant may not call', async () => {
    const channel = await world.channel({ url: 'http://10.0.0.1/internal' });
    const tested = await world.ask(`POST /v1/notification-channels/${channel.id}/test`);
    expect(tested.body).toMatchObject({ status: 'failed', attempts: [{ status: null }] });
    const moved = await world.channel();
    world.target.answer = (response, { path }) => response.writeHead(path === '/inside' ? 200 : 302, { location: '/inside' }).end(); // prettier-ignore
    const away = await world.ask(`POST /v1/notification-channels/${moved.id}/test`);
    expect(away.body).toMatchObject({ status: 'failed', attempts: [{ status: 302 }] });
    expect(world.target.requests.map(({ path }) => path)).not.toContain('/inside');
  });
});

describe('what is set up', () => {
  it.each<[string, string, object]>([
    ['/url', 'channels', { type: 'slack', name: 'a', url: 'ftp://example.org' }],
    ['/url', 'channels', { type: 'slack', name: 'a', url: 'https://u:p@example.org' }],
    ['/to/0', 'channels', { type: 'email', name: 'a', to: ['a@b.c\r\nBcc: x@y.z'] }],
    ['/secret', 'channels', { type: 'webhook', name: 'a', url: 'https://example.org', secret: 'short' }],
    ['/type', 'channels', { type: 'email', name: 'a', to: ['ann@example.org'] }],
    ['/on', 'rules', { name: 'a', on: ['recovery'], channels: [] }],
    ['/channels/0', 'rules', { name: 'a', on: ['failure'], channels: ['01978c4e-7a00-7000-8000-000000000000'] }],
    [
      '/failures',
      'rules',
      { name: 'a', on: ['failing'], failures: 1, channels: ['01978c4e-7a00-7000-8000-000000000000'] },
    ],
  ])('is refused with a fault at %s of %s', async (pointer, what, body) => {
    const channel = await world.channel();
    const given = {
      ...body,
      ...('channels' in body && (body.channels as string[]).length === 0 && { channels: [channel.id] }),
    };
    const answer = await world.ask(`POST /v1/notification-${what}`, { body: given });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((each) => each.pointer)).toContain(pointer);
  });

  it('is changed under the version that was read, and keeps what it is', async () => {
    const channel = await world.channel();
    const rule = await world.rule(channel);
    const path = `/v1/notification-rules/${rule.id}`;
    const headers = { 'if-match': '"1"' };
    const changed = await world.ask(`PATCH ${path}`, { body: { on: ['failing'], failures: 5 }, headers });
    expect([changed.status, changed.headers['etag']]).toEqual([200, '"2"']);
    expect((await world.ask(`PATCH ${path}`, { body: { failures: 6 }, headers })).status).toBe(412);
    expect((await world.ask(`PATCH /v1/notification-channels/${channel.id}`, { body: { to: ['a@example.org'] } })).status).toBe(400); // prettier-ignore
    expect((await world.ask(`DELETE ${path}`)).status).toBe(204);
    expect((await world.ask(`GET ${path}`)).status).toBe(404);
    expect((await world.ask(`DELETE /v1/notification-channels/${channel.id}`)).status).toBe(204);
  });
});
