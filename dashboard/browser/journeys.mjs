// What people come for, each as a journey through the built service.
import assert from 'node:assert/strict';
import { conflict, newTask } from './editing.mjs';
import { facetsAndTags, reportSchedule, runsNarrowed, search } from './finding.mjs';
import { hostile } from './hostile.mjs';
import { longLog, manyTasks, phone } from './large.mjs';
import { deletedMany, narrowedByHealth, sorted } from './listing.mjs';
import { matrix, skipOne, versionsAndFigures } from './looking.mjs';
import { classOfErrors, rehearsal } from './mending.mjs';
import { clockChanges, forecast, keys, notifications, settings, webhook } from './outside.mjs';
import { screens } from './screens.mjs';
import { heading, reached, seen, signInByToken } from './steps.mjs';
import { quiet, shoot } from './tab.mjs';

const EVERY_SECOND = [{ type: 'cron', expression: '* * * * * *' }];
const BY_HAND = [{ type: 'manual' }];

async function firstOutcome({ page }, service) {
  await page.goto(service.link);
  await seen(heading(page, 'Overview'));
  assert.equal(new URL(page.url()).hash, '', 'the code stays in the address');
  assert.equal(
    await page.evaluate(() => JSON.stringify(window.localStorage).includes('eyJ')),
    false,
    'a token in localStorage',
  );
  await shoot(page, 'empty');
  await page.getByRole('button', { name: /every five seconds/ }).click();
  await seen(heading(page, 'every five seconds'));
  await seen(page.locator('.ledger').getByText('succeeded'));
}

async function linkOnce(tab, service) {
  const { page } = tab;
  await page.evaluate(() => sessionStorage.clear());
  await page.goto('about:blank');
  tab.forgive(true);
  await page.goto(service.link);
  await seen(page.getByText('The link has been used'));
  tab.forgive(false);
  await signInByToken(page, service);
}

async function failedRun({ page }, service) {
  const action = { type: 'http', url: 'http://127.0.0.1:9/' };
  const task = await service.call('POST /v1/tasks', {
    ...{ name: 'nightly import', triggers: BY_HAND, action, retry: { maxAttempts: 2, baseDelayMs: 200, jitter: 0 } },
  });
  const { id } = await service.call(`POST /v1/tasks/${task.id}/run`);
  await reached(service, id, 'failed');
  await page.goto(`${service.url}/dashboard/`);
  await page.getByRole('link', { name: /1 run failed in the last hour/ }).click();
  await seen(heading(page, 'Runs'));
  assert.match(page.url(), /state=failed/);
  await page
    .getByRole('link', { name: /failed/ })
    .first()
    .click();
  await seen(heading(page, 'Run of nightly import'));
  const run = await service.call(`GET /v1/runs/${id}`);
  await seen(page.locator('.sentence').getByText(run.attempts.at(-1).error.message.slice(0, 30)));
  await shoot(page, 'run-failed');
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(id));
  await seen(page.getByText('an earlier run'));
}

