// What comes from outside and goes there: keys, webhooks, events, notifications, settings, forecast.
import assert from 'node:assert/strict';
import { heading, seen } from './steps.mjs';
import { seriousIn, shoot } from './tab.mjs';

/** A key is told once, and refused when it is revoked. */
export async function keys({ page }, service) {
  await page.goto(`${service.url}/dashboard/keys`);
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name').fill('deploy');
  await page.getByLabel(/^operator/).check();
  await page.getByRole('button', { name: 'Create' }).click();
  const key = await page.locator('.secret').innerText();
  await shoot(page, 'key-once');
  const asks = () => fetch(`${service.url}/v1/me`, { headers: { authorization: `Bearer ${key}` } });
  assert.deepEqual((await (await asks()).json()).roles, ['viewer', 'operator']);
  await page.getByRole('button', { name: 'I have it' }).click();
  assert.equal((await page.locator('body').innerText()).includes(key), false);
  await page.getByRole('button', { name: 'Revoke deploy' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await seen(page.getByText('The key is revoked'));
  assert.equal((await asks()).status, 401);
}

/** A source, a delivery, its event, the run that it started, and a replay. */
export async function webhook({ page }, service) {
  await service.call('POST /v1/tasks', {
    ...{ name: 'on orders', triggers: [{ type: 'event', event: 'order.paid' }], action: { type: 'noop' } },
  });
  await page.goto(`${service.url}/dashboard/webhooks`);
  await page.getByRole('button', { name: 'New source' }).click();
  await page.getByLabel('Name').fill('shop');
  await page.getByLabel('Type of its events').fill('order.paid');
  await page.getByRole('button', { name: 'Create' }).click();
  await seen(page.locator('.secret'));
  await page.getByRole('button', { name: 'I have it' }).click();
  await seen(heading(page, 'shop'));
  await page.getByRole('button', { name: 'Send a test…' }).click();
  await seen(page.getByRole('dialog').getByText(/of type order.paid: tasks that wait for that start, for real/));
  await page.getByRole('button', { name: 'Send it' }).click();
  await seen(page.getByText('✓ accepted'));
  await shoot(page, 'webhook-delivery');
  await page.getByRole('link', { name: 'order.paid' }).first().click();
  const panel = page.getByRole('dialog', { name: 'Event' });
  await seen(panel.getByRole('link', { name: 'on orders' }));
  await shoot(page, 'event-started');
  await page.goBack();
  await page.getByRole('button', { name: 'Replay…' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
  await seen(page.getByText('It has become an event once more.'));
}

/** A channel and a rule, and a notification that did not arrive is sent again. */
export async function notifications({ page }, service) {
  await page.goto(`${service.url}/dashboard/notifications`);
  await page.getByRole('button', { name: 'New channel' }).click();
  await page.getByLabel('Kind').selectOption('webhook');
  await page.getByLabel('Name').fill('pager');
  await page.getByLabel('URL').fill('https://pager.example.com/in');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('button', { name: 'I have it' }).click();
  await page.getByRole('button', { name: 'New rule' }).click();
  await page.getByLabel('Name').fill('wake me');
  await shoot(page, 'new-rule');
  await page.getByRole('button', { name: 'Create' }).click();
  await seen(page.getByText(/after \d+ failures in a row, when it works again, and when a task is overdue/));
  await page.getByRole('button', { name: 'Edit wake me' }).click();
  await page.getByLabel('Failures in a row', { exact: true }).fill('7');
  await page.getByRole('button', { name: 'Save' }).click();
  await seen(page.getByText('The rule is changed.'));
  const rule = (await service.call('GET /v1/notification-rules')).items.find(({ name }) => name === 'wake me');
  assert.deepEqual([rule.failures, rule.on], [7, ['failing', 'recovery', 'overdue']]);
  await page.getByRole('button', { name: 'Remove wake me' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await seen(page.getByText('The rule is removed.'));
}

/** Settings are saved, and a change of somebody else is not overwritten unseen. */
export async function settings(tab, service) {
  const { page } = tab;
  await page.goto(`${service.url}/dashboard/settings`);
  await page.getByLabel('Runs at once').fill('50');
  await page.getByLabel('Calendars, by name').fill('{"holidays": {"dates": ["2030-01-01"]}}');
  await seen(page.getByText('quotas/concurrentRuns'));
  await seen(page.getByText(/Runs at once: no limit → 50/));
  await page.getByRole('button', { name: 'Save' }).click();
  await seen(page.getByText('The settings are changed.'));
  const saved = await service.call('GET /v1/settings');
  assert.deepEqual([saved.quotas.concurrentRuns, saved.calendars.holidays.dates], [50, ['2030-01-01']]);
  await service.call('PUT /v1/settings', { ...saved, resources: { database: 2 } });
  await page.getByLabel('Runs at once').fill('60');
  tab.forgive(true);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Merge both' }).click();
  tab.forgive(false);
  await page.getByRole('button', { name: 'Save' }).click();
  await seen(page.getByText('The settings are changed.').nth(1));
  const merged = await service.call('GET /v1/settings');
  assert.deepEqual([merged.quotas.concurrentRuns, merged.resources.database], [60, 2]);
  const trigger = { type: 'cron', expression: '0 9 * * *' };
  await service.call('POST /v1/tasks', {
    ...{ name: 'each morning', triggers: [trigger], action: { type: 'noop' }, calendars: ['holidays'] },
  });
  await page.getByLabel('Calendars, by name').fill('{"holidays": {"weekdays": ["mon"]}}');
  const effect = page.getByRole('list', { name: 'What it would do' });
  await seen(effect.getByText('coming occurrences change'));
  await seen(effect.getByText('would not run').first());
  assert.deepEqual(await seriousIn(page), []);
  await shoot(page, 'settings-impact');
}

/** A crowded second is found, and spread by a click. */
export async function forecast({ page }, service) {
  const trigger = [{ type: 'cron', expression: '0 * * * *' }];
  const tasks = Array.from({ length: 15 }, (_, index) => ({
    ...{ name: `hourly ${index}`, triggers: trigger, action: { type: 'noop' }, tags: ['hourly'] },
  }));
  await service.call('POST /v1/tasks/batch', { tasks });
  // Of another journey there may be more tasks in one second, which no spread of these makes any less.
  await service.call('POST /v1/tasks/pause', { tag: 'reports', reason: 'another second is looked at' });
  await page.goto(`${service.url}/dashboard/forecast?hours=1`);
  const second = page
    .getByRole('region', { name: 'Hot seconds' })
    .getByRole('listitem')
    .filter({ hasText: 'hourly 7' });
  await second.getByRole('button', { name: 'Who?' }).first().click();
  const who = page.getByRole('dialog');
  await seen(who.getByRole('link', { name: 'hourly 7' }));
  await shoot(page, 'forecast-who');
  assert.deepEqual(await seriousIn(page), []);
  await page.keyboard.press('Escape');
  await who.waitFor({ state: 'detached' });
  await second
    .getByRole('button', { name: /^Spread these / })
    .first()
    .click();
  const dialog = page.getByRole('dialog', { name: /^Spread \d+ tasks/ });
  const compared = dialog.getByRole('region', { name: 'The load, compared' });
  const numbers = async (name) => {
    const cells = compared.getByRole('row', { name }).getByRole('cell');
    await seen(cells.first());
    return (await cells.allInnerTexts()).map(Number);
  };
  const [asItIs, then] = await numbers(/busiest second/);
  assert.ok(asItIs >= 15 && then < asItIs, `${asItIs} → ${then}`);
  assert.deepEqual(await seriousIn(page), []);
  await shoot(page, 'forecast-spread');
  await dialog.getByRole('button', { name: /^Spread these/ }).click();
  await seen(page.getByText(/tasks start within/));
  const { items } = await service.call('GET /v1/tasks?tag=hourly&limit=100');
  assert.equal(
    items.every(({ spreadMs }) => spreadMs > 0),
    true,
  );
  await service.call('POST /v1/tasks/resume', { tag: 'reports', reason: 'it was looked at' });
}

/** A clock change is told before it comes, with what becomes of the night's run. */
export async function clockChanges({ page }, service) {
  const trigger = { type: 'cron', expression: '30 2 * * *', timeZone: 'Europe/Berlin' };
  const task = { name: 'backup of the night', triggers: [trigger], action: { type: 'noop' } };
  await service.call('POST /v1/tasks', task);
  await page.goto(`${service.url}/dashboard/forecast`);
  const section = page.getByRole('region', { name: 'Clock changes' });
  await section.getByLabel('In the next').selectOption('400');
  await seen(section.getByText(/forward by 1 h: 02:00 to 03:00 is left out/).first());
  await seen(section.getByText(/02:30 runs later, at/).first());
  await seen(section.getByText(/02:30 runs once, the first time, at/).first());
  assert.match(page.url(), /days=400/);
  assert.deepEqual(await seriousIn(page), []);
  await shoot(page, 'clock-changes');
  await section.getByRole('link', { name: 'backup of the night' }).first().click();
  await seen(heading(page, 'backup of the night'));
}
