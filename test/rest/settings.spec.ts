import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const calendar = { timeZone: 'UTC', dates: ['2027-12-25'], weekdays: ['sun'], rrules: [], windows: [] };
const put = (body: unknown, headers: Record<string, string> = {}, organization = 'acme') =>
  world.ask('PUT /v1/settings', { body, headers, organization });

describe('/v1/settings', () => {
  it('shows defaults where nothing is set, and what was put from then on', async () => {
    const before = await world.ask('GET /v1/settings', { organization: 'new' });
    expect(before).toMatchObject({
      status: 200,
      body: { calendars: {}, resources: {}, quotas: {} },
      headers: { etag: '"0"' },
    });
    const answer = await put({ calendars: { holidays: { dates: ['2027-12-25'], weekdays: ['sun'] } } }, {}, 'new');
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"1"' } });
    expect(answer.body).toEqual({ calendars: { holidays: calendar }, resources: {}, quotas: {} });
    expect((await world.ask('GET /v1/settings', { organization: 'new' })).body).toEqual(answer.body);
    expect((await world.ask('GET /v1/settings', { organization: 'other' })).body).toEqual({
      calendars: {},
      resources: {},
      quotas: {},
    });
  });

  it('shows how long runs are kept, and what of that counts within what the installation keeps', async () => {
    const organization = 'forgetful';
    const retention = { runsDays: 2, failedRunsDays: 365 };
    expect((await put({ retention }, {}, organization)).body).toMatchObject({ retention });
    expect((await world.ask('GET /v1/settings', { organization })).body).toMatchObject({ retention });
    const usage = await world.ask('GET /v1/settings/usage', { organization });
    expect(usage.body).toMatchObject({ retention: { runsDays: 2, failedRunsDays: 30 } });
    expect((await put({ retention: { runsDays: 0 } }, {}, organization)).status).toBe(400);
    expect((await put({}, {}, organization)).body).not.toHaveProperty('retention');
  });

  it('refuses a change of another version than the one that was read', async () => {
    const first = await put({});
    expect((await put({}, { 'if-match': '"77"' })).status).toBe(412);
    expect((await put({}, { 'if-match': first.headers['etag'] as string })).status).toBe(200);
    expect((await put({}, { 'if-match': first.headers['etag'] as string })).status).toBe(412);
    expect((await put({}, { 'if-match': '*' })).status).toBe(200);
  });

  it.each([
    [{ calendar: {} }, '/calendar'],
    [{ calendars: { 'a b': {} } }, '/calendars/a b'],
    [{ calendars: { a: { dates: ['2027-02-30'] } } }, '/calendars/a/dates/0'],
    [{ calendars: { a: { weekdays: ['someday'] } } }, '/calendars/a/weekdays/0'],
    [{ calendars: { a: { weekdays: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] } } }, '/calendars/a/weekdays'],
    [{ calendars: { a: { timeZone: 'Nowhere' } } }, '/calendars/a/timeZone'],
    [{ calendars: { a: { windows: [{ from: '25:00', to: '26:00' }] } } }, '/calendars/a/windows/0/from'],
    [{ calendars: { a: { windows: [{ from: '08:00', to: '08:00' }] } } }, '/calendars/a/windows/0'],
    [{ calendars: { a: { mode: 'move' } } }, '/calendars/a/mode'],
    [
      { calendars: { a: { rrules: ['FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25', 'FREQ=HOURLY'] } } },
      '/calendars/a/rrules/1',
    ],
    [{ calendars: { a: { rrules: ['FREQ=DAILY;INTERVAL=2'] } } }, '/calendars/a/rrules/0'],
    [{ calendars: { a: { rrules: ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'] } } }, '/calendars/a/rrules/0'],
    [{ weight: 1 }, '/weight'],
    [{ resources: { browser: 0 } }, '/resources/browser'],
    [{ resources: { 'a b': 1 } }, '/resources/a b'],
    [{ resources: { api: 1.5 } }, '/resources/api'],
    [{ resources: { api: '5' } }, '/resources/api'],
    [{ resources: { api: [5] } }, '/resources/api'],
    [{ resources: { api: { capacity: 0, perMs: 1000 } } }, '/resources/api/capacity'],
    [{ resources: { api: { capacity: 1001, perMs: 1000 } } }, '/resources/api/capacity'],
    [{ resources: { api: { capacity: 2.5, perMs: 1000 } } }, '/resources/api/capacity'],
    [{ resources: { api: { capacity: 5 } } }, '/resources/api/perMs'],
    [{ resources: { api: { perMs: 1000 } } }, '/resources/api/capacity'],
    [{ resources: { api: { capacity: 5, perMs: 0 } } }, '/resources/api/perMs'],
    [{ resources: { api: { capacity: 5, perMs: 31 * 86_400_000 + 1 } } }, '/resources/api/perMs'],
    [{ resources: { api: { capacity: 5, perMs: 1000, rate: 1 } } }, '/resources/api/rate'],
    [[], ''],
  ])('refuses %j at its pointer', async (body, pointer) => {
    const answer = await put(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.pointer).toBe(pointer);
  });
});
