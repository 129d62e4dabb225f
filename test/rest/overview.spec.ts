import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ENGINE } from '../../src/audit/actor.js';
import { AuditRecorder } from '../../src/audit/audit-recorder.js';
import { newId, retryRunId } from '../../src/domain/ids.js';
import type { Run } from '../../src/domain/run.js';
import { LifecycleEvents } from '../../src/lifecycle/lifecycle-events.js';
import { RunStore } from '../../src/scheduling/ports/run.store.js';
import { FigureRecorder } from '../../src/stats/figure-recorder.js';
import { aRun } from '../support/builders.js';
import { NOON, RestWorld, type Answer, type Body } from './rest-world.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let world: RestWorld;
let broken: Body;
let hourly: Body;
let stored = 0;
beforeAll(async () => {
  world = await RestWorld.start();
  broken = await world.task({ name: '<img onerror=1>', tags: ['a'] });
  const triggers = [{ type: 'cron', expression: '30 * * * *', timeZone: 'Asia/Kolkata' }];
  hourly = await world.task({ name: 'hourly', tags: ['b'], triggers, endAt: '2027-02-02T00:00:00Z' });
});
afterAll(() => world.stop());

const get = (path: string, organization = 'acme') => world.ask(`GET ${path}`, { as: 'viewer', organization });
const read = <Shape>({ text }: Answer) => JSON.parse(text) as Shape;

/** A run that is stored as it is, an hour before noon and some minutes. */
async function store(
  minutes: number,
  fields: Partial<Run>,
  error?: { code: string; message: string; status?: number },
) {
  const scheduledFor = NOON - 60 * MINUTE_MS + minutes * MINUTE_MS + stored++;
  const attempt = { number: 1, instance: 'i', startedAt: scheduledFor, finishedAt: scheduledFor + 5 };
  const attempts = error ? [{ ...attempt, outcome: 'failed' as const, error }] : [];
  const ends = { state: 'failed', startedAt: scheduledFor, finishedAt: scheduledFor + 5, attempts } as const;
  const run = aRun({ ...{ id: newId(scheduledFor), organization: 'acme', scheduledFor }, ...ends, ...fields });
  await world.app.get(RunStore, { strict: false }).insert([run]);
  return run;
}

interface Failures {
  items: { code: string; message: string; count: number; unmended: number; sample: string[]; tasks: unknown[] }[];
  looked: number;
  truncated: boolean;
}

describe('GET /v1/runs/failures', () => {
  it('groups failures that differ only in numbers and ids, and tells what is mended', async () => {
    const of = { taskId: broken.id };
    const away = (id: string) => ({
      code: 'http-503',
      message: `no answer for order ${id} after 30${id.length} ms`,
      status: 503,
    });
    const first = await store(1, of, away('17'));
    const second = await store(2, of, away('018f3a5e-7a00-7000-8000-00000000000a'));
    await store(3, {
      ...of,
      state: 'succeeded',
      id: retryRunId(second),
      trigger: 'retry',
      scheduledFor: second.scheduledFor,
    });
    const third = await store(4, of, away('12345678'));
    for (const minute of [5, 6]) await store(minute, { ...of, state: 'timed_out', reason: 'too slow' });
    const { items, looked, truncated } = read<Failures>(await get('/v1/runs/failures'));
    expect([looked, truncated]).toEqual([5, false]);
    expect(items.map(({ code, count, unmended }) => [code, count, unmended])).toEqual([
      ['http-503', 3, 1],
      ['timed_out', 2, 2],
    ]);
    expect(items[0]).toMatchObject({
      ...{ message: 'no answer for order 12345678 after 308 ms', status: 503, sample: [third.id, second.id, first.id] },
      tasks: [{ id: broken.id, name: '<img onerror=1>', count: 3 }],
      unmendedRuns: [third.id],
      examples: [third, second, first].map(({ id, scheduledFor }) => ({
        ...{ id, taskId: broken.id, name: '<img onerror=1>' },
        ...{ scheduledFor: new Date(scheduledFor).toISOString(), mended: id !== third.id },
      })),
    });
  });

  it('narrows by task, tag, time and what is unmended', async () => {
    const count = async (query: string) => read<Failures>(await get(`/v1/runs/failures?${query}`)).items.length;
    expect(await count(`taskId=${broken.id}`)).toBe(2);
    expect(await count(`taskId=${hourly.id}`)).toBe(0);
    expect([await count('tag=a'), await count('tag=b')]).toEqual([2, 0]);
    expect([await count('unmended=true'), await count('to=2027-01-31T10:00:00Z')]).toEqual([2, 0]);
    expect((await get('/v1/runs/failures', 'umbrella')).body).toMatchObject({ items: [], looked: 0 });
    expect((await get(`/v1/runs/failures?taskId=${broken.id}`, 'umbrella')).body).toMatchObject({ items: [] });
  });

  it.each(['from=2027-01-31T10:00:00Z&to=2027-01-31T10:00:00Z', 'unmended=maybe', 'taskId=', 'state=failed'])(
    'refuses %s',
    async (query) => {
      expect((await get(`/v1/runs/failures?${query}`)).status).toBe(400);
    },
  );

  it('answers for the whole of time', async () => {
    const answer = await get('/v1/runs/failures?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z');
    expect(answer).toMatchObject({ status: 200, body: { looked: 5 } });
  });
});

