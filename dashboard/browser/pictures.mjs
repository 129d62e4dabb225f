// Takes the pictures of the README and of docs/dashboard.md: the built service with two days of a shop's tasks.
// `node browser/pictures.mjs FOLDER` takes each screen instead, in both themes and at the width of a phone, to be looked at.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { Service } from './service.mjs';
import { connect, crowd, fill, partners } from './shop.mjs';
import { seen, signInByToken } from './steps.mjs';
import { openTab, quiet } from './tab.mjs';

const FOLDER = process.argv[2];
const INTO = FOLDER ?? new URL('../../docs/images/', import.meta.url).pathname;
/** How long the service runs before the pictures are taken, so that starts on time are among what is shown. */
const SETTLING_MS = Number(process.env.SETTLING_MS ?? 90_000);

async function shots(service, made) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    const tab = await openTab(browser, { width: 1280, height: 760 });
    await signInByToken(tab.page, service);
    await (FOLDER === undefined ? best(tab, service, made) : all(tab, service, made));
    if (tab.faults.length > 0) throw new Error(tab.faults.join('\n'));
  } finally {
    await browser.close();
  }
}

async function show(page, service, path) {
  await page.goto(`${service.url}/dashboard/${path}`);
  await seen(page.locator('#heading'));
  await quiet(page);
}

/** The six of the documentation. */
async function best({ page }, service, made) {
  const failed = (await service.call('GET /v1/runs?state=failed')).items[0];
  const pictures = [
    ['overview', '', 'light'],
    ['matrix', 'tasks?view=matrix&range=2d', 'dark'],
    ['task', `tasks/${made[0].id}`, 'light'],
    ['run', `runs/${failed.id}`, 'dark'],
    ['forecast', 'forecast', 'light'],
    ['editor', `tasks/${made[3].id}/edit`, 'dark'],
  ];
  for (const [name, path, colorScheme] of pictures) {
    if (name === 'forecast') await crowd(service, made);
    await page.emulateMedia({ colorScheme });
    await show(page, service, path);
    await page.screenshot({ path: join(INTO, `${name}.png`) });
  }
}

const LOOKS = [
  { look: '', colorScheme: 'light', width: 1280, height: 860 },
  { look: '-dark', colorScheme: 'dark', width: 1280, height: 860 },
  { look: '-phone', colorScheme: 'light', width: 390, height: 844 },
];

/** Each screen, to be judged from its picture alone. */
async function all({ page }, service, made) {
  mkdirSync(INTO, { recursive: true });
  const { source } = await connect(service);
  const failed = (await service.call('GET /v1/runs?state=failed')).items[0];
  const event = (await service.call('GET /v1/events')).items[0];
  const [rates] = made;
  await service.call(`PATCH /v1/tasks/${rates.id}`, { priority: 7, tags: ['finance', 'daily'] });
  const paths = {
    ...{ overview: '', tasks: 'tasks', matrix: 'tasks?view=matrix&range=2d', task: `tasks/${rates.id}` },
    ...{ 'task-runs': `tasks/${rates.id}?tab=runs`, figures: `tasks/${rates.id}?tab=figures` },
    ...{ definition: `tasks/${rates.id}?tab=definition`, versions: `tasks/${rates.id}?tab=versions` },
    ...{ editor: `tasks/${made[3].id}/edit`, new: 'tasks/new', runs: 'runs', failures: 'runs?view=failures' },
    ...{ run: `runs/${failed.id}`, events: 'events', event: `events?id=${event.id}`, webhooks: 'webhooks' },
    ...{ webhook: `webhooks/${source.id}`, notifications: 'notifications', reports: 'reports' },
    ...{ instances: 'instances', settings: 'settings', keys: 'keys', audit: 'audit', forecast: 'forecast' },
  };
  for (const [name, path] of Object.entries(paths)) {
    if (name === 'forecast') await crowd(service, made);
    await show(page, service, path);
    for (const { look, colorScheme, width, height } of LOOKS) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await page.screenshot({ path: join(INTO, `${name}${look}.png`), fullPage: true });
    }
    await page.setViewportSize({ width: 1280, height: 860 });
  }
}

process.env.HTTP_ALLOW = '127.0.0.1';
const service = new Service();
await service.start();
try {
  const made = await fill(service);
  await wait(SETTLING_MS);
  await shots(service, made);
} finally {
  await service.end();
  partners.close();
}
