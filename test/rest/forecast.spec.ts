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

  it.each(['0', '25', 'x', '1.5'])('refuses %s hours', async (hours) => {
    const answer = await forecast(`?hours=${hours}`);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ parameter: 'hours' }] } });
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
