import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

/** Before both changes of a year in Berlin: 2027-03-28 and 2027-10-31, each at 01:00Z. */
const GAP = 'days=60';
const YEAR = 'days=300';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
  world.clock.setWall(Date.parse('2027-02-10T12:00:00Z'));
});
afterAll(() => world.stop());

interface Changes {
  items: {
    zone: string;
    at: string;
    before: string;
    after: string;
    kind: string;
    tasks: {
      id: string;
      name: string;
      occurrences: { local: string; effect: string; at: string[] }[];
      more: boolean;
    }[];
    truncated: boolean;
  }[];
  looked: number;
  truncated: boolean;
}

const ask = (query: string, organization: string) =>
  world.ask(`GET /v1/clock-changes?${query}`, { as: 'viewer', organization });
const changes = async (query: string, organization: string): Promise<Changes> =>
  JSON.parse((await ask(query, organization)).text) as Changes;

const berlin = (expression: string, dst?: object) => ({
  type: 'cron',
  expression,
  timeZone: 'Europe/Berlin',
  ...(dst && { dst }),
});
const a = (organization: string, name: string, ...triggers: object[]) => world.task({ name, triggers }, organization);

/** What the changes do, as "name 02:30 shifted 01:00". */
const told = ({ items }: Changes) =>
  items.map(({ zone, at, kind, tasks }) => [
    `${zone} ${at.slice(0, 10)} ${kind}`,
    ...tasks
      .flatMap(({ name, occurrences }) =>
        occurrences.map(({ local, effect, at: times }) =>
          [name, local.slice(11, 16), effect, ...times.map((time) => time.slice(11, 16))].join(' '),
        ),
      )
      .sort(),
  ]);

