// Names, reasons and data that mean harm, on every screen that shows them.
import assert from 'node:assert/strict';
import { reached, seen } from './steps.mjs';
import { quiet, shoot } from './tab.mjs';

const MARKUP = '<img src=x onerror=alert(1)>';
const HOSTILE = `${MARKUP}<b>bold</b>\u202eevil\u0007\u001b[31mred ${'x'.repeat(60)}`;
const TAG = '<i>tag</i>';

/** A task of that name, with a failure, a skip, a change; and all else that bears a name. */
async function planted(service) {
  const task = await service.call('POST /v1/tasks', {
    ...{ name: HOSTILE, description: HOSTILE.repeat(5), tags: [TAG] },
    triggers: [{ type: 'cron', expression: '0 * * * *' }],
    action: { type: 'http', url: 'http://127.0.0.1:9/' },
    retry: { maxAttempts: 1 },
    parameters: { big: '<script>alert(1)</script>'.repeat(20_000), [MARKUP]: HOSTILE },
  });
  const { id } = await service.call(`POST /v1/tasks/${task.id}/run`);
  await reached(service, id, 'failed');
  const { runs } = await service.call(`GET /v1/tasks/${task.id}/next-runs?count=2`);
  await service.call(`POST /v1/tasks/${task.id}/skip`, { at: runs[1].at, reason: HOSTILE });
  await service.call(`PATCH /v1/tasks/${task.id}`, { description: `${MARKUP} changed` });
  const source = await service.call('POST /v1/webhook-sources', { name: HOSTILE.slice(0, 90), event: 'code.hostile' });
  await service.call('POST /v1/triggers/events/code.hostile', { [MARKUP]: HOSTILE });
  const url = 'https://hooks.example.com/services/hostile';
  const channel = await service.call('POST /v1/notification-channels', { type: 'slack', name: MARKUP, url });
  const to = { name: MARKUP, channels: [channel.id] };
  await service.call('POST /v1/notification-rules', { ...to, on: ['failing'], tags: [TAG] });
  await service.call('POST /v1/report-schedules', { ...to, tag: TAG });
  const event = (await service.call('GET /v1/events?type=code.hostile')).items[0];
  return { task, run: id, source, event };
}

/** Nothing of it becomes markup, turns what is around it or makes the page wider than it is. */
export async function hostile({ page }, service) {
  const { task, run, source, event } = await planted(service);
  const paths = [
    ...['', 'tasks', 'tasks?view=matrix&range=4h', `tasks?tag=${encodeURIComponent(TAG)}`],
    ...['timeline', 'runs', 'figures', 'definition', 'versions'].map((tab) => `tasks/${task.id}?tab=${tab}`),
    ...[`tasks/${task.id}/edit`, 'runs', 'runs?view=failures', `runs/${run}`, `events?id=${event.id}`],
    ...['webhooks', `webhooks/${source.id}`, 'notifications', 'reports', 'audit'],
  ];
  for (const path of paths) {
    await page.goto(`${service.url}/dashboard/${path}`);
    await seen(page.locator('#heading'));
    await quiet(page);
    await harmless(page, path);
    if (path.endsWith('timeline')) await seen(page.getByText('<b>bold</b>').first());
  }
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /page, a task/ }).fill('onerror');
  await seen(page.getByRole('option', { name: /onerror/ }));
  await harmless(page, 'the palette');
  await shoot(page, 'hostile');
  await page.keyboard.press('Escape');
  await service.call(`POST /v1/tasks/${task.id}/pause`, { reason: HOSTILE });
  await page.goto(`${service.url}/dashboard/tasks/${task.id}`);
  await seen(page.getByText(MARKUP));
  await harmless(page, 'a pause');
}

async function harmless(page, where) {
  const made = page.locator('body img, main b:text-is("bold"), main script, body i:text-is("tag")');
  assert.equal(await made.count(), 0, `${where}: markup`);
  assert.equal((await page.locator('body').innerText()).includes('\u202e'), false, `${where}: turned text`);
  const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(isWide, false, `${where}: scrolls sideways`);
}
