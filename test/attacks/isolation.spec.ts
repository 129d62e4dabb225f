import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NOON, RestWorld, taskBody, type Ask, type Body } from '../rest/rest-world.js';

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
/** A queue that is paused for that reason. Others may have one of the same name. */
const QUEUE = 'mail';
const MATRIX = 'from=2027-01-31T00:00:00Z&to=2027-02-02T00:00:00Z&step=1h';

/** The objects of an organization, and the texts that must appear nowhere else. */
interface Belongings {
  task: Body;
  run: Body;
  failed: Body;
  keyId: string;
  sourceId: string;
  /** Of a notification channel, a rule, a delivery and a schedule of reports. */
  noticeIds: readonly [string, string, string, string];
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
  const calendar = { timeZone: 'UTC', dates: ['2027-02-01'] };
  const calendars = { [BATTLE_CRY]: calendar, [QUEUE]: calendar };
  const settings = await world.ask('PUT /v1/settings', { body: { calendars } });
  const run = await world.finishedRun({ name: BATTLE_CRY, tags: [BATTLE_CRY] });
  const failing = { type: 'http', url: 'http://10.0.0.1/' };
  const failed = await world.finishedRun({ name: BATTLE_CRY, action: failing, retry: { maxAttempts: 1 } });
  const triggers = [{ type: 'cron', expression: '*/5 * * * *' }];
  const task = await world.task({ name: BATTLE_CRY, triggers, calendars: [BATTLE_CRY] });
  const key = await world.ask('POST /v1/api-keys', {
    body: { name: BATTLE_CRY, roles: ['viewer'], expiresAt: '2027-06-01T00:00:00Z' },
  });
  const paused = await world.ask(`POST /v1/queues/${QUEUE}/pause`, { body: { reason: BATTLE_CRY } });
  const source = await world.ask('POST /v1/webhook-sources', { body: { name: BATTLE_CRY, event: 'deployed' } });
  const channel = await world.ask('POST /v1/notification-channels', {
    body: { type: 'slack', name: BATTLE_CRY, url: 'https://10.0.0.1/nightly' },
  });
  const rule = await world.ask('POST /v1/notification-rules', {
    body: { name: BATTLE_CRY, on: ['failure'], channels: [channel.body.id] },
  });
  const schedule = await world.ask('POST /v1/report-schedules', {
    body: { name: BATTLE_CRY, channels: [channel.body.id] },
  });
  const tested = await world.ask(`POST /v1/notification-channels/${channel.body.id}/test`);
  const noticeIds = [channel, rule, tested, schedule].map(({ body }) => body.id) as [string, string, string, string];
  const cursorOf = async (path: string) => (await world.ask(`GET ${path}?limit=1`)).body.nextCursor!;
  const [keyId, sourceId] = [key.body.id, source.body.id];
  expect([settings.status, run.state, failed.state, key.status, paused.status, source.status]).toEqual([
    ...[200, 'succeeded', 'failed', 201, 200, 201],
  ]);
  return {
    task,
    run,
    failed,
    keyId,
    sourceId,
    noticeIds,
    taskCursor: await cursorOf('/v1/tasks'),
    runCursor: await cursorOf('/v1/runs'),
    auditCursor: await cursorOf('/v1/audit'),
    marks: [
      BATTLE_CRY,
      'acme',
      keyId,
      sourceId,
      ...noticeIds,
      ...[task, run, failed].flatMap(({ id, taskId }) => [id, taskId ?? id]),
    ],
  };
}

