import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const forecast = (query = '', organization = 'acme') =>
  world.ask(`GET /v1/forecast${query}`, { as: 'viewer', organization });

describe('GET /v1/forecast', () => {
  it('foretells the starts of the coming hours, of the own organization alone', async () => {
    await world.ask('PUT /v1/settings', {
      body: { calendars: { breaks: { windows: [{ from: '13:00', to: '15:00' }] } } },
    });
    const hourly = { type: 'cron', expression: '30 * * * *' };
    for (let i = 0; i < 12; i++) await world.task({ triggers: [hourly] });
    await world.task({ triggers: [hourly], calendars: ['breaks'] });
    await world.task({ triggers: [{ type: 'manual' }] });
    await world.task({ triggers: [hourly] }, 'others');
    const answer = await forecast('?hours=3');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      ...{ from: '2027-01-31T12:00:00.000Z', to: '2027-01-31T15:00:00.000Z' },
      ...{ tasks: 14, truncated: false, starts: 37 },
      minutes: [
        { at: '2027-01-31T12:30:00.000Z', starts: 13 },
        { at: '2027-01-31T13:30:00.000Z', starts: 12 },
        { at: '2027-01-31T14:30:00.000Z', starts: 12 },
      ],
    });
    expect(answer.body.hotSeconds[0]).toMatchObject({
      ...{ at: '2027-01-31T12:30:00.000Z', starts: 13, suggestedSpreadMs: 3000 },
      suggestion: '13 tasks start in this second; with "spreadMs": 3000 about 5 would.',
    });
    expect((await forecast('', 'others')).body).toMatchObject({ tasks: 1, starts: 6, hotSeconds: [] });
  });

  it.each(['0', '169', 'x', '1.5'])('refuses %s hours', async (hours) => {
    const answer = await forecast(`?hours=${hours}`);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ parameter: 'hours' }] } });
  });
});

describe('a forecast of another time', () => {
  const organization = 'later';

  it('begins when it is asked to, and is cut into other stretches', async () => {
    await world.ask('PUT /v1/settings', { organization, body: { quotas: { startsPerMinute: 90 } } });
    const daily = await world.task({ triggers: [{ type: 'cron', expression: '0 9 * * *' }], maxRuns: 3 }, organization);
    await world.task({ triggers: [{ type: 'cron', expression: '*/10 * * * * *' }] }, organization);
    const ask = (query: string) => forecast(`?${query}`, organization);
    const day = await ask('from=2027-02-02T00:00:00Z&hours=24&step=1h');
    const hours = Array.from({ length: 24 }, (_, hour) => hour);
    expect(day.body).toMatchObject({
      ...{ from: '2027-02-02T00:00:00.000Z', to: '2027-02-03T00:00:00.000Z', stepMs: 3_600_000, starts: 24 * 360 + 1 },
      capacity: { slots: expect.any(Number), concurrentRuns: null, startsPerMinute: 90 },
      minutes: hours.map((hour) => ({
        at: `2027-02-02T${String(hour).padStart(2, '0')}:00:00.000Z`,
        starts: hour === 9 ? 361 : 360,
      })),
    });
    // The third of its three runs is on the day after, and there is none behind it.
    expect((await ask('from=2027-02-03T08:59:59Z&hours=1&step=1h')).body).toMatchObject({ starts: 361 });
    expect((await ask('from=2027-02-04T00:00:00Z&hours=24&step=1h')).body).toMatchObject({ starts: 24 * 360 });
    expect((await ask('from=2020-01-01T00:00:00Z&hours=1')).body).toMatchObject({ from: '2027-01-31T12:00:00.000Z' });
    const week = (await ask('hours=168&step=15m')).body as unknown as { minutes: unknown[] };
    expect(week.minutes).toHaveLength(168 * 4);
    await world.ask(`DELETE /v1/tasks/${daily.id}`, { organization });
  });

  it.each(['from=soon', 'from=2029-01-01T00:00:00Z', 'step=2m', 'step=60000'])('refuses %s', async (query) => {
    expect((await forecast(`?${query}`, organization)).status).toBe(400);
  });
});

