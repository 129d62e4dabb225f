import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld, taskBody } from './rest-world.js';

interface Checked {
  valid: boolean;
  errors: { pointer: string; detail: string }[];
  warnings: { code: string; pointer: string; detail: string }[];
  triggers: { description: string; runs: unknown[]; leftOut: unknown[] }[];
  merged: { at: string }[];
}

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const cron = (expression: string, timeZone = 'UTC') => ({ type: 'cron', expression, timeZone });
const check = async (task: unknown, more: object = {}, organization = 'acme') => {
  const answer = await world.ask('POST /v1/tasks/check', { as: 'editor', organization, body: { task, ...more } });
  return { ...answer, checked: JSON.parse(answer.text) as Checked };
};
const codes = ({ warnings }: Checked) => warnings.map(({ code }) => code);

describe('POST /v1/tasks/check', () => {
  it('shows what each trigger does and what they do together, and stores nothing', async () => {
    const { status, checked } = await check(taskBody({ triggers: [cron('30 * * * *'), cron('0 13 * * *')] }));
    expect(status).toBe(200);
    expect(checked).toMatchObject({ valid: true, errors: [], warnings: [] });
    expect(checked.triggers.map(({ runs }) => runs.length)).toEqual([10, 10]);
    expect(checked.merged.slice(0, 3).map(({ at }) => at.slice(11, 16))).toEqual(['12:30', '13:00', '13:30']);
    expect((await world.ask('GET /v1/tasks')).body.items).toEqual([]);
  });

  it('says everything that is wrong, and where', async () => {
    const { status, checked } = await check({ name: '', triggers: [cron('61 * * * *')], action: { type: 'noop' } });
    expect([status, checked.valid]).toEqual([200, false]);
    expect(checked.errors.map(({ pointer }) => pointer)).toEqual(['/name', '/triggers/0/expression']);
    expect([checked.triggers, checked.merged]).toEqual([[], []]);
    const unknown = await check(taskBody({ calendars: ['nobody-has-it'] }));
    expect(unknown.checked).toMatchObject({ valid: false, errors: [{ pointer: '/calendars/0' }] });
  });

  it.each([{}, { $where: '1' }, { triggers: 7 }])('takes %j for a task with faults', async (task) => {
    const { status, checked } = await check(task);
    expect([status, checked.valid]).toEqual([200, false]);
  });

  it.each([null, 7, 'task', [], undefined])('refuses %j, which is no object', async (task) => {
    const { status, text } = await check(task);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ errors: [{ pointer: '/task', detail: 'must be an object' }] });
  });

  it('warns of what may not be meant', async () => {
    const never = await check(taskBody({ triggers: [cron('* * * * *')], endAt: '2020-01-01T00:00:00Z' }));
    expect(never.checked.warnings).toMatchObject([{ code: 'never-runs', pointer: '/triggers' }]);
    const spring = await check(taskBody({ triggers: [cron('30 2 * * *', 'Europe/Berlin')] }));
    expect(codes(spring.checked)).toEqual(['clock-change']);
    const slow = await check(taskBody({ triggers: [cron('* * * * *')], action: { type: 'noop', durationMs: 90_000 } }));
    expect(slow.checked.warnings).toMatchObject([{ code: 'longer-than-interval', pointer: '/overlap' }]);
    const nobody = await check(taskBody({ queue: 'nobody-works-it' }));
    expect(codes(nobody.checked).filter((code) => code !== 'no-worker')).toEqual([]);
  });

  it('warns of a second in which many others start, unless the task has a spread or replaces one of few', async () => {
    const noon = taskBody({ triggers: [cron('0 17 * * *')] });
    const ids: string[] = [];
    for (let others = 0; others < 9; others++)
      ids.push((await world.ask('POST /v1/tasks', { as: 'editor', organization: 'crowded', body: noon })).body.id);
    const here = async (task: object, more: object = {}) => (await check(task, more, 'crowded')).checked;
    expect((await here(noon)).warnings).toEqual([
      {
        code: 'hot-second',
        pointer: '/spreadMs',
        detail:
          'it starts in the same second as 9 other tasks, at 2027-01-31T17:00:00.000Z: with a spread (spreadMs), each starts a little later',
      },
    ]);
    expect(codes(await here(noon, { id: ids[0] }))).toEqual([]);
    expect(codes(await here({ ...noon, spreadMs: 60_000 }))).toEqual([]);
    expect(codes(await here(taskBody({ triggers: [cron('1 17 * * *')] })))).toEqual([]);
    expect(codes(await here(taskBody({ triggers: [cron('* 17 * * *')] })))).toEqual(['hot-second']);
    expect(codes((await check(noon)).checked)).toEqual([]);
  });

  it('warns of a calendar whose days have all passed', async () => {
    const calendars = { old: { dates: ['2020-01-01', '2021-01-01'] }, coming: { dates: ['2030-01-01'] } };
    const settings = (await world.ask('GET /v1/settings', { as: 'admin' })).body;
    await world.ask('PUT /v1/settings', { as: 'admin', body: { ...settings, calendars } });
    const { checked } = await check(taskBody({ calendars: ['coming', { name: 'old', mode: 'shift' }] }));
    const detail = 'the calendar "old" leaves out nothing more: its last day was 2021-01-01';
    expect(checked.warnings).toEqual([{ code: 'calendar-ended', pointer: '/calendars/1', detail }]);
  });

  it('knows by the last runs of the task that it is to replace how long one takes, and of no other organization', async () => {
    const run = await world.finishedRun({ action: { type: 'noop', durationMs: 1500 } });
    const every = taskBody({
      triggers: [cron('* * * * * *')],
      action: { type: 'http', url: 'https://example.org/' },
    });
    expect(codes((await check(every)).checked)).toEqual([]);
    expect(codes((await check(every, { id: run.taskId })).checked)).toEqual(['longer-than-interval']);
    expect(codes((await check(every, { id: run.taskId }, 'umbrella')).checked)).toEqual([]);
  });

  it('refuses other members and other roles', async () => {
    expect((await check(taskBody(), { store: true })).status).toBe(400);
    expect((await check(undefined)).status).toBe(400);
    const answer = await world.ask('POST /v1/tasks/check', { as: 'operator', body: { task: taskBody() } });
    expect(answer.status).toBe(403);
  });
});