/** Requests of another organization to each route that does not name one object. */
const RECIPES: Record<string, () => (Ask & { query?: string })[]> = {
  'GET /v1/tasks': () => [
    {},
    { query: `?tag=${BATTLE_CRY}` },
    { query: '?q=umbrella' },
    { query: `?cursor=${acme.taskCursor}` },
    { query: `?ids=${acme.task.id}&ids=${acme.run.taskId}` },
    { query: '?sort=name&health=ok&health=never&health=failing' },
  ],
  'GET /v1/occurrences': () => [
    { query: `?${MATRIX}` },
    { query: `?${MATRIX}&ids=${acme.task.id}&ids=${acme.run.taskId}` },
    { query: `?${MATRIX}&tag=${BATTLE_CRY}` },
  ],
  'POST /v1/tasks/outcomes': () => [{ body: { ids: [acme.run.taskId, acme.failed.taskId, acme.task.id] } }],
  'POST /v1/tasks/check': () => [{ body: { task: taskBody({ calendars: [] }), id: acme.run.taskId } }],
  'GET /v1/stats/series': () => [
    { query: `?${MATRIX}` },
    { query: `?${MATRIX}&taskId=${acme.run.taskId}` },
    { query: `?${MATRIX}&tag=${BATTLE_CRY}` },
  ],
  'GET /v1/runs/failures': () => [{}, { query: `?taskId=${acme.failed.taskId}` }, { query: `?tag=${BATTLE_CRY}` }],
  'GET /v1/upcoming': () => [{}, { query: `?tag=${BATTLE_CRY}` }],
  'GET /v1/attention': () => [{}],
  // Where its own changes stand; how they are told is tried in test/rest/changes.spec.ts.
  'GET /v1/changes': () => [{}, { query: `?taskId=${acme.run.taskId}` }],
  'GET /v1/runs': () => [
    {},
    { query: `?taskId=${acme.run.taskId}` },
    { query: '?state=failed' },
    { query: '?trigger=manual&from=2020-01-01T00:00:00Z' },
    { query: `?tag=${BATTLE_CRY}` },
    { query: '?unmended=true&text=10.0.0.1' },
    { query: `?retryOf=${acme.failed.id}` },
    { query: '?minLatenessMs=0&order=oldest&by=finishedAt' },
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
  'GET /v1/audit/{sequence}': () => [{}],
  'GET /v1/api-keys': () => [{}],
  'GET /v1/forecast': () => [{}],
  'GET /v1/stats': () => [{}],
  'GET /v1/reports': () => [
    { query: '?from=2027-01-01T00:00:00Z&to=2027-03-01T00:00:00Z' },
    { query: `?from=2027-01-01T00:00:00Z&to=2027-03-01T00:00:00Z&taskId=${acme.run.taskId}&format=html` },
  ],
  'GET /v1/me': () => [{}],
  'GET /v1/settings': () => [{}],
  'GET /v1/settings/usage': () => [{}],
  'GET /v1/calendars/{name}/days': () => [{}],
  'POST /v1/settings/impact': () => [{ body: {} }, { body: { calendars: {} } }],
  'GET /v1/search': () => [{ query: `?q=${BATTLE_CRY}` }, { query: `?q=${acme.run.id}` }],
  'GET /v1/tasks/facets': () => [{}, { query: `?tag=${BATTLE_CRY}` }],
  'POST /v1/forecast': () => [
    { body: {} },
    { body: { without: { ids: [acme.task.id], tags: [BATTLE_CRY] } } },
    { body: { spread: { ids: [acme.task.id], spreadMs: 1000 } } },
  ],
  'GET /v1/clock-changes': () => [{}, { query: '?days=400' }],
  'GET /v1/forecast/starts': () => [{ query: `?at=${new Date(NOON).toISOString()}&stepMs=3600000` }],
  'GET /v1/instances': () => [{}],
  'GET /v1/webhook-sources': () => [{}],
  'POST /v1/webhook-sources': () => [{ body: { name: 'own', event: 'deployed' } }],
  'GET /v1/report-schedules': () => [{}],
  'POST /v1/report-schedules': () => [{ body: { name: 'own', channels: [acme.noticeIds[0]] } }],
  'GET /v1/notification-channels': () => [{}],
  'POST /v1/notification-channels': () => [
    { body: { type: 'slack', name: 'own', url: 'https://hooks.example.org/own' } },
  ],
  'GET /v1/notification-rules': () => [{}],
  'POST /v1/notification-rules': () => [{ body: { name: 'own', on: ['failure'], channels: [acme.noticeIds[0]] } }],
  'GET /v1/notification-deliveries': () => [{}, { query: `?channel=${acme.noticeIds[0]}` }],
  'POST /v1/notification-deliveries/redeliver': () => [{ body: {} }, { body: { status: 'failed' } }],
  'POST /v1/hooks/{sourceId}': () => [{ body: {} }],
  'POST /v1/events': () => [
    {
      headers: { 'content-type': 'application/cloudevents+json' },
      body: { specversion: '1.0', id: acme.task.id, source: '/acme', type: 'deployed', data: {} },
    },
  ],
  'GET /v1/events': () => [{}, { query: '?type=deployed' }, { query: `?source=/acme` }],
  'GET /v1/queues': () => [{}],
  'GET /health/live': () => [{}],
  'GET /health/ready': () => [{}],
  'GET /metrics': () => [{}],
  'POST /v1/tasks': () => [{ body: taskBody({ organization: 'acme' }) }, { body: taskBody() }],
  'POST /v1/tasks/batch': () => [{ body: { tasks: [taskBody()] } }],
  'POST /v1/tasks/delete': () => [
    { body: { ids: [acme.task.id, acme.run.taskId] } },
    { body: { tag: BATTLE_CRY } },
    { body: { all: true, dryRun: true } },
  ],
  'POST /v1/tasks/pause': () => [
    { body: { ids: [acme.task.id], reason: 'x' } },
    { body: { all: true, reason: 'own' } },
    { body: { tag: BATTLE_CRY, reason: 'own', dryRun: true } },
  ],
  'POST /v1/tasks/resume': () => [{ body: { all: true } }, { body: { reason: BATTLE_CRY } }],
  'POST /v1/queues/{name}/pause': () => [{ body: { reason: 'own' } }],
  'POST /v1/queues/{name}/resume': () => [{}],
  'POST /v1/runs/cancel': () => [{ body: { taskId: acme.run.taskId } }, { body: {} }, { body: { dryRun: true } }],
  'POST /v1/runs/retry': () => [{ body: { taskId: acme.failed.taskId } }, { body: {} }, { body: { dryRun: true } }],
  'POST /v1/triggers/preview': () => [{ body: { trigger: { type: 'cron', expression: '* * * * *' } } }],
  'POST /v1/triggers/events/{type}': () => [{ body: {} }],
  'POST /v1/api-keys': () => [{ body: { name: 'own', roles: ['viewer'], expiresAt: '2027-06-01T00:00:00Z' } }],
  'GET /v1/installation/organizations/{organization}': () => [{}],
  'PUT /v1/installation/organizations/{organization}': () => [{ body: { weight: 0.1 } }],
  'GET /v1/installation/settings': () => [{}],
  'PUT /v1/installation/settings': () => [{ body: { concurrency: 1 } }],
  'PATCH /v1/installation/settings': () => [{ body: { paused: { reason: 'mine' } } }],
  'GET /v1/installation/transports': () => [{}],
  'GET /v1/installation/audit': () => [{}],
  'GET /v1/installation/audit/verify': () => [{}],
  'GET /v1/dead-letters': () => [{}],
  'PUT /v1/settings': () => [{ headers: { 'if-match': '"0"' }, body: {} }],
};

/** What routes that name one object need in their query. */
const QUERIES: Record<string, string> = { 'DELETE /v1/tasks/{id}/skip': '?at=2027-02-01T00:00:00Z' };

function idFor(line: string): string {
  if (line.includes('/runs/')) return acme.run.id;
  if (line.includes('/api-keys/')) return acme.keyId;
  if (line.includes('/notification-channels/')) return acme.noticeIds[0];
  if (line.includes('/report-schedules/')) return acme.noticeIds[3];
  if (line.includes('/notification-rules/')) return acme.noticeIds[1];
  if (line.includes('/notification-deliveries/')) return acme.noticeIds[2];
  return line.includes('/webhook-sources/') ? acme.sourceId : acme.task.id;
}

/** A request for the object with this id that is correct in everything else. */
function askFor(
  line: string,
  id: string,
  { requestBody }: Operation,
  organization: string,
  accept = 'application/json',
) {
  const examples = Object.values(Object.values(requestBody?.content ?? {})[0]?.examples ?? {});
  const headers = { 'if-match': '"1"', accept };
  return world.ask(line.replace('{id}', id).replace('{version}', '1') + (QUERIES[line] ?? ''), {
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
      // The answer repeats the requested id; nothing else may differ.
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
      // What it is to the caller itself, each is told.
      if (!line.endsWith('/metrics') && line !== 'GET /v1/me')
        expect([seen.status, seen.body]).toEqual([empty.status, empty.body]);
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
      // An answer may repeat the ids that it was asked for.
      const own = idsOfBody(ask.body).reduce((rest, id) => rest.replaceAll(id, ''), text);
      for (const mark of acme.marks) expect(own).not.toContain(mark);
    }
    expect(await everything()).toEqual(before);
  });
});

/** What a request for many names. */
const idsOfBody = (body: unknown): string[] => (body as { ids?: string[] } | undefined)?.ids ?? [];

/** A documented route with its parameter filled in: an event type, another organization, or the name of its queue and calendar. */
const pathOf = (line: string): string =>
  line
    .replace('{type}', 'deployed')
    .replace('{organization}', 'acme')
    .replace('{name}', QUEUE)
    .replace('{sequence}', '1')
    .replace('{sourceId}', acme.sourceId);

/** Everything that the organization has. */
async function everything(): Promise<string[]> {
  const paths = [
    '/v1/tasks',
    '/v1/runs',
    '/v1/settings',
    '/v1/api-keys',
    '/v1/audit',
    '/v1/queues',
    '/v1/webhook-sources',
    '/v1/notification-channels',
    '/v1/notification-rules',
    '/v1/report-schedules',
    '/v1/notification-deliveries',
  ];
  return Promise.all(paths.map(async (path) => (await world.ask(`GET ${path}`)).text));
}