async function pauseAndUndo({ page }, service) {
  const task = await service.call('POST /v1/tasks', {
    name: 'ticker',
    triggers: EVERY_SECOND,
    action: { type: 'noop' },
  });
  await page.goto(`${service.url}/dashboard/tasks/${task.id}`);
  await seen(heading(page, 'ticker'));
  await page.getByRole('button', { name: 'Run now' }).waitFor();
  await page.keyboard.press('p');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await seen(dialog.getByText('A reason tells others'));
  await dialog.getByLabel('Reason').fill('lunch');
  await shoot(page, 'pause');
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await seen(page.getByText('lunch'));
  assert.equal((await service.call(`GET /v1/tasks/${task.id}`)).state, 'paused');
  await page.getByRole('button', { name: 'Undo' }).click();
  await seen(page.getByRole('button', { name: 'Pause…' }));
  assert.equal((await service.call(`GET /v1/tasks/${task.id}`)).state, 'active');
  await page.keyboard.press('w');
  await seen(page.getByRole('dialog').getByText('Evidence'));
  await shoot(page, 'why');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

async function pauseMany({ page }, service) {
  const tasks = Array.from({ length: 40 }, (_, index) => ({
    ...{ name: `report ${index}`, triggers: [{ type: 'interval', everyMs: 3_600_000 }], action: { type: 'noop' } },
    tags: ['reports'],
  }));
  await service.call('POST /v1/tasks/batch', { tasks });
  await page.goto(`${service.url}/dashboard/tasks?tag=reports`);
  await page.getByRole('button', { name: 'Pause all that fit…' }).click();
  await seen(page.getByRole('heading', { name: 'Pause 40 tasks' }));
  await page.getByLabel('Reason').fill('quarter end');
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await seen(page.getByText('40 tasks are paused.'));
  await page.getByRole('button', { name: 'Undo' }).click();
  await seen(page.getByText('40 tasks are active again.'));
  const { items } = await service.call('GET /v1/tasks?tag=reports&state=active&limit=100');
  assert.equal(items.length, 40);
  await page.getByRole('button', { name: /Remove the filter tag/ }).click();
  assert.doesNotMatch(page.url(), /tag=/);
}

async function viewer({ page }, service) {
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  const { key } = await service.call('POST /v1/api-keys', { name: 'wall', roles: ['viewer'], expiresAt });
  await page.evaluate(() => sessionStorage.clear());
  await signInByToken(page, service, key);
  const { items } = await service.call('GET /v1/tasks?limit=1');
  const refused = [];
  page.on('response', (answer) => answer.status() === 403 && refused.push(answer.url()));
  for (const path of [
    '',
    'tasks',
    `tasks/${items[0].id}`,
    'runs',
    'instances',
    'forecast',
    'events',
    'notifications',
    'reports',
  ]) {
    await page.goto(`${service.url}/dashboard/${path}`);
    await seen(page.getByText('viewer'));
    await quiet(page);
    const names = await page.getByRole('button').allTextContents();
    assert.deepEqual(
      names.filter((name) =>
        /Run now|Run with|Backfill|Pause|Resume|Retry|Cancel|New|Remove|Publish|Send|Spread|Replay/.test(name),
      ),
      [],
      path,
    );
    assert.equal(await page.getByRole('link', { name: /Audit|Settings|API keys|Webhooks|Edit|New task/ }).count(), 0);
  }
  assert.deepEqual(refused, []);
  await page.getByRole('button', { name: 'Sign out' }).click();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await signInByToken(page, service);
}

async function stoppedAndStarted(tab, service) {
  const { page } = tab;
  await page.goto(`${service.url}/dashboard/`);
  await seen(page.locator('.connection').getByText('live', { exact: true }));
  tab.forgive(true);
  await service.stop();
  await seen(page.getByText(/stale since/));
  await seen(page.getByRole('heading', { name: 'Next hour' }));
  await shoot(page, 'stale');
  await service.start();
  await seen(page.getByText(/does not accept the token|^live$/));
  tab.forgive(false);
}

async function palette({ page }, service) {
  await page.goto(`${service.url}/dashboard/`);
  await seen(heading(page, 'Overview'));
  await page.keyboard.press('Control+k');
  const wanted = page.getByRole('combobox', { name: /page, a task/ });
  await wanted.fill('no such name');
  await seen(page.getByText('Nothing of that name.'));
  const nothing = { tasks: [], runs: [], events: [], tags: [] };
  await page.route('**/v1/search?*', (route) => route.fulfill({ json: { ...nothing, truncated: true } }));
  await wanted.fill('an old name');
  await seen(page.getByText('Nothing found among the newest; the filter of Tasks looks further.'));
  await page.unroute('**/v1/search?*');
  await wanted.fill('ticker');
  await seen(page.getByRole('option', { name: /ticker/ }));
  await shoot(page, 'palette');
  await page.keyboard.press('Enter');
  await seen(heading(page, 'ticker'));
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await seen(heading(page, 'Runs'));
  await page.keyboard.press('?');
  await seen(page.getByRole('dialog', { name: 'Keys' }));
  await page.keyboard.press('Escape');
}

export const JOURNEYS = {
  'empty state, first task, first outcome': firstOutcome,
  'the link signs in once': linkOnce,
  'a failed run and its reason': failedRun,
  'pause with a reason, and undo': pauseAndUndo,
  'the matrix, by keyboard': matrix,
  'one occurrence skipped, and put back': skipOne,
  'what a task was, and a flood cancelled': versionsAndFigures,
  'runs are narrowed, a log is saved': runsNarrowed,
  'a class of errors is retried': classOfErrors,
  'a run with parameters, a backfill rehearsed': rehearsal,
  'forty tasks paused, and undone': pauseMany,
  'a viewer is offered no acts': viewer,
  'hostile texts': hostile,
  'a task is written, its preview and faults': newTask,
  'two change one task': conflict,
  'an API key, told once': keys,
  'a webhook, its event and its run': webhook,
  'channels and rules': notifications,
  'settings of two admins': settings,
  'a crowded second is spread': forecast,
  'a clock change is told before it comes': clockChanges,
  'palette and keys': palette,
  'facets and tags': facetsAndTags,
  'tasks, sorted by their heads': sorted,
  'tasks that fail, and those that never ran': narrowedByHealth,
  'many tasks, named and deleted': deletedMany,
  'a tag and a run, searched': search,
  'a report, sent regularly and otherwise': reportSchedule,
  'a log of 50,000 lines': longLog,
  'on a phone': phone,
  'each screen, both themes, phone': screens,
  '10,000 tasks': manyTasks,
  'service stopped and started': stoppedAndStarted,
};
