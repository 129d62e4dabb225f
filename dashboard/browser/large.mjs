// Much at once: long logs, many tasks; and little room.
import assert from 'node:assert/strict';
import { heading, seen } from './steps.mjs';
import { quiet, seriousIn, shoot } from './tab.mjs';

const LINES = 50_000;

/** 50,000 lines as the service would stream them, or those with a text; one has a needle, one has markup. */
function logOf(count, part = '') {
  const at = new Date().toISOString();
  const said = (sequence) =>
    sequence === 31_234 ? 'a needle' : sequence === count ? '<img src=x onerror=alert(1)> last' : `line ${sequence}`;
  const line = (_, index) =>
    `id: ${index + 1}\ndata: ${JSON.stringify({ sequence: index + 1, at, attempt: 1, level: 'info', message: said(index + 1) })}\n\n`;
  const lines = Array.from({ length: count }, line).filter((each) => each.includes(part));
  return `${lines.join('')}event: end\ndata: {}\n\n`;
}

/** A log of 50,000 lines: only the visible ones are drawn, the last is reached, one is found. */
export async function longLog({ page }, service) {
  const task = await service.call('POST /v1/tasks', {
    ...{ name: 'talkative', triggers: [{ type: 'manual' }], action: { type: 'noop' } },
  });
  const { id } = await service.call(`POST /v1/tasks/${task.id}/run`);
  const address = `**/v1/runs/${id}/log*`;
  let answer;
  const mayAnswer = new Promise((resolve) => (answer = resolve));
  await page.route(address, async (route) => {
    const part = new URL(route.request().url()).searchParams.get('q') ?? '';
    if (part !== '') await mayAnswer;
    return route.fulfill({ contentType: 'text/event-stream', body: logOf(LINES, part) });
  });
  await page.goto(`${service.url}/dashboard/runs/${id}`);
  await seen(page.getByText('50,000 lines'));
  const lines = page.locator('.log-line');
  assert.ok((await lines.count()) < 200, 'only what is visible is drawn');
  await page.locator('.log').evaluate((log) => log.scrollTo(0, log.scrollHeight));
  await seen(page.getByText('<img src=x onerror=alert(1)> last'));
  assert.equal(await page.locator('.log img').count(), 0);
  const start = Date.now();
  const asked = page.waitForRequest((request) => request.url().endsWith('q=needle'));
  await page.getByLabel('Search in the log').fill('needle');
  await asked;
  // Nothing is told of what was wanted before as if it were what is wanted now.
  await seen(page.getByText('Looking through the log…'));
  assert.equal(await page.getByText('with this text').count(), 0);
  assert.equal(await page.getByText('No line').count(), 0);
  answer();
  await seen(page.getByText('1 line of the log with this text'));
  assert.equal(await lines.count(), 1);
  console.log(`    a line among 50,000 is found in ${Date.now() - start} ms`);
  await shoot(page, 'long-log');
  await page.unroute(address);
}

/** 10,000 tasks are scrolled and filtered, and only the visible rows are drawn. */
export async function manyTasks({ page }, service) {
  const task = (index) => ({
    ...{ name: `load ${index}`, triggers: [{ type: 'manual' }], action: { type: 'noop' }, tags: ['load'] },
  });
  for (let from = 0; from < 10_000; from += 1000) {
    const tasks = Array.from({ length: 1000 }, (_, index) => task(from + index));
    await service.call('POST /v1/tasks/batch', { tasks });
  }
  await page.goto(`${service.url}/dashboard/tasks?tag=load`);
  await seen(page.getByRole('link', { name: /^load \d+/ }));
  const table = page.getByRole('table', { name: 'Tasks' });
  for (let turn = 0; turn < 5; turn++) {
    await table.evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
    await quiet(page);
  }
  assert.ok((await page.locator('.body-group > .row').count()) < 100, 'only what is visible is drawn');
  let requests = 0;
  const count = (request) => {
    if (request.method() === 'GET' && new URL(request.url()).pathname === '/v1/tasks') requests += 1;
  };
  page.on('request', count);
  const start = Date.now();
  await page.getByLabel('Part of the name').fill('load 4321');
  await page.keyboard.press('Enter');
  await seen(page.getByRole('link', { name: 'load 4321' }));
  page.off('request', count);
  console.log(`    one of 10,000 tasks is found in ${Date.now() - start} ms, by ${requests} requests for tasks`);
  await narrowedUnderThePointer(page, service);
}

/** A click on a tag in the list shows the tasks with the tag, and none of those that the pointer held. */
async function narrowedUnderThePointer(page, service) {
  await service.call('POST /v1/tasks', {
    ...{ name: 'the rare one', triggers: [{ type: 'manual' }], action: { type: 'noop' }, tags: ['rare'] },
  });
  await page.goto(`${service.url}/dashboard/tasks`);
  const table = page.getByRole('table', { name: 'Tasks' });
  await table.getByRole('button', { name: 'rare', exact: true }).click();
  await table
    .getByRole('link', { name: /^load / })
    .first()
    .waitFor({ state: 'detached' });
  assert.equal(await table.getByRole('link', { name: 'the rare one' }).count(), 1);
}

/** What can be done on a phone: any page, a task, its reason, a pause and its undo. */
export async function phone({ page }, service) {
  const task = (await service.call('GET /v1/tasks?q=every%20five')).items[0];
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${service.url}/dashboard/`);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('option', { name: /Notifications/ }).click();
  await seen(heading(page, 'Notifications'));
  await page.goto(`${service.url}/dashboard/tasks?q=every`);
  await page.getByRole('link', { name: 'every five seconds' }).click();
  await seen(heading(page, task.name));
  await page.getByRole('button', { name: 'Why?' }).first().click();
  await seen(page.getByRole('dialog').getByText('Evidence'));
  await shoot(page, 'phone-why');
  assert.deepEqual(await seriousIn(page), []);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Pause…' }).click();
  await page.getByLabel('Reason').fill('on the train');
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await seen(page.getByText('on the train'));
  await page.getByRole('button', { name: 'Undo' }).click();
  await seen(page.getByRole('button', { name: 'Pause…' }));
  assert.equal((await service.call(`GET /v1/tasks/${task.id}`)).state, 'active');
  await page.setViewportSize({ width: 1280, height: 800 });
}
