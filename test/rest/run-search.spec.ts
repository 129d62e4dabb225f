import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, retryRunId } from '../../src/domain/ids.js';
import type { Attempt, Run } from '../../src/domain/run.js';
import { RunStore } from '../../src/scheduling/ports/run.store.js';
import { aRun } from '../support/builders.js';
import { NOON, RestWorld, type Body } from './rest-world.js';

const MINUTE_MS = 60_000;

let world: RestWorld;
let nightly: Body;
let hourly: Body;
const runs: Record<string, Run> = {};

const attempt = (code: string, message: string): Attempt => ({
  ...{ number: 1, instance: 'i-7', startedAt: NOON, finishedAt: NOON + 1, outcome: 'failed', error: { code, message } },
});

beforeAll(async () => {
  world = await RestWorld.start();
  nightly = await world.task({ name: 'nightly', tags: ['night', 'money'], triggers: [{ type: 'manual' }] });
  hourly = await world.task({ name: 'hourly', tags: ['night'], triggers: [{ type: 'manual' }] });
  const ended = (name: string, minute: number, task: Body, fields: Partial<Run>): void => {
    const scheduledFor = NOON - 3_600_000 + minute * MINUTE_MS;
    const times = { scheduledFor, startedAt: scheduledFor + 5, finishedAt: scheduledFor + 1000, latenessMs: 5 };
    runs[name] = aRun({ id: newId(scheduledFor), taskId: task.id, state: 'succeeded', ...times, ...fields });
  };
  const away = [attempt('http-503', 'The bank is Away.')];
  ended('mended', 1, nightly, { state: 'failed', attempts: away });
  ended('success', 2, nightly, {});
  ended('broken', 3, nightly, { state: 'failed', attempts: away, latenessMs: 4000 });
  ended('slow', 4, hourly, { state: 'timed_out', reason: 'too slow', finishedAt: NOON });
  ended('retried', 5, hourly, { state: 'failed', attempts: [attempt('ENOTFOUND', 'no such host')] });
  const { id, scheduledFor } = runs['retried']!;
  const retry = { id: retryRunId(runs['retried']!), scheduledFor, trigger: 'retry' as const, retryOf: id };
  ended('retry', 5, hourly, { ...retry, state: 'cancelled' });
  const event = { id: 'order-1', type: 'order', data: null, receivedAt: NOON - 3_600_000 };
  ended('of event', 6, hourly, { trigger: 'event', event });
  ended('gone', 7, { ...hourly, id: newId(NOON) }, { state: 'missed' });
  await world.app.get(RunStore, { strict: false }).insert(Object.values(runs));
});
afterAll(() => world.stop());

/** The names of the runs that a query finds, over all pages. */
async function found(query: string, organization?: string): Promise<string[]> {
  const names = Object.entries(runs);
  const all: string[] = [];
  for (let cursor = ''; ;) {
    const { body } = await world.ask(`GET /v1/runs?${query}${cursor}`, organization ? { organization } : {});
    all.push(...body.items.map((item) => names.find(([, { id }]) => id === item.id)![0]));
    if (body.nextCursor === null) return all;
    cursor = `&cursor=${body.nextCursor}`;
  }
}

