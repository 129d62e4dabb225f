import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RestWorld, taskBody, type Ask } from './rest-world.js';

interface Impact {
  tasks: {
    id: string;
    name: string;
    count: number;
    changed: { at: string; from: string | null; to: string | null }[];
  }[];
  quotas: object[];
  pools: object[];
  looked: number;
  truncated: boolean;
}

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

/** An organization of its own, which has these settings. */
async function having(organization: string, body: object): Promise<(after: object, ask?: Ask) => Promise<Impact>> {
  expect((await world.ask('PUT /v1/settings', { organization, body })).status).toBe(200);
  return async (after, ask = {}) => {
    const answer = await world.ask('POST /v1/settings/impact', { organization, body: after, ...ask });
    expect(answer.status).toBe(200);
    return JSON.parse(answer.text) as Impact;
  };
}

/** At nine each day; it is a Sunday noon now. */
const daily = (calendars: unknown[]) => ({ triggers: [{ type: 'cron', expression: '0 9 * * *' }], calendars });
const nextRuns = async (organization: string, id: string) =>
  (await world.ask(`GET /v1/tasks/${id}/next-runs?count=3`, { organization })).body.runs.map(({ at }) => at);
const nine = (day: string) => `${day}T09:00:00.000Z`;

it('tells which occurrences a calendar would leave out, and stores nothing; saving does just that', async () => {
  const before = { calendars: { off: { weekdays: ['sun'] }, other: {} } };
  const impact = await having('leaves-out', before);
  const name = 'each day at nine';
  const { id } = await world.task({ name, ...daily(['off']) }, 'leaves-out');
  await world.task(daily(['other']), 'leaves-out');
  const after = { calendars: { off: { weekdays: ['sun'], dates: ['2027-02-02'] }, other: {} } };
  const told = await impact(after);
  const changed = [{ at: nine('2027-02-02'), from: nine('2027-02-02'), to: null }];
  expect(told).toMatchObject({ tasks: [{ id, name, count: 1, changed }], quotas: [], pools: [], truncated: false });
  const days = ['2027-02-01', '2027-02-02', '2027-02-03'];
  expect(await nextRuns('leaves-out', id)).toEqual(days.map(nine));
  await having('leaves-out', after);
  expect(await nextRuns('leaves-out', id)).toEqual([days[0]!, days[2]!, '2027-02-04'].map(nine));
});

it('tells which would start at another time, and which would run again without a calendar', async () => {
  const impact = await having('moves', { calendars: { off: { dates: ['2027-02-02'] } } });
  const wednesdays = { triggers: [{ type: 'cron', expression: '0 9 * * 3' }] };
  const { id } = await world.task({ ...wednesdays, calendars: [{ name: 'off', mode: 'shift' }] }, 'moves');
  const { id: excluding } = await world.task(daily(['off']), 'moves');
  const moved = { at: nine('2027-02-03'), from: nine('2027-02-03'), to: nine('2027-02-04') };
  const { tasks } = await impact({ calendars: { off: { dates: ['2027-02-03'] } } });
  expect(tasks.find((task) => task.id === id)).toMatchObject({ count: 1, changed: [moved] });
  expect((await impact({})).tasks.find((task) => task.id === excluding)).toMatchObject({
    count: 1,
    changed: [{ at: nine('2027-02-02'), from: null, to: nine('2027-02-02') }],
  });
});

it('tells ten changes of a task and counts the others, and has none of a paused one', async () => {
  const impact = await having('many-changes', { calendars: { off: {} } });
  const { id } = await world.task(daily(['off']), 'many-changes');
  const sundays = { calendars: { off: { weekdays: ['sun'] } } };
  const [task] = (await impact(sundays)).tasks;
  expect([task!.count, task!.changed.length]).toEqual([14, 10]);
  const pause = await world.ask(`POST /v1/tasks/${id}/pause`, { organization: 'many-changes', body: { reason: 'x' } });
  expect(pause.status).toBe(200);
  expect((await impact(sundays)).tasks).toEqual([]);
});

it('tells what would be over a quota, and which tasks need more of a pool than it would have', async () => {
  const impact = await having('limits', { resources: { browser: 4, mail: 1 }, quotas: { tasks: 10 } });
  await world.task({ resources: { browser: 3 } }, 'limits');
  await world.task({ resources: { browser: 1 } }, 'limits');
  await world.clock.advance(1100);
  expect(await impact({ resources: { browser: 2, mail: 1 }, quotas: { tasks: 1, concurrentRuns: 5 } })).toMatchObject({
    quotas: [
      { name: 'tasks', before: 10, after: 1, used: 2, isOver: true },
      { name: 'concurrentRuns', before: null, after: 5, used: 0, isOver: false },
    ],
    pools: [
      {
        name: 'browser',
        ...{ before: { capacity: 4, perMs: null }, after: { capacity: 2, perMs: null }, used: 0, tooSmallFor: 1 },
      },
    ],
    tasks: [],
    looked: 2,
  });
  // A pool that is not named has one unit.
  expect((await impact({})).pools).toMatchObject([{ name: 'browser', after: { capacity: 1 }, tooSmallFor: 1 }]);
});

it('tells of a hundred tasks, and that there are more', async () => {
  const impact = await having('crowded', { calendars: { off: {} } });
  const tasks = Array.from({ length: 120 }, () => taskBody(daily(['off'])));
  await world.ask('POST /v1/tasks/batch', { organization: 'crowded', body: { tasks } });
  const told = await impact({ calendars: { off: { weekdays: ['mon'] } } });
  expect([told.tasks.length, told.looked, told.truncated]).toEqual([100, 120, true]);
});

it('refuses what could not be saved, and whoever is no admin', async () => {
  const ask = (body: unknown, as: 'editor' | 'admin' = 'admin') =>
    world.ask('POST /v1/settings/impact', { body, as, organization: 'refused' });
  expect(await ask({ quotas: { tasks: 0 } })).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/quotas/tasks' }] },
  });
  expect((await ask({}, 'editor')).status).toBe(403);
});
