// What was due and what became of it, looked at over time.
import assert from 'node:assert/strict';
import { heading, seen } from './steps.mjs';
import { seriousIn, shoot } from './tab.mjs';

/** The matrix by keyboard: a cell is found, explained in place, and the focus comes back to it. */
export async function matrix({ page }, service) {
  await page.goto(`${service.url}/dashboard/tasks`);
  await seen(page.getByRole('img', { name: /Last outcomes: .*succeeded/ }));
  await page.getByRole('button', { name: 'Matrix' }).click();
  const grid = page.getByRole('grid', { name: 'Occurrences by task and time' });
  await seen(grid.getByRole('gridcell', { name: /succeeded/ }));
  await page.getByRole('combobox', { name: 'Show' }).selectOption('4h');
  await page.waitForURL(/range=4h/);
  await seen(grid.getByRole('gridcell', { name: /planned/ }));
  assert.equal(await grid.locator('[role="gridcell"][tabindex="0"]').count(), 1, 'one stop of the Tab key');
  await grid.locator('[role="gridcell"][tabindex="0"]').focus();
  await page.keyboard.press('End');
  const place = () => page.evaluate(() => document.activeElement.dataset.place);
  const [row, last] = (await place()).split('-').map(Number);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowDown');
  assert.equal(await place(), `${row + 1}-${last - 1}`);
  await shoot(page, 'matrix');
  const cell = grid.getByRole('gridcell', { name: /succeeded/ }).first();
  const there = await cell.getAttribute('data-place');
  await cell.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await seen(dialog);
  assert.match(page.url(), /cell=/);
  await seen(dialog.getByText(/Evidence|Why\?/));
  await shoot(page, 'matrix-cell');
  assert.deepEqual(await seriousIn(page), []);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.waitForFunction((wanted) => document.activeElement.dataset.place === wanted, there);
  await page.getByRole('button', { name: '← Earlier' }).click();
  await seen(page.getByRole('button', { name: 'Now', exact: true }));
  await page.getByRole('button', { name: 'List' }).click();
  await seen(heading(page, 'Tasks'));
}

/** One occurrence to come is skipped, with a reason, and put back by the undo. */
export async function skipOne({ page }, service) {
  const task = await service.call('POST /v1/tasks', {
    ...{ name: 'hourly', triggers: [{ type: 'cron', expression: '0 * * * *' }], action: { type: 'noop' } },
  });
  await page.goto(`${service.url}/dashboard/tasks/${task.id}`);
  await seen(heading(page, 'hourly'));
  const coming = page.getByRole('region', { name: 'Coming' });
  await coming.getByRole('button', { name: 'Skip…' }).nth(1).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('a holiday');
  await shoot(page, 'skip');
  assert.deepEqual(await seriousIn(page), []);
  await dialog.getByRole('button', { name: 'Skip it' }).click();
  await seen(coming.getByText('a holiday'));
  const { runs } = await service.call(`GET /v1/tasks/${task.id}/next-runs?count=3`);
  assert.deepEqual(
    runs.map(({ skipped }) => skipped?.reason),
    [undefined, 'a holiday', undefined],
  );
  await shoot(page, 'skipped');
  assert.deepEqual(await seriousIn(page), []);
  await page.getByRole('button', { name: 'Undo' }).click();
  await coming.getByText('a holiday').waitFor({ state: 'detached' });
}

/** What a task was before, how it goes, and many of its runs cancelled at once. */
export async function versionsAndFigures({ page }, service) {
  const task = await service.call('POST /v1/tasks', {
    ...{ name: 'a flood', triggers: [{ type: 'manual' }], overlap: 'allow' },
    action: { type: 'noop', durationMs: 60_000 },
  });
  for (let runs = 0; runs < 3; runs++) await service.call(`POST /v1/tasks/${task.id}/run`);
  await service.call(`PATCH /v1/tasks/${task.id}`, { priority: 7 });
  await page.goto(`${service.url}/dashboard/tasks/${task.id}?tab=versions`);
  await seen(page.getByRole('heading', { name: 'Changed' }));
  await seen(page.getByText('priority'));
  await shoot(page, 'versions');
  await page.getByRole('button', { name: 'Restore…' }).click();
  const restore = page.getByRole('dialog');
  await seen(restore.getByText('priority'));
  await shoot(page, 'restore');
  assert.deepEqual(await seriousIn(page), []);
  await restore.getByRole('button', { name: 'Restore', exact: true }).click();
  await seen(page.getByText('The task is as it was then.'));
  assert.equal((await service.call(`GET /v1/tasks/${task.id}`)).priority, 5);
  await page.getByRole('link', { name: 'Figures' }).click();
  await seen(page.getByRole('region', { name: 'Outcomes by day' }));
  await shoot(page, 'figures');
  assert.deepEqual(await seriousIn(page), []);
  await page.goto(`${service.url}/dashboard/runs?state=running&taskId=${task.id}`);
  await page.getByRole('button', { name: 'Cancel these…' }).click();
  const dialog = page.getByRole('dialog');
  await seen(dialog.getByText('3 runs would be cancelled'));
  await shoot(page, 'cancel-many');
  await dialog.getByRole('button', { name: 'Cancel 3 runs' }).click();
  await seen(dialog.getByText('3 runs are cancelled'));
  await page.keyboard.press('Escape');
  // The stream of changes has the list read anew.
  await seen(page.getByText('No run fits.'));
}
