import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/domain/ids.js';
import { RunStore } from '../../src/scheduling/ports/run.store.js';
import { aRun } from '../support/builders.js';
import { NOON, RestWorld, type Body } from './rest-world.js';

const numerals = (count: number) => Array.from({ length: count }, (_, index) => String(index));

interface Cell {
  from: string;
  count: number;
  worst: string;
  outcomes: Record<string, number>;
  runId?: string;
  planned?: number;
}
interface Row {
  taskId: string;
  name: string;
  state: string;
  cells: Cell[];
  truncated: boolean;
  countedFrom: string | null;
}
interface Strip {
  taskId: string;
  outcomes: Record<string, unknown>[];
  failuresInRow: number;
  lastSuccessAt: string | null;
  overdueSince: string | null;
}

let world: RestWorld;
let hourly: Body;
let failing: Body;
beforeAll(async () => {
  world = await RestWorld.start();
  const triggers = [{ type: 'cron', expression: '30 * * * *' }];
  hourly = await world.task({ name: 'hourly', tags: ['a'], triggers });
  // Ids of one instant sort by chance.
  await world.clock.advance(1);
  failing = await world.task({
    ...{ name: '<b>failing</b>\u202e', tags: ['b'], retry: { maxAttempts: 1 } },
    action: { type: 'http', url: 'http://10.0.0.1/' },
  });
  for (let index = 0; index < 2; index++) {
    const run = await world.ask(`POST /v1/tasks/${failing.id}/run`);
    await world.finished(run.body.id);
  }
  const pausing = await world.ask(`POST /v1/tasks/${hourly.id}/pause`, { body: { reason: 'lunch' } });
  expect(pausing.status).toBe(200);
  world.clock.setWall(world.clock.now() + 3 * 3_600_000);
  await world.ask(`POST /v1/tasks/${hourly.id}/resume`);
});
afterAll(() => world.stop());

const SPAN = 'from=2027-01-31T10:00:00Z&to=2027-01-31T20:00:00Z&step=1h';
const matrix = (query: string, organization = 'acme') =>
  world.ask(`GET /v1/occurrences?${query}`, { as: 'viewer', organization });
const rowsOf = (answer: { text: string }) => (JSON.parse(answer.text) as { items: Row[] }).items;
const strips = async (body: unknown, organization = 'acme') => {
  const answer = await world.ask('POST /v1/tasks/outcomes', { as: 'viewer', organization, body });
  return { ...answer, strips: (answer.body.items ?? []) as unknown as Strip[] };
};

