import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ENGINE } from '../../src/audit/actor.js';
import type { AuditDraft } from '../../src/audit/audit-entry.js';
import { AuditReads } from '../../src/audit/audit.store.js';
import { ChainWriter } from '../../src/audit/chain-writer.js';
import { OUTCOMES } from '../../src/audit/counted-outcomes.js';
import { newId } from '../../src/domain/ids.js';
import type { Run } from '../../src/domain/run.js';
import { RunStore } from '../../src/scheduling/ports/run.store.js';
import { aRun } from '../support/builders.js';
import { NOON, RestWorld, type Answer, type Body } from './rest-world.js';

const DAY_MS = 86_400_000;

interface Figures {
  runs: number;
  truncated: boolean;
  success: number | null;
  duration: { p50Ms: number; p95Ms: number; worstMs: number } | null;
  lateness: { worstMs: number } | null;
  failuresInRow: number;
  byCode: { code: string; count: number }[];
  daily: { day: string; states: Record<string, number> }[];
}

interface Versions {
  items: {
    sequence: number;
    change: string;
    by: string;
    before: Record<string, unknown>;
    after: Record<string, unknown>;
  }[];
  nextCursor: string | null;
}

let world: RestWorld;
let task: Body;
beforeAll(async () => {
  world = await RestWorld.start();
  task = await world.task({ name: 'watched' });
});
afterAll(() => world.stop());

const read = <Shape>({ text }: Answer) => JSON.parse(text) as Shape;
const figures = (query = '', organization = 'acme') =>
  world.ask(`GET /v1/tasks/${task.id}/figures${query}`, { as: 'viewer', organization });
const store = (runs: Partial<Run>[]) =>
  world.app.get(RunStore, { strict: false }).insert(
    runs.map((fields, index) => {
      const scheduledFor = fields.scheduledFor ?? NOON - 1000 - index;
      return aRun({ organization: 'acme', taskId: task.id, id: newId(scheduledFor), scheduledFor, ...fields });
    }),
  );

describe('GET /v1/tasks/{id}/figures', () => {
  it('says so where nothing has run', async () => {
    expect(read<Figures>(await figures())).toMatchObject({
      ...{ runs: 0, truncated: false, success: null, duration: null, lateness: null, failuresInRow: 0 },
      ...{ byCode: [], daily: [] },
    });
  });

  it('tells how the task went', async () => {
    const ended = (daysAgo: number, state: Run['state'], tookMs: number, code?: string): Partial<Run> => {
      const startedAt = NOON - daysAgo * DAY_MS;
      const finishedAt = startedAt + tookMs;
      const attempt = { number: 1, instance: 'i', startedAt, finishedAt };
      const error = { code: code ?? '', message: 'no' };
      const attempts = code === undefined ? [] : [{ ...attempt, outcome: 'failed' as const, error }];
      return { scheduledFor: startedAt - 20, startedAt, finishedAt, state, latenessMs: 20, attempts };
    };
    await store([
      ...[ended(3, 'succeeded', 100), ended(2, 'succeeded', 300), ended(2.1, 'succeeded', 200)],
      ...[ended(1, 'failed', 4000, 'http-503'), ended(0.9, 'failed', 10, 'http-503'), ended(0.8, 'cancelled', 5)],
      ended(30, 'failed', 1, 'old'),
    ]);
    expect(read<Figures>(await figures())).toMatchObject({
      ...{ runs: 6, truncated: false, success: 0.6, failuresInRow: 2 },
      duration: { p50Ms: 100, p95Ms: 4000, worstMs: 4000 },
      lateness: { p50Ms: 20, p95Ms: 20, worstMs: 20 },
      byCode: [{ code: 'http-503', count: 2 }],
      daily: [
        { day: '2027-01-28T00:00:00.000Z', states: { succeeded: 1 } },
        { day: '2027-01-29T00:00:00.000Z', states: { succeeded: 2 } },
        { day: '2027-01-30T00:00:00.000Z', states: { failed: 2, cancelled: 1 } },
      ],
    });
    const older = '?from=2026-12-25T00:00:00Z&to=2027-01-10T00:00:00Z';
    expect(read<Figures>(await figures(older))).toMatchObject({ runs: 1, success: 0, byCode: [{ code: 'old' }] });
  });

  it('looks at the newest thousand runs, and says that there are more', async () => {
    await store(Array.from({ length: 1001 }, () => ({ state: 'succeeded' })));
    expect(read<Figures>(await figures())).toMatchObject({ runs: 1000, truncated: true, success: 1, failuresInRow: 0 });
  });

  it.each(['?from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z', '?from=2026-01-01T00:00:00Z', '?days=3'])(
    'refuses %s',
    async (query) => expect((await figures(query)).status).toBe(400),
  );
});

