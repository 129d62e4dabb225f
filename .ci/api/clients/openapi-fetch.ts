// Five typical uses of the API through openapi-fetch with the types of openapi-typescript, without a cast.
import createClient from 'openapi-fetch';
import type { paths } from '../generated/schema.js';
import { check } from './check.js';

const { API_URL: baseUrl, API_TOKEN: token } = process.env;
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } });

const made = await client.POST('/v1/tasks', {
  params: { header: { 'Idempotency-Key': 'openapi-fetch' } },
  body: {
    name: 'by openapi-fetch',
    description: 'to be removed',
    triggers: [{ type: 'cron', expression: '0 2 * * *', timeZone: 'Europe/Berlin' }, { type: 'manual' }],
    action: { type: 'noop', durationMs: 1 },
    retry: { maxAttempts: 2, retryOn: [503, 'timeout'] },
  },
});
check(made.data !== undefined, 'a task is created');
const { id, version } = made.data;

const started = await client.POST('/v1/tasks/{id}/run', { params: { path: { id } } });
check(started.data?.taskId === id, 'a run begins');
const runs = await client.GET('/v1/runs', { params: { query: { taskId: id, trigger: 'manual', limit: 10 } } });
check(runs.data?.items.length === 1 && runs.data.items[0]?.id === started.data.id, 'runs are listed by a filter');

const patched = await client.PATCH('/v1/tasks/{id}', {
  params: { path: { id }, header: { 'If-Match': `"${version}"` } },
  body: { description: null, retry: { retryOn: null, maxAttempts: 5 }, priority: 9 },
});
check(patched.data?.description === undefined && patched.data?.priority === 9, 'a patch removes what is null');
check(patched.data.retry.maxAttempts === 5 && patched.data.retry.retryOn === undefined, 'a patch reaches into objects');

for (let made = 0; made < 3; made++) {
  const body = { name: `page ${made}`, triggers: [{ type: 'manual' as const }], action: { type: 'noop' as const } };
  await client.POST('/v1/tasks', { body });
}
const seen: string[] = [];
let cursor: string | null | undefined;
do {
  const page = await client.GET('/v1/tasks', { params: { query: { limit: 2, ...(cursor ? { cursor } : {}) } } });
  check(page.data !== undefined, 'a page is read');
  seen.push(...page.data.items.map((task) => task.name));
  cursor = page.data.nextCursor;
} while (cursor !== null);
check(seen.length === 4 && new Set(seen).size === 4, 'pages hold each task once');

const bad = await client.GET('/v1/tasks', { params: { query: { limit: 1000 } } });
check(bad.error?.status === 400 && bad.error.errors[0]?.parameter === 'limit', 'a problem tells the parameter');
check(bad.error.errors[0].detail.includes('1 to 200'), 'a problem has a sentence');
console.log('openapi-typescript and openapi-fetch: five of five.');
