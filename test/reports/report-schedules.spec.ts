import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { nextReportAt } from '../../src/notifications/reports/report-schedule.js';
import { ReportRounds } from '../../src/notifications/reports/report-rounds.js';
import { NotificationStore } from '../../src/notifications/ports/notification.store.js';
import { NoticeWorld } from '../notifications/notice-world.js';

const HOUR_MS = 3_600_000;
let world: NoticeWorld;
beforeAll(async () => {
  world = await NoticeWorld.start();
});
afterAll(() => world.stop());

it('is due each day or each Monday at its hour', () => {
  const at = (period: 'day' | 'week', hour: number, after: string) =>
    new Date(nextReportAt({ period, hour }, Date.parse(after))).toISOString();
  expect(at('day', 6, '2027-01-31T05:59:59.999Z')).toBe('2027-01-31T06:00:00.000Z');
  expect(at('day', 6, '2027-01-31T06:00:00Z')).toBe('2027-02-01T06:00:00.000Z');
  // The 31st of January 2027 is a Sunday.
  expect(at('week', 0, '2027-01-31T12:00:00Z')).toBe('2027-02-01T00:00:00.000Z');
  expect(at('week', 0, '2027-02-01T00:00:00Z')).toBe('2027-02-08T00:00:00.000Z');
});

it('goes to its channel once for each period, with what happened in it', async () => {
  const channel = await world.channel();
  const made = await world.ask('POST /v1/report-schedules', {
    body: { name: 'daily', by: 'task', hour: 18, channels: [channel.id] },
  });
  expect([made.status, (made.body as unknown as { nextAt: string }).nextAt]).toEqual([201, '2027-01-31T18:00:00.000Z']);
  const task = await world.task({ name: 'nightly' });
  await world.run(task, true);
  await world.run(task, false);
  world.rest.clock.setWall(world.rest.clock.now() + 6 * HOUR_MS);
  // Several instances, and one that died before it noted that it was done.
  const rounds = world.rest.app.get(ReportRounds, { strict: false });
  const store = world.rest.app.get(NotificationStore, { strict: false });
  await Promise.all([rounds.round(), rounds.round(), rounds.round()]);
  const [record] = await store.find('report', 'acme', [made.body.id]);
  const forgotten = { ...record!, version: record!.version + 1, body: { ...record!.body, nextAt: Date.parse('2027-01-31T18:00:00Z') } }; // prettier-ignore
  expect(await store.replace(forgotten, record!.version)).toBe(true);
  await rounds.round();
  const [notice] = await world.untilNotices('delivered');
  expect(notice!.alerts.map(({ kind, text }) => [kind, text.split(';')[0]])).toEqual([
    ['report', expect.stringMatching(/^Report "daily", .*All: 2 runs, 1 succeeded \(50 %\), 1 failed/)],
    ['report', expect.stringMatching(/^nightly: 2 runs, 1 succeeded/)],
  ]);
  expect(world.target.requests).toHaveLength(1);
  world.rest.clock.setWall(world.rest.clock.now() + 24 * HOUR_MS);
  await rounds.round();
  await world.untilNotices('delivered', 'delivered');
  expect((await world.ask(`DELETE /v1/report-schedules/${made.body.id}`)).status).toBe(204);
});

it('is recorded in the audit trail as the report schedule that it is', async () => {
  const channel = await world.channel();
  const { body } = await world.ask('POST /v1/report-schedules', { body: { name: 'a', channels: [channel.id] } });
  await world.ask(`DELETE /v1/report-schedules/${body.id}`);
  const trail = await world.ask(`GET /v1/audit?object=${body.id}`);
  const { items } = trail.body as unknown as { items: { action: string; object: object }[] };
  const object = { type: 'report-schedule', id: body.id };
  expect(items.map((entry) => [entry.action, entry.object])).toEqual([
    ['report-schedule.removed', object],
    ['report-schedule.created', object],
  ]);
});

it('is refused for a channel that there is not', async () => {
  const body = { name: 'a', channels: ['01978c4e-7a00-7000-8000-000000000000'] };
  const answer = await world.ask('POST /v1/report-schedules', { body });
  expect([answer.status, answer.body.errors[0]!.pointer]).toEqual([400, '/channels/0']);
});

it('is changed by a merge patch, under the version that somebody saw, which no report moves', async () => {
  const channel = await world.channel();
  const made = await world.ask('POST /v1/report-schedules', { body: { name: 'a', hour: 6, channels: [channel.id] } });
  const path = `/v1/report-schedules/${made.body.id}`;
  const seen = made.headers['etag'] as string;
  world.rest.clock.setWall(world.rest.clock.now() + 24 * HOUR_MS);
  await world.rest.app.get(ReportRounds, { strict: false }).round();
  const shown = await world.ask(`GET ${path}`);
  expect([seen, shown.headers['etag']]).toEqual(['"1"', '"1"']);
  const { nextAt } = shown.body as unknown as { nextAt: string };
  const ask = (body: object, version: string) => world.ask(`PATCH ${path}`, { body, headers: { 'if-match': version } });
  const renamed = await ask({ name: 'b', tag: 'nightly' }, seen);
  expect([renamed.status, renamed.headers['etag']]).toEqual([200, '"2"']);
  expect(renamed.body).toMatchObject({ name: 'b', tag: 'nightly', hour: 6, period: 'day', nextAt, version: '2' });
  expect((await ask({ name: 'c' }, seen)).status).toBe(412);
  const now = world.rest.clock.now();
  const moved = await ask({ period: 'week', tag: null }, '"2"');
  const monday = new Date(nextReportAt({ period: 'week', hour: 6 }, now)).toISOString();
  expect(moved.body).toMatchObject({ name: 'b', tag: null, period: 'week', nextAt: monday, version: '3' });
  const faulty = await ask({ hour: 24 }, '"3"');
  expect([faulty.status, faulty.body.errors[0]!.pointer]).toEqual([400, '/hour']);
  const unknown = await ask({ channels: ['01978c4e-7a00-7000-8000-000000000000'] }, '"3"');
  expect([unknown.status, unknown.body.errors[0]!.pointer]).toEqual([400, '/channels/0']);
  expect((await world.ask(`DELETE ${path}`, { headers: { 'if-match': '"2"' } })).status).toBe(412);
  expect((await world.ask(`DELETE ${path}`, { headers: { 'if-match': '"3"' } })).status).toBe(204);
  expect((await ask({ name: 'd' }, '"3"')).status).toBe(404);
});