describe('GET /v1/occurrences', () => {
  it('shows what became of the past and what is planned, task by task', async () => {
    const answer = await matrix(SPAN);
    expect(answer.status).toBe(200);
    const [second, first] = rowsOf(answer) as [Row, Row];
    expect([second.taskId, first.taskId]).toEqual([failing.id, hourly.id]);
    expect(second).toMatchObject({
      name: '<b>failing</b>\u202e',
      state: 'active',
      truncated: false,
      countedFrom: null,
    });
    expect(second.cells).toMatchObject([{ count: 2, worst: 'failed', outcomes: { failed: 2 } }]);
    expect(second.cells[0]!.runId).toMatch(/^[0-9a-f-]{36}$/);
    const past = first.cells.filter(({ count }) => count > 0);
    expect(past.map(({ from }) => from)).toEqual(['12', '13', '14'].map((hour) => `2027-01-31T${hour}:00:00.000Z`));
    expect(past.map(({ worst, count }) => [worst, count])).toEqual([
      ['skipped', 1],
      ['skipped', 1],
      ['skipped', 1],
    ]);
    const planned = first.cells.filter((cell) => cell.planned !== undefined);
    expect(planned.map(({ from, planned: starts }) => [from.slice(11, 13), starts])).toEqual(
      ['15', '16', '17', '18', '19'].map((hour) => [hour, 1]),
    );
  });

  it('finds tasks by tag, by ids and page by page', async () => {
    expect(rowsOf(await matrix(`${SPAN}&tag=a`)).map(({ taskId }) => taskId)).toEqual([hourly.id]);
    expect(rowsOf(await matrix(`${SPAN}&ids=${hourly.id}&ids=nothing&ids=${hourly.id}`))).toHaveLength(1);
    expect(rowsOf(await matrix(`${SPAN}&ids=${hourly.id}&tag=b`))).toEqual([]);
    const first = await matrix(`${SPAN}&limit=1`);
    const next = await matrix(`${SPAN}&limit=1&cursor=${first.body.nextCursor}`);
    expect([...rowsOf(first), ...rowsOf(next)].map(({ taskId }) => taskId)).toEqual([failing.id, hourly.id]);
    expect((await matrix(`${SPAN}&limit=2&tag=a&cursor=${first.body.nextCursor}`)).status).toBe(400);
    const both = `${SPAN}&ids=${hourly.id}&ids=${failing.id}&limit=1`;
    const one = await matrix(both);
    expect(rowsOf(one)[0]!.taskId).toBe(failing.id);
    expect(rowsOf(await matrix(`${both}&cursor=${one.body.nextCursor}`))[0]!.taskId).toBe(hourly.id);
  });

  it('tells another organization nothing', async () => {
    expect(rowsOf(await matrix(SPAN, 'umbrella'))).toEqual([]);
    expect(rowsOf(await matrix(`${SPAN}&ids=${hourly.id}`, 'umbrella'))).toEqual([]);
  });

  it.each([
    ['from=2027-01-31T10:00:00Z&to=2027-01-31T10:00:00Z', 'to'],
    ['from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z&step=1d', 'step'],
    ['from=2027-01-31T10:00:00Z&to=2027-02-01T10:00:00Z&step=1m', 'step'],
    ['from=2027-01-31T10:00:00Z&to=2027-02-01T10:00:00Z&step=1y', 'step'],
    ['from=2027-01-31T10:00:00Z&to=2027-02-01T10:00:00Z&timeZone=Mars', 'timeZone'],
    ['from=yesterday&to=2027-02-01T10:00:00Z', 'from'],
    [`${SPAN}&limit=201`, 'limit'],
    [`${SPAN}&${'ids=x&'.repeat(201)}`, 'ids'],
    [`${SPAN}&surprise=1`, 'surprise'],
  ])('refuses %s', async (query, parameter) => {
    expect(await matrix(query)).toMatchObject({ status: 400, body: { errors: [{ parameter }] } });
  });

  it('answers for any range that has not too many cells', async () => {
    for (const year of ['0001', '1969', '9998']) {
      const answer = await matrix(
        `from=${year}-01-01T00:00:00Z&to=${year}-12-31T00:00:00Z&step=1d&timeZone=Asia/Tokyo`,
      );
      expect(answer.status).toBe(200);
      expect(rowsOf(answer).every(({ cells }) => cells.length <= 400)).toBe(true);
    }
  });

  it('counts no more runs of a task than a bound, and says from when on', async () => {
    const often = [{ type: 'cron', expression: '* * * * * *' }];
    const { id } = await world.task({ name: 'often', triggers: often }, 'initech');
    const begun = NOON - 3_600_000;
    const runs = numerals(1500).map((second) => {
      const scheduledFor = begun + Number(second) * 1000;
      return aRun({ id: newId(scheduledFor), organization: 'initech', taskId: id, scheduledFor, state: 'succeeded' });
    });
    await world.app.get(RunStore, { strict: false }).insert(runs);
    const from = new Date(begun).toISOString();
    const to = new Date(world.clock.now() + 60_000).toISOString();
    const [row] = rowsOf(await matrix(`from=${from}&to=${to}&step=1m`, 'initech')) as [Row];
    expect(row).toMatchObject({ taskId: id, truncated: true });
    const counted = row.cells.reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(1000);
    expect(Date.parse(row.countedFrom!)).toBe(begun + 500_000);
    const planned = row.cells.reduce((sum, cell) => sum + (cell.planned ?? 0), 0);
    expect(planned).toBeGreaterThan(50);
  });
});

describe('POST /v1/tasks/outcomes', () => {
  it('tells of the last outcomes in the order of the ids, oldest first, and of failures in a row', async () => {
    const { strips: told } = await strips({ ids: [hourly.id, 'nothing', failing.id], count: 5 });
    expect(told.map(({ taskId }) => taskId)).toEqual([hourly.id, failing.id]);
    expect(told[0]).toMatchObject({ failuresInRow: 0, lastSuccessAt: null, overdueSince: null });
    expect(told[0]!.outcomes).toMatchObject([{ outcome: 'skipped', count: 3, from: '2027-01-31T12:30:00.000Z' }]);
    expect(told[1]).toMatchObject({ failuresInRow: 2 });
    expect(told[1]!.outcomes).toMatchObject([
      { outcome: 'failed', trigger: 'manual' },
      { outcome: 'failed', count: 1 },
    ]);
    expect(told[1]!.outcomes[0]).toMatchObject({ durationMs: expect.any(Number), latenessMs: expect.any(Number) });
    const { strips: last } = await strips({ ids: [failing.id], count: 1 });
    expect(last[0]).toMatchObject({ failuresInRow: 2, outcomes: [told[1]!.outcomes[1]] });
  });

  it('tells another organization nothing', async () => {
    expect(await strips({ ids: [hourly.id, failing.id] }, 'umbrella')).toMatchObject({ status: 200, strips: [] });
  });

  it.each([
    [{ ids: [] }, '/ids'],
    [{ ids: numerals(201) }, '/ids'],
    [{ ids: numerals(200), count: 60 }, '/count'],
    [{ ids: ['x'], count: 61 }, '/count'],
    [{ ids: ['x'], count: 0 }, '/count'],
    [{ ids: [{ $gt: '' }] }, '/ids/0'],
    [{}, '/ids'],
    [{ ids: ['x'], also: 1 }, '/also'],
  ])('refuses %j', async (body, pointer) => {
    expect(await strips(body)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });
});
