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

it('is refused for a channel that there is not', async () => {
  const body = { name: 'a', channels: ['01978c4e-7a00-7000-8000-000000000000'] };
  const answer = await world.ask('POST /v1/report-schedules', { body });
  expect([answer.status, answer.body.errors[0]!.pointer]).toEqual([400, '/channels/0']);
});
