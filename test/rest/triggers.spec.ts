import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const preview = (body: unknown) => world.ask('POST /v1/triggers/preview', { as: 'viewer', body });

describe('POST /v1/triggers/preview', () => {
  it('shows instants and says them in words', async () => {
    const trigger = { type: 'cron', expression: '0 2 * * 1-5', timeZone: 'Europe/Berlin' };
    const answer = await preview({ trigger, from: '2027-02-01T00:00:00Z', count: 2 });
    expect(answer.status).toBe(200);
    expect(answer.body.runs).toEqual([
      { at: '2027-02-01T01:00:00.000Z', local: '2027-02-01T02:00:00+01:00' },
      { at: '2027-02-02T01:00:00.000Z', local: '2027-02-02T02:00:00+01:00' },
    ]);
    expect(answer.body.description).toMatch(/02:00/);
  });

  it('marks what a clock change moved', async () => {
    const trigger = { type: 'cron', expression: '30 2 * * *', timeZone: 'Europe/Berlin' };
    const answer = await preview({ trigger, from: '2027-03-28T00:00:00Z', count: 1 });
    expect(answer.body.runs).toEqual([
      { at: '2027-03-28T01:00:00.000Z', local: '2027-03-28T03:00:00+02:00', shifted: true },
    ]);
  });

  it('tells which passing of a repeated time it is', async () => {
    const trigger = { type: 'cron', expression: '30 2 * * *', timeZone: 'Europe/Berlin', dst: { fold: 'both' } };
    const answer = await preview({ trigger, from: '2027-10-31T00:00:00Z', count: 2 });
    expect(answer.body.runs).toEqual([
      { at: '2027-10-31T00:30:00.000Z', local: '2027-10-31T02:30:00+02:00', repeated: 'first' },
      { at: '2027-10-31T01:30:00.000Z', local: '2027-10-31T02:30:00+01:00', repeated: 'second' },
    ]);
  });

  it('shows what calendars move and leave out', async () => {
    const calendars = { weekend: { weekdays: ['sat', 'sun'] }, freeze: { dates: ['2027-02-04'] } };
    await world.ask('PUT /v1/settings', { body: { calendars } });
    const trigger = { type: 'cron', expression: '0 9 * * 4,6' };
    const uses = ['freeze', { name: 'weekend', mode: 'shift' }];
    const answer = await preview({ trigger, from: '2027-02-01T00:00:00Z', count: 2, calendars: uses });
    expect(answer.body.runs).toEqual([
      {
        ...{ at: '2027-02-06T09:00:00.000Z', local: '2027-02-06T09:00:00+00:00' },
        ...{ dueAt: '2027-02-08T09:00:00.000Z', localDueAt: '2027-02-08T09:00:00+00:00', calendar: 'weekend' },
      },
      { at: '2027-02-11T09:00:00.000Z', local: '2027-02-11T09:00:00+00:00' },
    ]);
    const at = '2027-02-04T09:00:00.000Z';
    expect(answer.body.leftOut).toEqual([{ from: at, to: at, count: 1, calendar: 'freeze', outcome: 'skipped' }]);
    expect(answer.body.description).toMatch(/; never when the calendar "freeze" leaves it out; moved to .* "weekend"/);
    const unknown = await preview({ trigger, calendars: ['none'] });
    expect(unknown).toMatchObject({ status: 400, body: { errors: [{ pointer: '/calendars/0' }] } });
  });

  it('begins now unless told otherwise', async () => {
    const answer = await preview({ trigger: { type: 'interval', everyMs: 60_000 } });
    expect(answer.body.runs).toHaveLength(10);
    expect(answer.body.runs[0]!.at).toBe('2027-01-31T12:01:00.000Z');
  });

  it.each([
    [{ trigger: { type: 'cron', expression: 'x' } }, '/trigger/expression'],
    [{ trigger: { type: 'cron', expression: '* * * * *', timeZone: 'Nowhere' } }, '/trigger/timeZone'],
    [{ trigger: { type: 'cron' } }, '/trigger/expression'],
    [{}, '/trigger'],
    [{ trigger: { type: 'manual' }, from: 'now' }, '/from'],
    [{ trigger: { type: 'manual' }, count: 0 }, '/count'],
    [{ trigger: { type: 'manual' }, count: '3' }, '/count'],
    [{ trigger: { type: 'manual' }, many: 3 }, '/many'],
  ])('refuses %j at its pointer', async (body, pointer) => {
    const answer = await preview(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.pointer).toBe(pointer);
  });
});

describe('POST /v1/triggers/events/{type}', () => {
  it('starts the tasks whose filter it matches, and no other organization’s', async () => {
    const triggers = [{ type: 'event', event: 'test-completion', filter: { 'data.status': 'failed' } }];
    const task = await world.task({ triggers });
    await world.task({ triggers }, 'others');
    const raise = (body: unknown) => world.ask('POST /v1/triggers/events/test-completion', { as: 'operator', body });
    expect((await raise({ status: 'failed' })).body.triggeredTasks).toEqual([task.id]);
    expect((await raise({ status: 'passed' })).body).toMatchObject({ triggeredTasks: [], runs: [] });
    expect((await raise({ status: { $ne: 'passed' } })).body.triggeredTasks).toEqual([]);
  });

  it.each([undefined, null, 'text', 7, []])('takes %j as data', async (body) => {
    expect((await world.ask('POST /v1/triggers/events/any', { body })).status).toBe(202);
  });

  it.each(['-x', '$where', 'a b', 'x'.repeat(129)])('refuses the type %j', async (type) => {
    const answer = await world.ask(`POST /v1/triggers/events/${encodeURIComponent(type)}`, { body: {} });
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.parameter).toBe('type');
  });
});