describe('GET /v1/attention', () => {
  it('tells of tasks that fail and that end soon, the most urgent first, of the own organization alone', async () => {
    const { items, at } = read<{ at: string; items: { kind: string }[] }>(await get('/v1/attention'));
    expect(Date.parse(at)).toBe(world.clock.now());
    expect(items).toMatchObject([
      { kind: 'failing', severity: 'warning', taskId: broken.id, name: '<img onerror=1>', count: 2 + 1 },
      { kind: 'ending', severity: 'notice', taskId: hourly.id, sentence: 'It ends at 2027-02-02T00:00:00.000Z.' },
    ]);
    expect((await get('/v1/attention', 'umbrella')).body).toMatchObject({ items: [], truncated: false });
  });

  it('tells of a task that was due for an hour and never ran', async () => {
    const triggers = [{ type: 'cron', expression: '* * * * *' }];
    const task = await world.task({ name: 'held', triggers }, 'initech');
    await world.ask(`POST /v1/tasks/${task.id}/pause`, { organization: 'initech', body: { reason: 'lunch' } });
    world.clock.setWall(world.clock.now() + 2 * 60 * MINUTE_MS);
    await world.ask(`POST /v1/tasks/${task.id}/resume`, { organization: 'initech' });
    expect(read<{ items: unknown[] }>(await get('/v1/attention', 'initech')).items).toMatchObject([
      { kind: 'never-ran', taskId: task.id, sentence: expect.stringContaining('the task was paused') },
    ]);
  });
});

interface Upcoming {
  items: { taskId: string; name: string; dueAt: string; local: string; zone: string }[];
  nextCursor: string | null;
  truncated: boolean;
}

describe('GET /v1/upcoming', () => {
  const path = '/v1/upcoming?from=2027-01-31T20:00:00Z&hours=3';

  it('lists what starts next over all tasks, page by page, on the clocks of their zones', async () => {
    const often = await world.task({ name: 'often', triggers: [{ type: 'cron', expression: '0 */2 * * *' }] });
    const all = read<Upcoming>(await get(path));
    const inOrder = hourly.id < often.id ? ['hourly', 'often'] : ['often', 'hourly'];
    expect(all.items.map(({ name, dueAt }) => `${dueAt.slice(11, 16)} ${name}`)).toEqual([
      ...inOrder.map((name) => `20:00 ${name}`),
      '21:00 hourly',
      ...inOrder.map((name) => `22:00 ${name}`),
    ]);
    expect(all.items.find(({ name }) => name === 'hourly')).toMatchObject({
      local: '2027-02-01T01:30:00+05:30',
      zone: 'Asia/Kolkata',
    });
    expect([all.nextCursor, all.truncated]).toEqual([null, false]);
    const paged: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Upcoming = read<Upcoming>(await get(`${path}&limit=2${cursor && `&cursor=${cursor}`}`));
      paged.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all.items);
    expect(read<Upcoming>(await get(`${path}&tag=b`)).items).toHaveLength(3);
    expect(read<Upcoming>(await get(path, 'umbrella')).items).toEqual([]);
  });

  it.each(['hours=0', 'hours=169', 'from=0', 'cursor=x', 'limit=0'])('refuses %s', async (query) => {
    expect((await get(`/v1/upcoming?${query}`)).status).toBe(400);
  });

  it('answers for any year', async () => {
    for (const year of ['0001', '2500', '9999']) {
      expect((await get(`/v1/upcoming?from=${year}-12-31T00:00:00Z&hours=168`)).status).toBe(200);
    }
  });
});

describe('GET /v1/stats/series', () => {
  const series = (from: number, to: number, step: string, organization?: string) =>
    get(
      `/v1/stats/series?from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}&step=${step}`,
      organization,
    );

  it('shows starts, outcomes and lateness by steps', async () => {
    const now = world.clock.now();
    await world.finishedRun();
    await world.app.get(FigureRecorder, { strict: false }).flush();
    const { points, ...rest } = read<{ points: unknown[] }>(await series(now - 60 * MINUTE_MS, now + MINUTE_MS, '5m'));
    expect(points).toMatchObject([{ starts: 1, succeeded: 1, failed: 0, lateness: { worstMs: expect.any(Number) } }]);
    expect(rest).toMatchObject({ stepMs: 5 * MINUTE_MS, truncated: false });
    expect(
      read<{ points: unknown[] }>(await series(now - MINUTE_MS, now + MINUTE_MS, '1m', 'umbrella')).points,
    ).toEqual([]);
    expect((await series(now - 5 * 24 * 60 * MINUTE_MS, now, '1h')).body).toMatchObject({ truncated: true });
  });

  it('refuses an empty range, and too many steps', async () => {
    expect((await series(NOON, NOON, '1m')).body).toMatchObject({ errors: [{ parameter: 'to' }] });
    expect((await series(0, NOON, '1m')).body).toMatchObject({ errors: [{ parameter: 'step' }] });
    expect((await series(NOON, NOON + 1, '2m')).body).toMatchObject({ errors: [{ parameter: 'step' }] });
  });
});

