// What is found among much: by facets, by tags, by the palette; and reports that are sent regularly.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { heading, reached, seen } from './steps.mjs';
import { seriousIn, shoot } from './tab.mjs';

/** The filters say how many tasks they leave, and a tag is chosen from them, or in the palette. */
export async function facetsAndTags({ page }, service) {
  const task = (name, tags) => ({ name, triggers: [{ type: 'manual' }], action: { type: 'noop' }, tags });
  const tasks = [task('plum', ['orchard', 'blue']), task('pear', ['orchard']), task('leek', ['beds'])];
  await service.call('POST /v1/tasks/batch', { tasks });
  // The service counts every few seconds, and somebody may just have asked.
  const isCounted = async () =>
    (await service.call('GET /v1/tasks/facets')).tags.some(({ value }) => value === 'orchard');
  while (!(await isCounted())) await wait(200);
  await page.goto(`${service.url}/dashboard/tasks`);
  const tag = page.getByRole('combobox', { name: 'Tag' });
  await tag.locator('option', { hasText: 'orchard (2)' }).waitFor({ state: 'attached' });
  await tag.selectOption('orchard');
  await page.waitForURL(/tag=orchard/);
  const table = page.getByRole('table', { name: 'Tasks' });
  await table.getByRole('link', { name: 'leek' }).waitFor({ state: 'detached' });
  await seen(table.getByRole('link', { name: 'plum' }));
  await page.getByLabel('Part of the name').fill('PEA');
  await page.keyboard.press('Enter');
  await table.getByRole('link', { name: 'plum' }).waitFor({ state: 'detached' });
  assert.match(page.url(), /tag=orchard/, 'filters add up');
  assert.deepEqual(await table.getByRole('link').allInnerTexts(), ['pear']);
  await shoot(page, 'facets');
  await page.getByRole('button', { name: /Remove the filter name/ }).click();
  await seen(table.getByRole('link', { name: 'plum' }));
  await page.getByRole('button', { name: /Remove the filter tag/ }).click();
  await page.waitForURL((url) => !url.search.includes('tag'));
}

/** The palette goes to the tasks with a tag, and to a run by the beginning of its id. */
export async function search({ page }, service) {
  const { items } = await service.call('GET /v1/tasks?tag=orchard');
  const { id } = await service.call(`POST /v1/tasks/${items[0].id}/run`);
  await page.goto(`${service.url}/dashboard/`);
  await seen(heading(page, 'Overview'));
  const wanted = page.getByRole('combobox', { name: /page, a task/ });
  await page.keyboard.press('Control+k');
  await wanted.fill('orch');
  await page.getByRole('option', { name: /orchard/ }).click();
  await page.waitForURL(/tag=orchard/);
  await seen(heading(page, 'Tasks'));
  await page.keyboard.press('Control+k');
  await wanted.fill(id.slice(0, 23));
  await page.getByRole('option', { name: new RegExp(id.slice(0, 8)) }).click();
  await seen(heading(page, /Run of (plum|pear)/));
  assert.equal(new URL(page.url()).pathname.split('/').at(-1), id);
}

/** A report is sent regularly, then otherwise; what somebody else changed meanwhile is not overwritten. */
export async function reportSchedule(tab, service) {
  const { page } = tab;
  const url = 'https://hooks.example.com/services/reports';
  await service.call('POST /v1/notification-channels', { type: 'slack', name: 'mornings', url });
  await page.goto(`${service.url}/dashboard/reports`);
  const section = page.getByRole('region', { name: 'Sent regularly' });
  await section.getByRole('button', { name: 'New schedule' }).click();
  await page.getByLabel('Name').fill('the week');
  await page.getByLabel('How often').selectOption('week');
  await page.getByRole('button', { name: 'Create' }).click();
  await seen(section.getByText('Each week at 6:00 UTC to mornings; one line for each task'));
  await section.getByRole('button', { name: 'Edit the week' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit the schedule' });
  await dialog.getByLabel('Hour, in UTC').fill('9');
  await dialog.getByLabel('Lines').selectOption('tag');
  assert.deepEqual(await seriousIn(page), []);
  await shoot(page, 'report-schedule');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await seen(section.getByText('Each week at 9:00 UTC to mornings; one line for each tag'));
  const schedules = async () => (await service.call('GET /v1/report-schedules')).items;
  const { id, hour, by } = (await schedules()).find(({ name }) => name === 'the week');
  assert.deepEqual([hour, by], [9, 'tag']);
  await section.getByRole('button', { name: 'Edit the week' }).click();
  await service.call(`PATCH /v1/report-schedules/${id}`, { hour: 11 });
  await dialog.getByLabel('Hour, in UTC').fill('7');
  tab.forgive(true);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await seen(dialog.getByRole('alert'));
  tab.forgive(false);
  assert.equal((await schedules()).find((each) => each.id === id).hour, 11);
  await page.keyboard.press('Escape');
  await section.getByRole('button', { name: 'Remove the week' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await seen(page.getByText('The report is sent no more.'));
}

/** Runs are narrowed step by step, each step a chip; of one, the log is read by attempt and saved, and another is cancelled with a reason. */
export async function runsNarrowed({ page }, service) {
  const task = (name, action) => ({ name, tags: ['narrow'], triggers: [{ type: 'manual' }], action });
  const work = { type: 'noop', durationMs: 60_000 };
  const hurried = { ...task('far receiver', work), timeoutMs: 1000, retry: { maxAttempts: 2, baseDelayMs: 10 } };
  const failing = await service.call('POST /v1/tasks', hurried);
  const long = await service.call('POST /v1/tasks', task('long work', work));
  const failed = await service.call(`POST /v1/tasks/${failing.id}/run`, { reason: 'asked by audit' });
  const running = await service.call(`POST /v1/tasks/${long.id}/run`);
  await reached(service, failed.id, 'timed_out');
  await page.goto(`${service.url}/dashboard/runs`);
  await page.getByRole('button', { name: 'Went wrong' }).click();
  await page.getByRole('button', { name: '1 hour' }).click();
  await page.getByText('More filters').click();
  await page.getByRole('combobox', { name: 'Tag of the task' }).selectOption('narrow');
  await page.waitForURL(/only=bad.*since=1h.*tag=narrow/);
  const table = page.getByRole('table', { name: 'Runs' });
  await seen(table.getByRole('link', { name: 'far receiver' }));
  await table.getByRole('link', { name: 'long work' }).waitFor({ state: 'detached' });
  await shoot(page, 'runs-narrowed');
  assert.deepEqual(await seriousIn(page), []);
  await page.getByRole('button', { name: /Remove the filter only/ }).click();
  await seen(table.getByRole('link', { name: 'long work' }));
  await table.getByRole('link', { name: `Run ${failed.id}: timed out` }).click();
  await seen(page.getByText('asked by audit'));
  await page.getByRole('combobox', { name: 'Attempt' }).selectOption('2');
  await seen(page.getByText(/ of attempt 2$/));
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download these lines' }).click();
  assert.equal((await saved).suggestedFilename(), `run-${failed.id}.log`);
  await shoot(page, 'log-of-attempt');
  assert.deepEqual(await seriousIn(page), []);
  await page.goto(`${service.url}/dashboard/runs/${running.id}`);
  await page.getByRole('button', { name: 'Cancel the run…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('not today');
  await dialog.getByRole('button', { name: 'Cancel the run' }).click();
  await reached(service, running.id, 'cancelled');
  await seen(page.getByText('not today'));
  await shoot(page, 'cancelled-run');
}