describe('POST /v1/forecast', () => {
  const organization = 'plans';
  const second = { at: '2027-01-31T12:30:00.000Z' };
  const compare = (body: object, as: 'viewer' | 'nobody' = 'viewer') =>
    world.ask('POST /v1/forecast', { as, organization, body });
  let ids: string[];
  beforeAll(async () => {
    const hourly = { type: 'cron', expression: '30 * * * *' };
    const tasks = [];
    for (let i = 0; i < 12; i++)
      tasks.push(await world.task({ triggers: [hourly], tags: [i < 4 ? 'few' : 'many'] }, organization));
    ids = tasks.map(({ id }) => id);
  });

  it('tells what one task more would do, names it nowhere, and stores nothing', async () => {
    const draft = {
      name: 'one more',
      triggers: [{ type: 'cron', expression: '30 * * * *' }],
      action: { type: 'noop' },
    };
    const { status, body } = await compare({ add: [draft], hours: 2 });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ tasks: 12, truncated: false, stepMs: 60_000 },
      before: { starts: 24, busiest: { ...second, starts: 12 }, busiestSecond: { ...second, starts: 12 } },
      after: { starts: 26, busiest: { ...second, starts: 13 }, busiestSecond: { ...second, starts: 13 } },
    });
    const { after } = body as unknown as { after: { hotSeconds: { tasks: string[]; starts: number }[] } };
    expect(after.hotSeconds[0]!.starts).toBe(13);
    expect(after.hotSeconds[0]!.tasks.sort()).toEqual([...ids].sort());
    expect((await forecast('', organization)).body).toMatchObject({ tasks: 12 });
  });

  it('leaves tasks out by their ids and by their tags, and has what was there in the other half', async () => {
    const { body } = await compare({ without: { ids: [ids[11]], tags: ['few'] }, hours: 1 });
    expect(body).toMatchObject({
      before: { starts: 12, hotSeconds: [{ ...second, starts: 12 }] },
      after: { starts: 7, busiestSecond: { ...second, starts: 7 }, hotSeconds: [] },
    });
    const none = await compare({ without: { tags: ['few', 'many'] }, hours: 1 });
    expect(none.body).toMatchObject({ after: { starts: 0, minutes: [], busiest: null, busiestSecond: null } });
  });

  it('shows what a spread would do to a hot second, as it then does', async () => {
    const spread = { ids, spreadMs: 600_000 };
    const { body } = await compare({ spread, hours: 1 });
    const { before, after } = body as unknown as Record<'before' | 'after', { minutes: unknown[]; starts: number }>;
    expect([before.starts, before.minutes]).toEqual([12, [{ ...second, starts: 12 }]]);
    expect(after.starts).toBe(12);
    expect(after.minutes.length).toBeGreaterThan(3);
    for (const id of ids) await world.ask(`PATCH /v1/tasks/${id}`, { organization, body: { spreadMs: 600_000 } });
    expect((await forecast('?hours=1', organization)).body).toMatchObject({ minutes: after.minutes, hotSeconds: [] });
  });

  it.each<[object, string]>([
    [{ add: [{ name: 'x' }] }, '/add/0/triggers'],
    [
      { add: [{ name: 'x', action: { type: 'noop' }, triggers: [{ type: 'cron', expression: 'x' }] }] },
      '/add/0/triggers/0',
    ],
    [{ add: Array.from({ length: 21 }, () => ({})) }, '/add'],
    [{ without: { ids: 'all' } }, '/without/ids'],
    [{ spread: { ids: [], spreadMs: 1 } }, '/spread/ids'],
    [{ spread: { ids: ['a'], spreadMs: -1 } }, '/spread/spreadMs'],
    [{ hours: 169 }, '/hours'],
    [{ else: 1 }, ''],
  ])('refuses %j', async (body, pointer) => {
    const answer = await compare(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error) => error.pointer).join()).toContain(pointer);
  });

  it('is for viewers', async () => {
    expect((await compare({}, 'nobody')).status).toBe(403);
  });
});

describe('GET /v1/forecast/starts', () => {
  const starts = (query: string, organization = 'acme') =>
    world.ask(`GET /v1/forecast/starts?${query}`, { as: 'viewer', organization });

  it('tells who starts in a second, page by page, and nobody of another organization', async () => {
    const due = { type: 'cron', expression: '7 15 12 * * *' };
    const own = [await world.task({ triggers: [due] }), await world.task({ triggers: [due] })];
    await world.task({ triggers: [{ ...due, expression: '8 15 12 * * *' }] });
    await world.task({ triggers: [due] }, 'others');
    const second = 'at=2027-01-31T12:15:07Z&stepMs=1000';
    const all = (await starts(second)).body;
    expect(all.items.map(({ taskId }) => taskId).sort()).toEqual(own.map(({ id }) => id).sort());
    expect(all).toMatchObject({
      nextCursor: null,
      truncated: false,
      items: [{ dueAt: '2027-01-31T12:15:07.000Z' }, {}],
    });
    const first = (await starts(`${second}&limit=1`)).body;
    const rest = (await starts(`${second}&limit=1&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...rest.items].map(({ taskId }) => taskId)).toEqual(all.items.map(({ taskId }) => taskId));
    expect((await starts(second, 'others')).body.items).toHaveLength(1);
    expect((await starts('at=2027-01-31T12:15:07Z')).body.items).toHaveLength(3);
  });

  it.each(['', 'at=soon', 'at=2027-01-31T12:15:07Z&stepMs=999', 'at=2027-01-31T12:15:07Z&stepMs=3600001'])(
    'refuses "%s"',
    async (query) => expect((await starts(query)).status).toBe(400),
  );
});
