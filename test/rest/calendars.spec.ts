import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

interface Days {
  days: { date: string; reason: string }[];
  windows: object[];
  tasks: { id: string; name: string; mode: string }[];
  from: string;
  to: string;
  truncated: boolean;
}

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
  const holidays = {
    timeZone: 'Pacific/Auckland',
    dates: ['2027-02-06', '2027-02-08'],
    weekdays: ['sun'],
    rrules: ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=10'],
    windows: [{ from: '22:00', to: '06:00' }],
  };
  const calendars = { holidays, costly: { rrules: Array.from({ length: 50 }, (_, n) => costly(n)) } };
  expect((await world.ask('PUT /v1/settings', { body: { calendars } })).status).toBe(200);
});
afterAll(() => world.stop());

/** A rule for whose days many must be looked at. */
const costly = (n: number) =>
  `FREQ=YEARLY;BYYEARDAY=${Array.from({ length: 150 }, (_, day) => day + 1 + (n % 9)).join()}`;

const ask = (query = '', name = 'holidays', organization = 'acme') =>
  world.ask(`GET /v1/calendars/${name}/days${query}`, { as: 'viewer', organization });
const days = async (query: string, name?: string) => JSON.parse((await ask(query, name)).text) as Days;

it('lists the days that a calendar leaves out, and why', async () => {
  const shown = await days('?from=2027-02-06&to=2027-02-14');
  expect(shown).toMatchObject({
    days: [
      { date: '2027-02-06', reason: 'date' },
      { date: '2027-02-07', reason: 'weekday' },
      { date: '2027-02-08', reason: 'date' },
      { date: '2027-02-10', reason: 'rule' },
    ],
    windows: [{ from: '22:00', to: '06:00' }],
    ...{ timeZone: 'Pacific/Auckland', from: '2027-02-06', to: '2027-02-14', truncated: false },
  });
});

it('begins with the day that it is by the clock of the calendar, and goes on for a year', async () => {
  // It is noon on January 31 in UTC, and the next day in Auckland.
  expect(await days('')).toMatchObject({ from: '2027-02-01', to: '2028-02-01' });
});

it('names the tasks that use it', async () => {
  const triggers = [{ type: 'cron', expression: '0 9 * * *' }];
  const task = await world.task({ name: 'open <late>', triggers, calendars: [{ name: 'holidays', mode: 'shift' }] });
  await world.task({ name: 'other', triggers });
  expect((await days('')).tasks).toEqual([{ id: task.id, name: 'open <late>', mode: 'shift' }]);
});

it('says that not all days are told where they take too much work', async () => {
  const { days: found, truncated } = await days('?from=2027-01-01&to=2028-02-05', 'costly');
  expect(truncated).toBe(true);
  expect(found.length).toBeLessThan(400);
});

it('knows no calendar of others, and none that is not there', async () => {
  expect((await ask('', 'holidays', 'umbrella')).status).toBe(404);
  for (const name of ['none', 'constructor', '__proto__']) expect((await ask('', name)).status).toBe(404);
});

it.each(['?from=2027-02-06&to=2027-02-06', '?from=2027-01-01&to=2028-02-06', '?from=yesterday', '?to=2027-02-30'])(
  'refuses %s',
  async (query) => {
    expect((await ask(query)).status).toBe(400);
  },
);
