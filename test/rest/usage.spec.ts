import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RestWorld } from './rest-world.js';

interface Use {
  used: number | null;
  limit: number | null;
}

interface Usage {
  tasks: Use;
  concurrentRuns: Use;
  startsPerMinute: Use;
  waiting: number;
  pools: { name: string; capacity: number; perMs: number | null; used: number | null }[];
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

async function startedRun(resources: Record<string, number>): Promise<string> {
  const action = { type: 'noop', durationMs: 3_600_000 };
  const { id } = await world.task({ action, timeoutMs: 86_400_000, resources });
  const run = (await world.ask(`POST /v1/tasks/${id}/run`)).body.id;
  for (let tries = 0; tries < 200; tries++) {
    if ((await world.ask(`GET /v1/runs/${run}`)).body.state === 'running') return run;
    await world.clock.advance(10);
  }
  throw new Error('The run does not start.');
}

it('has no limits where nobody set any', async () => {
  expect(await usage('newcomer')).toMatchObject({
    ...{ tasks: { used: 0, limit: null }, concurrentRuns: { used: 0, limit: null } },
    ...{ startsPerMinute: { used: null, limit: null }, waiting: 0, pools: [], truncated: false },
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
