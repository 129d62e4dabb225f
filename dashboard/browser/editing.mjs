// Tasks that are written in the browser.
import assert from 'node:assert/strict';
import { heading, seen } from './steps.mjs';
import { shoot } from './tab.mjs';

/** A new task: the preview follows what is typed, faults stand at their fields, the JSON is in step. */
export async function newTask(tab, service) {
  const { page } = tab;
  await page.goto(`${service.url}/dashboard/tasks`);
  await page.getByRole('link', { name: 'New task' }).click();
  await seen(heading(page, 'New task'));
  await seen(page.locator('.previews .sentence'));
  const expression = page.getByLabel('Expression');
  await expression.fill('30 2 * * *');
  await page.getByLabel('Time zone').last().fill('Europe/Berlin');
  await seen(page.getByRole('columnheader', { name: 'In Europe/Berlin' }));
  await seen(page.getByText(/02:30:00 GMT\+[12]/));
  tab.forgive(true);
  await expression.fill('61 2 * * *');
  await seen(page.locator('.previews .fault'));
  await page.getByRole('button', { name: 'Create' }).click();
  await seen(page.getByText('It is not saved:'));
  await page.getByRole('alert').getByRole('button', { name: 'Trigger 1: expression' }).click();
  assert.equal(await expression.evaluate((field) => field === document.activeElement), true);
  await shoot(page, 'editor-faults');
  tab.forgive(false);
  await expression.fill('30 2 * * 1-5');
  await page.getByLabel('Name').first().fill('written here');
  await page.getByLabel('Type of the action').selectOption('noop');
  await page.getByRole('button', { name: 'Compare' }).click();
  const compared = page.getByRole('region', { name: 'The load, compared' });
  await seen(compared.getByRole('row', { name: /in the busiest second/ }));
  await shoot(page, 'editor-load');
  await page.getByRole('button', { name: 'JSON' }).click();
  const json = page.getByLabel('The task as JSON');
  const draft = JSON.parse(await json.inputValue());
  assert.deepEqual(draft.triggers, [{ type: 'cron', expression: '30 2 * * 1-5', timeZone: 'Europe/Berlin' }]);
  await json.fill(JSON.stringify({ ...draft, tags: ['typed'] }));
  await page.getByRole('button', { name: 'Form' }).click();
  assert.equal(await page.getByLabel('Tags').inputValue(), 'typed');
  await page.getByRole('button', { name: 'Create' }).click();
  await seen(heading(page, 'written here'));
  const { items } = await service.call('GET /v1/tasks?tag=typed');
  assert.equal(items[0].action.type, 'noop');
}

/** Somebody else saves first: both changes are merged, and mine wins where both changed the same. */
export async function conflict(tab, service) {
  const { page } = tab;
  const { items } = await service.call('GET /v1/tasks?tag=typed');
  const { id } = items[0];
  await page.goto(`${service.url}/dashboard/tasks/${id}/edit`);
  await page.getByLabel('Name').first().fill('mine');
  await service.call(`PATCH /v1/tasks/${id}`, { name: 'theirs', tags: ['typed', 'theirs'] });
  tab.forgive(true);
  await page.getByRole('button', { name: 'Save' }).click();
  await seen(page.getByRole('dialog', { name: /has changed it meanwhile/ }));
  tab.forgive(false);
  await seen(page.getByText('Both changed name.'));
  await shoot(page, 'editor-conflict');
  await page.getByRole('button', { name: /^Merge/ }).click();
  assert.equal(await page.getByLabel('Tags').inputValue(), 'typed, theirs');
  await page.getByRole('button', { name: 'Save' }).click();
  await seen(heading(page, 'mine'));
  const saved = await service.call(`GET /v1/tasks/${id}`);
  assert.deepEqual([saved.name, saved.tags], ['mine', ['typed', 'theirs']]);
}
