// Lists of tasks: sorted, narrowed by how the tasks do, and many deleted.
import assert from 'node:assert/strict';
import { reached, seen } from './steps.mjs';
import { quiet, seriousIn, shoot } from './tab.mjs';

const task = (name, tag, more = {}) => ({
  ...{ name, tags: [tag], triggers: [{ type: 'manual' }], action: { type: 'noop' } },
  ...more,
});
const tableOf = (page) => page.getByRole('table', { name: 'Tasks' });
const namesIn = (page) => tableOf(page).locator('.body-group').getByRole('link').allInnerTexts();

/** Waits until the list has these names, in this order. */
async function listed(page, names) {
  await page.waitForFunction((wanted) => {
    const links = [...document.querySelectorAll('[aria-label="Tasks"] .body-group a')];
    return JSON.stringify(links.map(({ textContent }) => textContent)) === wanted;
  }, JSON.stringify(names));
}

/** A click on a head sorts, the next one turns the order round; both stand in the address. */
export async function sorted({ page }, service) {
  const daily = (hour) => ({ triggers: [{ type: 'cron', expression: `0 ${hour} 1 1 *` }] });
  const tasks = [
    task('cedar', 'sorted', daily(3)),
    task('aspen', 'sorted', daily(5)),
    task('birch', 'sorted', daily(4)),
  ];
  await service.call('POST /v1/tasks/batch', { tasks });
  await page.goto(`${service.url}/dashboard/tasks?tag=sorted`);
  await seen(tableOf(page).getByRole('link', { name: 'cedar' }));
  const head = (name) => tableOf(page).getByRole('columnheader', { name });
  assert.equal(await head('Name').getAttribute('aria-sort'), 'none');
  await head('Name').getByRole('button').click();
  await listed(page, ['aspen', 'birch', 'cedar']);
  assert.equal(await head('Name').getAttribute('aria-sort'), 'ascending');
  assert.match(page.url(), /sort=name/);
  await head('Name').getByRole('button').click();
  await listed(page, ['cedar', 'birch', 'aspen']);
  assert.match(page.url(), /order=desc/);
  await shoot(page, 'sorted');
  await head('Next start').getByRole('button').click();
  await listed(page, ['cedar', 'birch', 'aspen']);
  await page.reload();
  await listed(page, ['cedar', 'birch', 'aspen']);
  assert.match(page.url(), /sort=nextRunAt/);
  assert.deepEqual(await seriousIn(page), []);
}

/** Only those that fail, or have never run: a filter as the others, with its chip. */
export async function narrowedByHealth({ page }, service) {
  const broken = { action: { type: 'http', url: 'http://127.0.0.1:9/' }, retry: { maxAttempts: 1 } };
  const tasks = [task('sick', 'health', broken), task('well', 'health'), task('new here', 'health')];
  const made = await service.call('POST /v1/tasks/batch', { tasks });
  const [sick, well] = made.results.map((each) => each.task);
  for (const [{ id }, state] of [
    [sick, 'failed'],
    [well, 'succeeded'],
  ])
    await reached(service, (await service.call(`POST /v1/tasks/${id}/run`)).id, state);
  await page.goto(`${service.url}/dashboard/tasks?tag=health`);
  await seen(tableOf(page).getByRole('link', { name: 'well' }));
  const health = page.getByRole('combobox', { name: 'Health' });
  await health.selectOption('failing');
  await listed(page, ['sick']);
  assert.match(page.url(), /health=failing/);
  await shoot(page, 'by-health');
  assert.deepEqual(await seriousIn(page), []);
  await health.selectOption('never');
  await listed(page, ['new here']);
  await page.getByRole('button', { name: /Remove the filter health/ }).click();
  await tableOf(page).getByRole('link', { name: 'well' }).waitFor();
  await page.goto(`${service.url}/dashboard/tasks/${sick.id}`);
  await seen(page.getByText(/Its last run failed, and none before that is known/));
}

/** Those that fit are named before they are deleted; without a filter, none can be. */
export async function deletedMany({ page }, service) {
  const tasks = ['oak', 'elm', 'ash'].map((name) => task(name, 'felled'));
  await service.call('POST /v1/tasks/batch', { tasks: [...tasks, task('yew', 'standing')] });
  const left = async () => (await service.call('GET /v1/tasks?tag=felled')).items.map(({ name }) => name).sort();
  await page.goto(`${service.url}/dashboard/tasks`);
  await seen(tableOf(page).getByRole('link', { name: 'yew' }));
  await quiet(page);
  assert.equal(await page.getByRole('button', { name: /^Delete/ }).count(), 0, 'all tasks at once');
  await page.goto(`${service.url}/dashboard/tasks?tag=felled`);
  await page.getByRole('button', { name: 'Delete all that fit…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete 3 tasks' });
  assert.deepEqual((await dialog.getByRole('listitem').allInnerTexts()).sort(), ['ash', 'elm', 'oak']);
  await shoot(page, 'delete-many');
  assert.deepEqual(await seriousIn(page), []);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(await left(), ['ash', 'elm', 'oak'], 'the look deletes nothing');
  await page.getByRole('button', { name: 'Delete all that fit…' }).click();
  // What comes meanwhile was not named: it stays.
  await seen(dialog);
  await service.call('POST /v1/tasks', task('sapling', 'felled'));
  await dialog.getByRole('button', { name: 'Delete 3 tasks' }).click();
  await seen(page.getByText('3 tasks are deleted; their runs stay.'));
  assert.deepEqual(await left(), ['sapling']);
  // While the pointer is on the list, its rows stay where they are.
  await page.mouse.move(600, 5);
  await listed(page, ['sapling']);
  assert.deepEqual(await namesIn(page), ['sapling']);
}