describe('GET /v1/runs', () => {
  it.each([
    ['code=http-503', ['broken', 'mended']],
    ['code=http', []],
    ['text=AWAY', ['broken', 'mended']],
    ['text=slow&state=timed_out', ['slow']],
    ['tag=night&state=failed', ['retried', 'broken', 'mended']],
    ['tag=night&tag=money', ['broken', 'success', 'mended']],
    ['tag=none', []],
    ['instance=i-7&limit=2', ['retried', 'broken', 'mended']],
    ['minLatenessMs=4000', ['broken']],
    ['minDurationMs=60000', ['slow']],
    ['eventId=order-1', ['of event']],
    ['eventId=order-1&trigger=manual', []],
    ['unmended=true', ['broken']],
    ['unmended=true&state=failed&tag=money', ['broken']],
    ['unmended=true&state=succeeded', []],
    ['unmended=false&trigger=retry', ['retry']],
    ['by=finishedAt&from=2027-01-31T12:00:00Z', ['slow']],
    ['by=startedAt&to=2027-01-31T11:01:00.006Z', ['mended']],
    ['order=oldest&state=failed&state=missed&limit=1', ['mended', 'broken', 'retried', 'gone']],
  ])('finds with %s the runs meant, and none of another organization', async (query, expected) => {
    expect(await found(query)).toEqual(expected);
    expect(await found(query, 'umbrella')).toEqual([]);
  });

  it('finds the runs that drive another one again', async () => {
    expect(await found(`retryOf=${runs['retried']!.id}`)).toEqual(['retry']);
    expect(await found(`retryOf=${runs['retried']!.id}`, 'umbrella')).toEqual([]);
    expect(await found('retryOf=nothing')).toEqual([]);
  });

  it('names the task of each run, unless it was deleted', async () => {
    const { items } = (await world.ask('GET /v1/runs?state=missed&state=timed_out')).body;
    expect(items.map((item) => (item as Partial<{ taskName: string }>).taskName)).toEqual([undefined, 'hourly']);
    expect((await world.ask(`GET /v1/runs/${runs['slow']!.id}`)).body).toMatchObject({ taskName: 'hourly' });
    expect((await world.ask(`GET /v1/runs/${runs['gone']!.id}`)).body).not.toHaveProperty('taskName');
  });

  it.each([
    'unmended=maybe',
    'by=never',
    'order=random',
    'minLatenessMs=-1',
    'minDurationMs=soon',
    'text=',
    `tag=${'x'.repeat(65)}`,
  ])('refuses %s by its parameter', async (query) => {
    const answer = await world.ask(`GET /v1/runs?${query}`);
    expect([answer.status, answer.body.errors[0]!.parameter]).toEqual([400, query.split('=')[0]]);
  });
});

describe('POST /v1/runs/cancel', () => {
  it('cancels what waits after an error of a code or with a text, for a reason that is kept', async () => {
    const due = {
      dueAt: NOON + 86_400_000,
      state: 'retrying' as const,
      attempt: 2,
      scheduledFor: NOON,
      taskId: hourly.id,
    };
    const waiting = ['moved', 'other'].map((code) =>
      aRun({ id: newId(NOON), ...due, attempts: [attempt(code, `The receiver has ${code}.`)] }),
    );
    await world.app.get(RunStore, { strict: false }).insert(waiting);
    const asked = async (body: object) =>
      JSON.parse((await world.ask('POST /v1/runs/cancel', { body })).text) as unknown;
    expect(await asked({ code: 'none', dryRun: true })).toMatchObject({ count: 0 });
    expect(await asked({ text: 'RECEIVER', dryRun: true })).toMatchObject({ count: 2 });
    expect(await asked({ code: 'moved', text: 'has MOVED', reason: 'moved for good' })).toMatchObject({
      runs: [waiting[0]!.id],
    });
    expect((await world.ask(`GET /v1/runs/${waiting[0]!.id}`)).body).toMatchObject({
      state: 'cancelled',
      cancelled: { by: 'tester', reason: 'moved for good' },
    });
    expect((await world.ask(`GET /v1/runs/${waiting[1]!.id}`)).body.state).toBe('retrying');
  });
});

describe('GET /v1/runs/{id}', () => {
  it('tells who asked for the run, and what is under way of it since when', async () => {
    const task = await world.task({ action: { type: 'noop', durationMs: 60_000 } });
    const { id } = (await world.ask(`POST /v1/tasks/${task.id}/run`)).body;
    await world.driven(
      (async () => {
        while ((await world.ask(`GET /v1/runs/${id}`)).body.state !== 'running');
      })(),
    );
    const { body } = await world.ask(`GET /v1/runs/${id}`);
    expect(body).toMatchObject({ requested: { by: 'tester' }, current: { number: 1, startedAt: body.startedAt } });
    expect((await world.ask(`GET /v1/runs/${runs['slow']!.id}`)).body).not.toHaveProperty('requested');
  });
});
