import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FigureRecorder } from '../../src/stats/figure-recorder.js';
import { RestWorld, type Body } from './rest-world.js';

interface Use {
  used: number | null;
  limit: number | null;
}

interface Usage {
  tasks: Use;
  concurrentRuns: Use & { waiting: number };
  startsPerMinute: Use & { waiting: number };
  waiting: number;
  pools: { name: string; capacity: number; perMs: number | null; used: number | null; holders: { runId: string }[] }[];
  fairness: { weight: number; running: number; due: number; lateness: { p50Ms: number | null } };
  truncated: boolean;
}

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

/** What is told once it may not be that of a moment ago. */
async function usage(organization = 'acme'): Promise<Usage> {
  await world.clock.advance(1100);
  const { text } = await world.ask('GET /v1/settings/usage', { as: 'viewer', organization });
  return JSON.parse(text) as Usage;
}

/** A run of a new task, once it runs, or once it is told why it waits. */
async function aRun(
  resources: Record<string, number>,
  { name = 'held', organization = 'acme' } = {},
  isThere = ({ state }: Body) => state === 'running',
): Promise<Body> {
  const action = { type: 'noop', durationMs: 3_600_000 };
  const { id } = await world.task({ name, action, timeoutMs: 86_400_000, resources }, organization);
  const { body } = await world.ask(`POST /v1/tasks/${id}/run`, { organization });
  for (let tries = 0; tries < 200; tries++) {
    const run = (await world.ask(`GET /v1/runs/${body.id}`, { organization })).body;
    if (isThere(run)) return run;
    await world.clock.advance(10);
  }
  throw new Error('The run does not come so far.');
}
const startedRun = async (resources: Record<string, number>) => (await aRun(resources)).id;
const waits = (run: Body & { reason?: string | null }): boolean =>
  run.reason?.startsWith('waits for resources') ?? false;

it('has no limits where nobody set any', async () => {
  expect(await usage('newcomer')).toMatchObject({
    ...{ tasks: { used: 0, limit: null }, concurrentRuns: { used: 0, limit: null } },
    ...{ startsPerMinute: { used: null, limit: null }, waiting: 0, pools: [], truncated: false },
    fairness: { weight: 1, running: 0, lateness: { p50Ms: null } },
  });
});

it('tells what of quotas and pools is in use, and again when that is given back', async () => {
  const quotas = { tasks: 10, concurrentRuns: 4, startsPerMinute: 100 };
  const resources = { browser: 3, licence: { capacity: 5, perMs: 3_600_000 } };
  expect((await world.ask('PUT /v1/settings', { body: { quotas, resources } })).status).toBe(200);
  await world.clock.advance(1100);
  const run = await startedRun({ browser: 2, licence: 1 });
  expect(await usage()).toMatchObject({
    tasks: { used: 1, limit: 10 },
    concurrentRuns: { used: 1, limit: 4 },
    startsPerMinute: { used: 1, limit: 100 },
    pools: [
      { name: 'browser', capacity: 3, perMs: null, used: 2 },
      { name: 'licence', capacity: 5, perMs: 3_600_000, used: 1 },
    ],
    truncated: false,
  });
  await world.ask(`POST /v1/runs/${run}/cancel`);
  expect(await usage()).toMatchObject({
    concurrentRuns: { used: 0, limit: 4 },
    pools: [{ used: 0 }, { used: 1 }],
  });
  // Others see their own.
  expect((await usage('newcomer')).pools).toEqual([]);
});

it('says so where pools have more units than one look takes in', async () => {
  const resources = { a: 1000, b: 1000, c: 1 };
  await world.ask('PUT /v1/settings', { body: { resources } });
  await world.clock.advance(1100);
  const { pools, truncated } = await usage();
  expect(pools.map(({ used }) => used)).toEqual([0, 0, null]);
  expect(truncated).toBe(true);
});

const cancelled = (run: string, organization: string) =>
  world.driven(world.ask(`POST /v1/runs/${run}/cancel`, { organization }));

interface Attention {
  items: { kind: string; severity: string; since: string | null; sentence: string; count: number }[];
}

const concerns = async (organization: string) =>
  (JSON.parse((await world.ask('GET /v1/attention', { as: 'viewer', organization })).text) as Attention).items;

it('tells who holds a pool and how many wait for it, and that this needs attention', async () => {
  const organization = 'initech';
  const settings = { quotas: { concurrentRuns: 5 }, resources: { press: 2, ink: 1 } };
  await world.ask('PUT /v1/settings', { organization, body: settings });
  await world.clock.advance(1100);
  const holder = await aRun({ press: 2 }, { name: 'nightly <print>', organization });
  expect(await concerns(organization)).toEqual([]);
  const first = await aRun({ press: 1 }, { organization }, waits);
  const second = await aRun({ press: 1, ink: 1 }, { organization }, waits);
  await world.app.get(FigureRecorder, { strict: false }).flush();
  const { pools, concurrentRuns, fairness } = await usage(organization);
  const { id: runId, taskId, startedAt: since } = holder;
  expect(pools).toEqual([
    { name: 'ink', capacity: 1, perMs: null, used: 0, holders: [], waiting: 1 },
    {
      ...{ name: 'press', capacity: 2, perMs: null, used: 2, waiting: 2 },
      holders: [{ runId, taskId, name: 'nightly <print>', units: 2, since }],
    },
  ]);
  // They wait for all that they need, and the quota is a part of that; it is not what is short.
  expect(concurrentRuns).toEqual({ used: 1, limit: 5, waiting: 2 });
  expect(fairness).toMatchObject({ running: 1, lateness: { p50Ms: expect.any(Number) } });
  expect(fairness.due).toBeGreaterThan(0);
  const sentence = 'Of the pool “press”, 2 of 2 units are held, the longest by “nightly <print>”: 2 runs wait for it.';
  expect(await concerns(organization)).toEqual([{ kind: 'pool', severity: 'warning', since, sentence, count: 2 }]);
  expect((await usage('newcomer')).pools).toEqual([]);
  expect(await concerns('newcomer')).toEqual([]);
  // Those that wait first: none starts meanwhile.
  for (const run of [second.id, first.id, runId]) await cancelled(run, organization);
});

it('tells which quota is used up and what waits for it', async () => {
  const organization = 'hooli';
  const quotas = { tasks: 2, concurrentRuns: 1 };
  await world.ask('PUT /v1/settings', { organization, body: { quotas } });
  await world.clock.advance(1100);
  const running = await aRun({}, { organization });
  expect(await concerns(organization)).toEqual([]);
  const waiting = await aRun({}, { organization }, waits);
  await world.clock.advance(1100);
  const quota = { kind: 'quota', severity: 'warning', since: null };
  expect(await concerns(organization)).toEqual([
    { ...quota, sentence: 'The quota of 2 tasks is used up: no further one can be made.', count: 2 },
    { ...quota, sentence: 'The quota of 1 run at a time is used up: 1 run waits for it.', count: 1 },
  ]);
  for (const { id } of [waiting, running]) await cancelled(id, organization);
});
