// What went wrong, or was not run, is mended.
import assert from 'node:assert/strict';
import { heading, reached, seen } from './steps.mjs';
import { seriousIn, shoot } from './tab.mjs';

const BY_HAND = [{ type: 'manual' }];

/** Failures of two tasks are one class; they are counted first, and then run again. */
export async function classOfErrors({ page }, service) {
  const action = { type: 'http', url: 'http://127.0.0.1:9/' };
  for (const name of ['billing', 'shipping']) {
    const task = await service.call('POST /v1/tasks', { name, triggers: BY_HAND, action, retry: { maxAttempts: 1 } });
    const { id } = await service.call(`POST /v1/tasks/${task.id}/run`);
    await reached(service, id, 'failed');
  }
  await page.goto(`${service.url}/dashboard/runs`);
  await page.getByRole('button', { name: 'Failures by cause' }).click();
  const failures = page.getByRole('region', { name: /\d+ ×/ }).filter({ hasText: 'billing' });
  await seen(failures.getByRole('link', { name: 'shipping' }));
  await seen(failures.getByText(/not mended/));
  await shoot(page, 'failures');
  assert.deepEqual(await seriousIn(page), []);
  const before = await service.call('GET /v1/runs?trigger=retry&limit=100');
  await failures.getByRole('button', { name: /^Retry all \d+…/ }).click();
  const dialog = page.getByRole('dialog');
  await seen(dialog.getByText(/runs would run again/));
  assert.equal((await service.call('GET /v1/runs?trigger=retry&limit=100')).items.length, before.items.length);
  await shoot(page, 'retry-rehearsed');
  await dialog.getByRole('button', { name: /^Retry \d+/ }).click();
  await seen(dialog.getByText(/^(\d+) of \1 have ended/));
  await shoot(page, 'retry-progress');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await onlyUnmended(page, service);
}

/** Where a later success has mended some, the others can be retried alone. */
async function onlyUnmended(page, service) {
  const { items } = await service.call('GET /v1/tasks?q=billing');
  const { id } = items.find(({ name }) => name === 'billing');
  await service.call(`PATCH /v1/tasks/${id}`, { action: { type: 'noop', url: null, method: null } });
  const made = await service.call(`POST /v1/tasks/${id}/run`);
  await reached(service, made.id, 'succeeded');
  const retries = async () => (await service.call('GET /v1/runs?trigger=retry&limit=100')).items;
  const before = new Set((await retries()).map((run) => run.id));
  await page.goto(`${service.url}/dashboard/runs?view=failures`);
  const failures = page.getByRole('region', { name: /\d+ ×/ }).filter({ hasText: 'shipping' });
  await seen(failures.getByText('✓ mended').first());
  await failures.getByRole('button', { name: /^Retry the .* not mended…/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /^Retry \d+$/ }).click();
  await seen(dialog.getByText(/^(\d+) of \1 have ended/));
  const retried = (await retries()).filter((run) => !before.has(run.id));
  assert.equal(retried.length > 0 && retried.every(({ taskId }) => taskId !== id), true);
  await dialog.getByRole('button', { name: 'Close' }).click();
}

/** A run gets parameters of its own; a backfill is rehearsed before anything starts. */
export async function rehearsal({ page }, service) {
  const task = await service.call('POST /v1/tasks', {
    ...{ name: 'hourly sums', triggers: [{ type: 'cron', expression: '0 * * * *' }], action: { type: 'noop' } },
    parameters: { region: 'all' },
  });
  await page.goto(`${service.url}/dashboard/tasks/${task.id}`);
  await page.getByRole('button', { name: 'Run with…' }).click();
  await page.getByRole('textbox', { name: 'Parameters' }).fill('{"region": "north"}');
  await page.getByRole('dialog').getByRole('button', { name: 'Run now' }).click();
  await seen(heading(page, 'Run of hourly sums'));
  const id = new URL(page.url()).pathname.split('/').at(-1);
  assert.deepEqual((await service.call(`GET /v1/runs/${id}`)).parameters, { region: 'north' });
  await page.getByRole('link', { name: 'hourly sums' }).click();
  await page.getByRole('button', { name: 'Backfill…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('spinbutton', { name: 'One start every' }).fill('0.05');
  await dialog.getByRole('button', { name: 'Rehearse' }).click();
  await seen(dialog.getByText(/24 runs would start|23 runs would start/));
  await shoot(page, 'backfill-rehearsed');
  assert.deepEqual(await seriousIn(page), []);
  const started = async () => (await service.call(`GET /v1/runs?taskId=${task.id}&trigger=backfill&limit=100`)).items;
  assert.equal((await started()).length, 0);
  await dialog.getByRole('button', { name: /^Run 2[34]$/ }).click();
  await seen(dialog.getByText(/^(\d+) of \1 have ended/));
  assert.equal(
    (await started()).every(({ state }) => state === 'succeeded'),
    true,
  );
}