describe('GET /v1/tasks/{id}/versions', () => {
  const versions = async (id: string, query = '') =>
    read<Versions>(await world.ask(`GET /v1/tasks/${id}/versions${query}`, { as: 'viewer' }));

  it('lists what changed, newest first, and nothing else that the trail has of the task', async () => {
    const { id } = await world.task({ name: 'first', secrets: { token: 'a secret of mine' } });
    await world.ask(`POST /v1/tasks/${id}/run`);
    await world.ask(`PATCH /v1/tasks/${id}`, { body: { name: 'second', secrets: { token: 'another secret' } } });
    await world.ask(`POST /v1/tasks/${id}/pause`, { body: { reason: 'a pause' } });
    const { items, nextCursor } = await versions(id);
    expect(nextCursor).toBeNull();
    expect(items.map(({ change, by }) => [change, by])).toEqual([
      ['paused', 'tester'],
      ['changed', 'tester'],
      ['created', 'tester'],
    ]);
    expect(items[1]).toMatchObject({ before: { name: 'first' }, after: { name: 'second' } });
    expect(JSON.stringify(items)).not.toMatch(/a secret of mine|another secret/);
  });

  it('shows the task as it was after each change, which a patch restores', async () => {
    const { id } = await world.task({
      name: 'first',
      tags: ['a'],
      parameters: { deep: { one: 1 } },
      secrets: { key: 'k' },
    });
    const patch = (body: object) => world.ask(`PATCH /v1/tasks/${id}`, { body });
    await patch({ name: 'second', tags: [], parameters: { deep: { two: 2 } } });
    await world.ask(`POST /v1/tasks/${id}/pause`, { body: { reason: 'a pause' } });
    await patch({ description: 'third' });
    const { items } = await versions(id);
    const at = async ({ sequence }: { sequence: number }) =>
      read<{ definition: Record<string, unknown> }>(
        await world.ask(`GET /v1/tasks/${id}/versions/${sequence}`, { as: 'viewer' }),
      );
    const all = await Promise.all(items.map(at));
    const parameters = { deep: { one: 1, two: 2 } };
    expect(all).toMatchObject([
      { change: 'changed', definition: { name: 'second', description: 'third', tags: [] } },
      { change: 'paused', definition: { name: 'second', tags: [], parameters } },
      { change: 'changed', by: 'tester', definition: { name: 'second', tags: [], parameters } },
      { change: 'created', definition: { name: 'first', tags: ['a'], parameters: { deep: { one: 1 } } } },
    ]);
    const first = all[3]!.definition;
    for (const name of ['state', 'pausedReason', 'secrets']) expect(first).not.toHaveProperty(name);
    const restored = await patch({ ...first, parameters: { deep: { one: 1, two: null } }, description: null });
    expect(restored).toMatchObject({ status: 200, body: { name: 'first', parameters: { deep: { one: 1 } } } });
    expect((await at((await versions(id)).items[0]!)).definition).toEqual(first);
  });

  it.each([
    ['0', 400],
    ['latest', 400],
    ['999999', 404],
  ])('knows no version %s', async (version, status) => {
    const { id } = await world.task();
    expect((await world.ask(`GET /v1/tasks/${id}/versions/${version}`)).status).toBe(status);
  });

  it('comes page by page', async () => {
    const { id } = await world.task();
    for (const name of ['a', 'b', 'c']) await world.ask(`PATCH /v1/tasks/${id}`, { body: { name } });
    const seen: unknown[] = [];
    for (let query = '?limit=2'; query !== '';) {
      const page = await versions(id, query);
      seen.push(...page.items.map(({ after }) => after['name']));
      query = page.nextCursor === null ? '' : `?limit=2&cursor=${page.nextCursor}`;
    }
    expect(seen.slice(0, 3)).toEqual(['c', 'b', 'a']);
    expect(seen).toHaveLength(4);
  });
});

