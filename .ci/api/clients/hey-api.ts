// Five typical uses of the API through the client of @hey-api/openapi-ts, without a cast.
import { client } from '../generated/hey-api/client.gen';
import { changeTask, createTask, listRuns, listTasks, runTask } from '../generated/hey-api/sdk.gen';
import { check } from './check';

const { API_URL: baseUrl, API_TOKEN: token } = process.env;
async function use(): Promise<void> {
  client.setConfig({ baseUrl, auth: () => token });

  const made = await createTask({
    headers: { 'Idempotency-Key': 'hey-api' },
    body: {
      name: 'by hey-api',
      description: 'to be removed',
      triggers: [{ type: 'cron', expression: '0 2 * * *', timeZone: 'Europe/Berlin' }, { type: 'manual' }],
      action: { type: 'noop', durationMs: 1 },
      retry: { maxAttempts: 2, retryOn: [503, 'timeout'] },
    },
  });
  check(made.data !== undefined, 'a task is created');
  const { id, version } = made.data;

  const started = await runTask({ path: { id } });
  check(started.data?.taskId === id, 'a run begins');
  const runs = await listRuns({ query: { taskId: id, trigger: 'manual', limit: 10 } });
  check(runs.data?.items.length === 1 && runs.data.items[0]?.id === started.data.id, 'runs are listed by a filter');

  const patched = await changeTask({
    path: { id },
    headers: { 'If-Match': `"${version}"` },
    body: { description: null, retry: { retryOn: null, maxAttempts: 5 }, priority: 9 },
  });
  check(patched.data?.description === undefined && patched.data?.priority === 9, 'a patch removes what is null');
  check(
    patched.data.retry.maxAttempts === 5 && patched.data.retry.retryOn === undefined,
    'a patch reaches into objects',
  );

  for (let count = 0; count < 3; count++)
    await createTask({ body: { name: `page ${count}`, triggers: [{ type: 'manual' }], action: { type: 'noop' } } });
  const seen: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await listTasks({ query: { limit: 2, ...(cursor ? { cursor } : {}) } });
    check(page.data !== undefined, 'a page is read');
    seen.push(...page.data.items.map((task) => task.name));
    cursor = page.data.nextCursor;
  } while (cursor !== null);
  check(seen.length === 4 && new Set(seen).size === 4, 'pages hold each task once');

  const bad = await listTasks({ query: { limit: 1000 } });
  check(bad.error?.status === 400 && bad.error.errors[0]?.parameter === 'limit', 'a problem tells the parameter');
  check(bad.error.errors[0].detail.includes('1 to 200'), 'a problem has a sentence');
  console.log('@hey-api/openapi-ts: five of five.');
}

use().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
