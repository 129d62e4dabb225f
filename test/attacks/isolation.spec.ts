import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld, taskBody, type Ask, type Body } from '../rest/rest-world.js';

interface Operation {
  requestBody?: { content: Record<string, { examples: Record<string, { value: unknown }> }> };
}

const document = JSON.parse(await readFile(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ line: `${method.toUpperCase()} ${path}`, operation })),
);
const isOfOne = ({ line }: { line: string }) => line.includes('{id}');

const NO_TASK = '01a36b9d-0000-7000-8000-000000000000';
const BATTLE_CRY = 'umbrella-of-acme';

/** What an organization has, and what of it must be seen nowhere else. */
interface Belongings {
  task: Body;
  run: Body;
  failed: Body;
  keyId: string;
  taskCursor: string;
  runCursor: string;
  auditCursor: string;
  marks: string[];
}

let world: RestWorld;
let acme: Belongings;
beforeAll(async () => {
  world = await RestWorld.start();
  acme = await belongings();
});
afterAll(() => world.stop());

async function belongings(): Promise<Belongings> {
  const calendars = { [BATTLE_CRY]: { timeZone: 'UTC', dates: ['2027-02-01'] } };
  const settings = await world.ask('PUT /v1/settings', { body: { calendars } });
  const run = await world.finishedRun({ name: BATTLE_CRY, tags: [BATTLE_CRY] });
  const failing = { type: 'http', url: 'http://10.0.0.1/' };
  const failed = await world.finishedRun({ name: BATTLE_CRY, action: failing, retry: { maxAttempts: 1 } });
  const triggers = [{ type: 'cron', expression: '*/5 * * * *' }];
  const task = await world.task({ name: BATTLE_CRY, triggers, calendars: [BATTLE_CRY] });
  const key = await world.ask('POST /v1/api-keys', {
    body: { name: BATTLE_CRY, roles: ['viewer'], expiresAt: '2027-06-01T00:00:00Z' },
  });
  const cursorOf = async (path: string) => (await world.ask(`GET ${path}?limit=1`)).body.nextCursor!;
  const keyId = key.body.id;
  expect([settings.status, run.state, failed.state, key.status]).toEqual([200, 'succeeded', 'failed', 201]);
  return {
    task,
    run,
    failed,
    keyId,
    taskCursor: await cursorOf('/v1/tasks'),
    runCursor: await cursorOf('/v1/runs'),
    auditCursor: await cursorOf('/v1/audit'),
    marks: [BATTLE_CRY, 'acme', keyId, ...[task, run, failed].flatMap(({ id, taskId }) => [id, taskId ?? id])],
  };
}

/** What somebody of another organization could ask at each route that is not of one object. */
const RECIPES: Record<string, () => (Ask & { query?: string })[]> = {
  'GET /v1/tasks': () => [
    {},
    { query: `?tag=${BATTLE_CRY}` },
    { query: '?q=umbrella' },
    { query: `?cursor=${acme.taskCursor}` },
  ],
  'GET /v1/runs': () => [
    {},
    { query: `?taskId=${acme.run.taskId}` },
    { query: '?state=failed' },
    { query: '?trigger=manual&from=2020-01-01T00:00:00Z' },
    { query: `?cursor=${acme.runCursor}` },
  ],
  'GET /v1/audit': () => [
    {},
    { query: `?object=${acme.task.id}` },
    { query: '?actor=tester' },
    { query: '?action=task.created' },
    { query: `?cursor=${acme.auditCursor}` },
    { headers: { accept: 'application/x-ndjson' } },
  ],
  'GET /v1/audit/verify': () => [{}],
  'GET /v1/api-keys': () => [{}],
  'GET /v1/forecast': () => [{}],
  'GET /v1/stats': () => [{}],
  'GET /v1/settings': () => [{}],
  'GET /v1/instances': () => [{}],
  'GET /health/live': () => [{}],
  'GET /health/ready': () => [{}],
  'GET /metrics': () => [{}],
  'POST /v1/tasks': () => [{ body: taskBody({ organization: 'acme' }) }, { body: taskBody() }],
  'POST /v1/tasks/batch': () => [{ body: { tasks: [taskBody()] } }],
  'POST /v1/runs/retry': () => [{ body: { taskId: acme.failed.taskId } }, { body: {} }, { body: { dryRun: true } }],
  'POST /v1/triggers/preview': () => [{ body: { trigger: { type: 'cron', expression: '* * * * *' } } }],
  'POST /v1/triggers/events/{type}': () => [{ body: {} }],
  'POST /v1/api-keys': () => [{ body: { name: 'own', roles: ['viewer'], expiresAt: '2027-06-01T00:00:00Z' } }],
  'GET /v1/installation/organizations/{organization}': () => [{}],
  'PUT /v1/installation/organizations/{organization}': () => [{ body: { weight: 0.1 } }],
  'PUT /v1/settings': () => [{ headers: { 'if-match': '"0"' }, body: {} }],
};