describe('GET /v1/clock-changes', () => {
  it('tells what each option makes of a time in a gap and in a fold', async () => {
    for (const gap of ['next', 'shift', 'skip']) await a('rules', gap, berlin('30 2 * * *', { gap }));
    for (const fold of ['first', 'second', 'both']) await a('rules', fold, berlin('45 2 * 10 *', { fold }));
    const answer = await changes(YEAR, 'rules');
    expect(answer.items.map(({ at, before, after }) => [at, before, after])).toEqual([
      ['2027-03-28T01:00:00.000Z', '+01:00', '+02:00'],
      ['2027-10-31T01:00:00.000Z', '+02:00', '+01:00'],
    ]);
    expect(told(answer)).toEqual([
      ['Europe/Berlin 2027-03-28 gap', 'next 02:30 shifted 01:00', 'shift 02:30 shifted 01:30', 'skip 02:30 skipped'],
      [
        'Europe/Berlin 2027-10-31 fold',
        'both 02:45 twice 00:45 01:45',
        'first 02:45 once 00:45',
        'next 02:30 once 00:30',
        'second 02:45 once 01:45',
        'shift 02:30 once 00:30',
        'skip 02:30 once 00:30',
      ],
    ]);
    expect(answer).toMatchObject({ looked: 6, truncated: false });
    expect(told(await changes(GAP, 'rules'))).toHaveLength(1);
    expect(told(await changes('', 'rules'))).toHaveLength(1);
    expect(await changes(YEAR, 'others')).toMatchObject({ items: [], looked: 0, truncated: false });
  });

  it('says nothing of tasks that go on as if nothing had happened, but lists the changes of their zones', async () => {
    await a('calm', 'quarters', berlin('*/15 * * * *'));
    await a('calm', 'morning', berlin('0 9 * * *'));
    await a('calm', 'elapsed', { type: 'rrule', rule: 'FREQ=MINUTELY;INTERVAL=30', timeZone: 'Europe/Berlin' });
    await a('calm', 'interval', { type: 'interval', everyMs: 60_000 });
    await a('calm', 'utc', { type: 'cron', expression: '30 2 * * *' });
    expect(told(await changes(YEAR, 'calm'))).toEqual([
      ['Europe/Berlin 2027-03-28 gap'],
      ['Europe/Berlin 2027-10-31 fold'],
    ]);
  });

  it('tells what changes of expressions that follow the clock, and of rules', async () => {
    await a('follow', 'even', berlin('0 */2 * * *'));
    await a('follow', 'rule', {
      type: 'rrule',
      rule: 'DTSTART:20270101T023000\nRRULE:FREQ=DAILY',
      timeZone: 'europe/berlin',
    });
    const answer = await changes(YEAR, 'follow');
    expect(told(answer).map(([, ...lines]) => lines)).toEqual([
      ['even 02:00 skipped', 'rule 02:30 shifted 01:30'],
      ['even 02:00 twice 00:00 01:00', 'rule 02:30 once 00:30'],
    ]);
  });

  it('has the times of several triggers, and of a gap that make one run', async () => {
    await a('several', 'both', berlin('15,45 2 * * *'), berlin('30 2 * * *', { gap: 'shift' }));
    await a('several', 'own', berlin('30 2,3 * * *', { gap: 'shift' }));
    await a('several', 'island', { type: 'cron', expression: '15 2 * * *', timeZone: 'Australia/Lord_Howe' });
    expect(told(await changes(YEAR, 'several'))[0]).toEqual([
      'Europe/Berlin 2027-03-28 gap',
      'both 02:15 shifted 01:00',
      'both 02:30 shifted 01:30',
      'both 02:45 shifted 01:00',
      'own 02:30 skipped',
    ]);
    const island = (await changes(YEAR, 'several')).items.find(
      ({ zone, kind }) => zone.startsWith('A') && kind === 'gap',
    );
    expect(island).toMatchObject({ before: '+10:30', after: '+11:00' });
    expect(island!.tasks[0]!.occurrences).toEqual([
      { local: '2027-10-03T02:15:00', effect: 'shifted', at: ['2027-10-02T15:30:00.000Z'] },
    ]);
  });

  it('leaves out what would not run anyway: closed days, the end of a task, skipped, paused', async () => {
    await world.ask('PUT /v1/settings', {
      organization: 'closed',
      body: { calendars: { sundays: { weekdays: ['sun'] } } },
    });
    const trigger = berlin('30 2 * * *');
    const make = (name: string, more: object) => world.task({ name, triggers: [trigger], ...more }, 'closed');
    await make('closed', { calendars: ['sundays'] });
    await make('ended', { endAt: '2027-03-27T00:00:00Z' });
    await make('few', { maxRuns: 45 });
    await make('enough', { maxRuns: 46 });
    const paused = await make('paused', {});
    const skipping = await make('skipping', {});
    await world.ask(`POST /v1/tasks/${paused.id}/pause`, { organization: 'closed', body: { reason: 'x' } });
    const skip = { at: '2027-03-28T01:00:00Z', reason: 'x' };
    await world.ask(`POST /v1/tasks/${skipping.id}/skip`, { organization: 'closed', body: skip });
    const [gap] = told(await changes(GAP, 'closed'));
    expect(gap).toEqual(['Europe/Berlin 2027-03-28 gap', 'enough 02:30 shifted 01:00', 'skipping 02:30 skipped']);
  });

  it('tells ten times of a task, and says that there are more', async () => {
    await a('many', 'many', berlin('0-59 2 * * *', { gap: 'shift' }));
    const { items } = await changes(GAP, 'many');
    expect(items[0]!.tasks).toMatchObject([{ more: true }]);
    expect(items[0]!.tasks[0]!.occurrences.map(({ local }) => local.slice(14, 16))).toEqual(
      Array.from({ length: 10 }, (_, minute) => `0${minute}`),
    );
  });

  it('tells fifty tasks of a change, and says that there are more', async () => {
    for (let i = 0; i < 51; i++) await a('crowd', `task ${i}`, berlin('30 2 * * *'));
    const answer = await changes(GAP, 'crowd');
    expect(answer).toMatchObject({ truncated: true, looked: 51, items: [{ truncated: true }] });
    expect(answer.items[0]!.tasks).toHaveLength(50);
  });

  it('is told in what needs attention two weeks before', async () => {
    const attention = async () => {
      const { text } = await world.ask('GET /v1/attention', { as: 'viewer', organization: 'soon' });
      return (JSON.parse(text) as { items: unknown[] }).items;
    };
    world.clock.setWall(Date.parse('2027-03-13T12:00:00Z'));
    for (const name of ['one', 'another']) await a('soon', name, berlin('30 2 * * *'));
    expect(await attention()).toEqual([]);
    await world.clock.advance(60_000);
    world.clock.setWall(Date.parse('2027-03-15T12:00:00Z'));
    const sentence =
      'The clocks of Europe/Berlin go forward at 2027-03-28T01:00:00.000Z: 2 tasks have an occurrence in the time that is left out.';
    expect(await attention()).toContainEqual({
      kind: 'clock-change',
      severity: 'notice',
      since: null,
      sentence,
      count: 2,
    });
  });

  it.each(['days=0', 'days=401', 'days=x', 'hours=1'])('refuses %s', async (query) => {
    expect((await ask(query, 'rules')).status).toBe(400);
  });
});
