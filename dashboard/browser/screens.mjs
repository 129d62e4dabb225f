// Each screen in both themes and at the width of a phone.
import assert from 'node:assert/strict';
import { heading, seen, signInByToken } from './steps.mjs';
import { quiet, seriousIn, shoot } from './tab.mjs';

/** Colours are all that a theme changes, and what a phone does not. */
const LOOKS = [
  { look: 'light', colorScheme: 'light', width: 1280, height: 860 },
  {
    look: 'dark',
    colorScheme: 'dark',
    width: 1280,
    height: 860,
    part: { runOnly: { type: 'rule', values: ['color-contrast'] } },
  },
  {
    look: 'phone',
    colorScheme: 'light',
    width: 390,
    height: 844,
    part: { rules: { 'color-contrast': { enabled: false } } },
  },
];

/** Something of each kind, so that no screen is empty. */
async function filled(service) {
  const task = (await service.call('GET /v1/tasks?q=every%20five')).items[0];
  const failed = (await service.call('GET /v1/runs?state=failed')).items[0];
  const source = await service.call('POST /v1/webhook-sources', { name: 'code host', event: 'code.pushed' });
  await service.call(`POST /v1/webhook-sources/${source.id}/test`, {});
  const event = (await service.call('GET /v1/events')).items[0];
  const url = 'https://hooks.example.com/services/ops';
  const channel = await service.call('POST /v1/notification-channels', { type: 'slack', name: 'ops', url });
  await service.call('POST /v1/notification-rules', { name: 'nightly', on: ['failing'], channels: [channel.id] });
  await service.call('POST /v1/report-schedules', { name: 'each morning', channels: [channel.id] });
  const nightly = { type: 'cron', expression: '15,45 2 * * *', timeZone: 'Europe/Berlin' };
  await service.call('POST /v1/tasks', { name: 'twice a night', triggers: [nightly], action: { type: 'noop' } });
  return { task, failed, source, event };
}

/** Nothing serious for axe, nothing that scrolls sideways. */
export async function screens({ page }, service) {
  const { task, failed, source, event } = await filled(service);
  const paths = {
    ...{
      overview: '',
      tasks: 'tasks',
      matrix: 'tasks?view=matrix&range=4h',
      task: `tasks/${task.id}`,
      'task-runs': `tasks/${task.id}?tab=runs`,
    },
    ...{ definition: `tasks/${task.id}?tab=definition`, edit: `tasks/${task.id}/edit`, new: 'tasks/new' },
    ...{
      runs: 'runs',
      failures: 'runs?view=failures',
      run: `runs/${failed.id}`,
      forecast: 'forecast',
      'clock-changes': 'forecast?days=400',
      events: 'events',
      event: `events?id=${event.id}`,
    },
    ...{ webhooks: 'webhooks', webhook: `webhooks/${source.id}`, notifications: 'notifications', reports: 'reports' },
    ...{ instances: 'instances', settings: 'settings', keys: 'keys', audit: 'audit' },
  };
  const found = [];
  for (const [name, path] of Object.entries(paths)) {
    await page.goto(`${service.url}/dashboard/${path}`);
    await seen(page.locator('#heading'));
    await quiet(page);
    for (const { look, colorScheme, width, height, part } of LOOKS) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const label = `${name}-${look}`;
      await shoot(page, label);
      for (const each of await seriousIn(page, part)) found.push(`${label}: ${each}`);
      const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      if (isWide) found.push(`${label}: scrolls sideways`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.evaluate(() => sessionStorage.clear());
  await page.goto(`${service.url}/dashboard/`);
  await seen(page.getByLabel('Token or API key'));
  await shoot(page, 'sign-in');
  for (const each of await seriousIn(page)) found.push(`sign-in: ${each}`);
  await signInByToken(page, service);
  await seen(heading(page, 'Overview'));
  assert.deepEqual(found, []);
}