describe('GET /v1/tasks/{id}/versions of a task that runs often', () => {
  const outcomesOf = (id: string, count: number): AuditDraft[] =>
    Array.from({ length: count }, (_, index) => ({
      ...{
        id: newId(NOON),
        organization: 'acme',
        at: NOON,
        actor: ENGINE,
        action: OUTCOMES,
        objects: [id],
        before: null,
      },
      object: { type: 'run' as const, id: newId(NOON + index) },
      after: { runs: [{ id: newId(NOON + index), taskId: id, state: 'succeeded' }] },
    }));
  const runsOften = async (times: number) => {
    const { id } = await world.task();
    await world.app.get(ChainWriter, { strict: false }).append('acme', outcomesOf(id, times));
    return id;
  };
  const page = async (id: string, cursor: string | null) => {
    const query = cursor === null ? '' : `?cursor=${cursor}`;
    return read<Versions>(await world.ask(`GET /v1/tasks/${id}/versions${query}`, { as: 'viewer' }));
  };

  it('finds its changes behind the ends of hundreds of runs', async () => {
    const { items, nextCursor } = await page(await runsOften(300), null);
    expect(items.map(({ change }) => change)).toEqual(['created']);
    expect(nextCursor).toBeNull();
  });

  it('reads a bounded part of the trail in one request, and goes on in the next', async () => {
    const id = await runsOften(900);
    const search = jest.spyOn(world.app.get(AuditReads, { strict: false }), 'search');
    const first = await page(id, null);
    expect(first).toMatchObject({ items: [], nextCursor: expect.any(String) });
    expect(search.mock.calls.length).toBeLessThanOrEqual(50);
    for (const [, , { limit }] of search.mock.calls) expect(limit).toBeLessThanOrEqual(8);
    search.mockRestore();
    const third = await page(id, (await page(id, first.nextCursor)).nextCursor);
    expect(third.items.map(({ change }) => change)).toEqual(['created']);
    expect(third.nextCursor).toBeNull();
  });

  it('bounds what it reads for many changes, too', async () => {
    const { id } = await world.task();
    const writer = world.app.get(ChainWriter, { strict: false });
    for (let changes = 0; changes < 9; changes++) {
      await world.ask(`PATCH /v1/tasks/${id}`, { body: { name: `name ${changes}` } });
      await writer.append('acme', outcomesOf(id, 100));
    }
    const search = jest.spyOn(world.app.get(AuditReads, { strict: false }), 'search');
    const changes: string[] = [];
    for (let cursor: string | null = null, pages = 0; pages === 0 || cursor !== null; pages++) {
      search.mockClear();
      const { items, nextCursor } = await page(id, cursor);
      expect(search.mock.calls.length).toBeLessThanOrEqual(50);
      changes.push(...items.map(({ change }) => change));
      cursor = nextCursor;
    }
    search.mockRestore();
    expect(changes).toEqual([...Array.from({ length: 9 }, () => 'changed'), 'created']);
  });
});

describe('POST /v1/runs/cancel', () => {
  interface Told {
    dryRun: boolean;
    count: number;
    runs: string[];
    failed: unknown[];
    hasMore: boolean;
  }
  const cancel = async (body: unknown) => read<Told>(await world.ask('POST /v1/runs/cancel', { as: 'operator', body }));
  const running = async (count: number) => {
    const action = { type: 'noop', durationMs: 3_600_000 };
    const { id } = await world.task({ action, timeoutMs: 86_400_000, overlap: 'allow' });
    const ids: string[] = [];
    for (let runs = 0; runs < count; runs++) ids.push((await world.ask(`POST /v1/tasks/${id}/run`)).body.id);
    return { id, ids };
  };
  const stateOf = async (id: string) => (await world.ask(`GET /v1/runs/${id}`)).body.state;

  it('tells which runs it would cancel, cancels them, and no others', async () => {
    const [flood, other] = [await running(3), await running(1)];
    const plan = await cancel({ taskId: flood.id, dryRun: true });
    expect(plan).toEqual({ dryRun: true, count: 3, runs: expect.anything(), failed: [], hasMore: false });
    expect(plan.runs.toSorted()).toEqual(flood.ids.toSorted());
    expect(await stateOf(flood.ids[0]!)).not.toBe('cancelled');
    expect(await cancel({ taskId: flood.id, limit: 2 })).toMatchObject({ dryRun: false, count: 2, hasMore: true });
    expect(await cancel({ taskId: flood.id })).toMatchObject({ count: 1, failed: [], hasMore: false });
    for (const id of flood.ids) expect(await stateOf(id)).toBe('cancelled');
    expect(await stateOf(other.ids[0]!)).not.toBe('cancelled');
    expect(await cancel({ taskId: flood.id })).toMatchObject({ count: 0, runs: [] });
    await cancel({ taskId: other.id });
  });

  it('narrows by state, trigger and time', async () => {
    const { id, ids } = await running(1);
    for (let tries = 0; tries < 200 && (await stateOf(ids[0]!)) !== 'running'; tries++) await world.clock.advance(10);
    expect((await cancel({ taskId: id, states: ['pending', 'retrying'], dryRun: true })).count).toBe(0);
    expect((await cancel({ taskId: id, trigger: 'schedule', dryRun: true })).count).toBe(0);
    expect((await cancel({ taskId: id, to: '2027-01-01T00:00:00Z', dryRun: true })).count).toBe(0);
    expect((await cancel({ taskId: id, trigger: 'manual', states: ['running'] })).runs).toEqual(ids);
  });

  it('refuses what is malformed, and viewers', async () => {
    for (const body of [
      { states: ['failed'] },
      { limit: 0 },
      { from: '2027-01-02T00:00:00Z', to: '2027-01-01T00:00:00Z' },
    ])
      expect((await world.ask('POST /v1/runs/cancel', { body })).status).toBe(400);
    expect((await world.ask('POST /v1/runs/cancel', { as: 'viewer', body: {} })).status).toBe(403);
  });
});