describe('GET /v1/stats/series of tasks', () => {
  interface Point {
    at: string;
    starts: number;
    succeeded: number;
    failed: number;
    lateness: { worstMs: number };
    duration: { p50Ms: number | null };
    leftOut: { skipped: number; missed: number; coalesced: number };
  }
  const at = (minutes: number) => new Date(NOON - 5 * DAY_MS + minutes * MINUTE_MS).toISOString();
  const ask = (query: string, organization?: string) =>
    get(`/v1/stats/series?from=${at(0)}&to=${at(60)}&step=5m&${query}`, organization);
  const points = async (query: string) => read<{ points: Point[] }>(await ask(query)).points;
  let task: Body;
  beforeAll(async () => {
    task = await world.task({ name: 'charted', tags: ['charted'] });
    const runs = [
      [1, 'succeeded', 10],
      [2, 'failed', 30],
      [11, 'succeeded', 50],
    ] as const;
    const inserted = runs.map(([minutes, state, tookMs]) => {
      const scheduledFor = Date.parse(at(minutes));
      const times = { scheduledFor, startedAt: scheduledFor + 7, finishedAt: scheduledFor + 7 + tookMs, latenessMs: 7 };
      return aRun({ id: newId(scheduledFor), organization: 'acme', taskId: task.id, state, ...times });
    });
    await world.app.get(RunStore, { strict: false }).insert(inserted);
  });

  it.each(['task', 'tag'])(
    'shows by steps what became of the runs of a %s, longer than figures are kept',
    async (by) => {
      const query = by === 'task' ? `taskId=${task.id}` : 'tag=charted';
      const shown = await points(query);
      expect(shown.map((point) => [point.at, point.starts, point.succeeded, point.failed])).toEqual([
        [at(0), 2, 1, 1],
        [at(10), 1, 1, 0],
      ]);
      const leftOut = { skipped: 0, missed: 0, coalesced: 0 };
      expect(shown[0]).toMatchObject({ lateness: { worstMs: 7 }, duration: { p50Ms: 10, worstMs: 30 }, leftOut });
      expect((await ask(query)).body).toMatchObject({ stepMs: 5 * MINUTE_MS, truncated: false });
    },
  );

  it('shows nothing of others', async () => {
    expect((await ask(`taskId=${task.id}`, 'umbrella')).body).toMatchObject({ points: [] });
    expect((await ask('tag=charted', 'umbrella')).body).toMatchObject({ points: [], truncated: false });
    expect(await points(`taskId=${task.id}&tag=other`)).toEqual([]);
  });

  it('says that not all runs are counted', async () => {
    const many = await world.task({ name: 'busy', tags: ['busy'] });
    const runs = Array.from({ length: 2001 }, (_, index) => {
      const scheduledFor = Date.parse(at(0)) + index * 1000;
      const ends = { state: 'succeeded', startedAt: scheduledFor, finishedAt: scheduledFor, latenessMs: 0 } as const;
      return aRun({ ...{ id: newId(scheduledFor), organization: 'acme', taskId: many.id, scheduledFor }, ...ends });
    });
    await world.app.get(RunStore, { strict: false }).insert(runs);
    expect((await ask(`taskId=${many.id}`)).body).toMatchObject({ truncated: true });
  });
});

describe('a clock that is set back', () => {
  it('needs attention until it is where it was', async () => {
    const events = world.app.get(LifecycleEvents, { strict: false });
    const told = async () =>
      read<{ items: { kind: string }[] }>(await get('/v1/attention')).items.filter(
        ({ kind }) => kind === 'clock-set-back',
      );
    expect(await told()).toEqual([]);
    const at = new Date(world.clock.now()).toISOString();
    const until = new Date(world.clock.now() + 60_000).toISOString();
    events.emit('clock.stepped', { byMs: -60_000 });
    const sentence = `The clock was set back: until ${until}, what had run is not run again; intervals go on.`;
    expect(await told()).toEqual([{ kind: 'clock-set-back', severity: 'warning', since: at, sentence, count: 1 }]);
    await world.clock.advance(61_000);
    expect(await told()).toEqual([]);
  });
});

it('needs attention that the audit trail was changed, as an instance has told', async () => {
  const told = async (organization: string) =>
    read<{ items: { kind: string }[] }>(await get('/v1/attention', organization)).items;
  expect(await told('globex')).toEqual([]);
  const at = new Date(world.clock.now()).toISOString();
  const object = { type: 'audit', id: 'audit' } as const;
  const alarm = { organization: 'globex', action: 'audit.broken', object, after: { reason: 'gone' }, actor: ENGINE };
  await world.app.get(AuditRecorder, { strict: false }).record(alarm);
  const sentence = 'The audit trail is not what was written: an instance found it out at entry 1.';
  expect(await told('globex')).toEqual([{ kind: 'audit', severity: 'critical', since: at, sentence, count: 1 }]);
  expect((await told('umbrella')).some(({ kind }) => kind === 'audit')).toBe(false);
});