const idFor = (line: string) =>
  line.includes('/runs/') ? acme.run.id : line.includes('/api-keys/') ? acme.keyId : acme.task.id;

/** A request for the object of that id which is right in all but that. */
function askFor(
  line: string,
  id: string,
  { requestBody }: Operation,
  organization: string,
  accept = 'application/json',
) {
  const examples = Object.values(Object.values(requestBody?.content ?? {})[0]?.examples ?? {});
  const headers = { 'if-match': '"1"', accept };
  return world.ask(line.replace('{id}', id), {
    organization,
    headers,
    ...(examples[0] && { body: examples[0].value }),
  });
}

describe('another organization', () => {
  it.each(operations.filter(isOfOne))('cannot tell whether there is anything at $line', async ({ line, operation }) => {
    for (const accept of ['application/json', 'text/event-stream']) {
      const there = await askFor(line, idFor(line), operation, 'intruder', accept);
      const nowhere = await askFor(line, NO_TASK, operation, 'intruder', accept);
      // The id that was asked for is told back; nothing else may differ.
      const text = there.text.replaceAll(idFor(line), NO_TASK);
      expect({ status: there.status, text }).toEqual({ status: 404, text: nowhere.text });
      for (const mark of acme.marks) expect(text).not.toContain(mark);
    }
  });

  it('is tried at every other route that is documented', () => {
    const others = operations.filter((operation) => !isOfOne(operation)).map(({ line }) => line);
    expect(others.sort()).toEqual(Object.keys(RECIPES).sort());
  });

  it.each(Object.keys(RECIPES).filter((line) => line.startsWith('GET')))('sees nothing at %s', async (line) => {
    for (const { query = '', ...ask } of RECIPES[line]!()) {
      const [seen, empty] = [
        await world.ask(pathOf(line) + query, { ...ask, organization: 'intruder' }),
        await world.ask(pathOf(line) + query, { ...ask, organization: 'bystander' }),
      ];
      for (const mark of acme.marks) expect(seen.text).not.toContain(mark);
      if (!line.endsWith('/metrics')) expect([seen.status, seen.body]).toEqual([empty.status, empty.body]);
    }
  });

  it.each(Object.keys(RECIPES).filter((line) => !line.startsWith('GET')))('reaches nothing by %s', async (line) => {
    const before = await everything();
    for (const { query = '', ...ask } of RECIPES[line]!()) {
      const { text, status } = await world.ask(pathOf(line) + query, {
        ...ask,
        organization: 'writer',
      });
      expect(status).toBeLessThan(500);
      for (const mark of acme.marks) expect(text).not.toContain(mark);
    }
    expect(await everything()).toEqual(before);
  });
});

/** The line of a request for what a documented route names: an event type, or another organization. */
const pathOf = (line: string): string => line.replace('{type}', 'deployed').replace('{organization}', 'acme');

/** All that the organization has. */
async function everything(): Promise<string[]> {
  const paths = ['/v1/tasks', '/v1/runs', '/v1/settings', '/v1/api-keys', '/v1/audit'];
  return Promise.all(paths.map(async (path) => (await world.ask(`GET ${path}`)).text));
}
