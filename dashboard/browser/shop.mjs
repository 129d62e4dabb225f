// Two days of a shop's tasks, for pictures.
import { createServer } from 'node:http';
import { once } from 'node:events';

const HOUR_MS = 3_600_000;

/** The services that the tasks call: one of them is ill every now and then, another has been since this morning. */
export const partners = createServer((request, answer) => {
  const { pathname, searchParams } = new URL(request.url, 'http://partners');
  const at = Date.parse(searchParams.get('at') ?? '');
  const isIll =
    (pathname === '/rates' && Math.floor(at / HOUR_MS) % 7 === 3) ||
    (pathname === '/label-printer' && at > Date.now() - 3 * HOUR_MS);
  answer.writeHead(isIll ? 503 : 200, { 'content-type': 'application/json' });
  answer.end(JSON.stringify(isIll ? { error: 'no capacity' } : { handled: 128 }));
}).listen(0, '127.0.0.1');
await once(partners, 'listening');
const partner = (path) => ({
  type: 'http',
  method: 'GET',
  url: `http://127.0.0.1:${partners.address().port}/${path}?at={{run.scheduledFor}}`,
});

const cron = (expression) => [{ type: 'cron', expression, timeZone: 'Europe/Berlin' }];
const once_ = { retry: { maxAttempts: 1 } };
const TASKS = [
  {
    name: 'Fetch exchange rates',
    triggers: cron('*/30 * * * *'),
    action: partner('rates'),
    tags: ['finance'],
    ...once_,
  },
  {
    name: 'Print shipping labels',
    triggers: cron('0 * * * *'),
    action: partner('label-printer'),
    tags: ['shipping'],
    ...once_,
  },
  { name: 'Send order confirmations', triggers: cron('*/15 * * * *'), action: partner('orders'), tags: ['mail'] },
  {
    name: 'Update search index',
    triggers: [{ type: 'cron', expression: '5,35 9-18 * * 1-5', timeZone: 'America/New_York' }],
    action: partner('search'),
    tags: ['catalogue'],
  },
  { name: 'Close the day', triggers: cron('30 23 * * *'), action: partner('ledger'), tags: ['finance'] },
  { name: 'Sync stock with warehouses', triggers: cron('10 */2 * * *'), action: partner('stock'), tags: ['shipping'] },
  {
    name: 'Rotate session keys',
    triggers: cron('0 */6 * * *'),
    action: { type: 'noop', durationMs: 40 },
    tags: ['security'],
  },
  { name: 'Import supplier prices', triggers: cron('20 6-20 * * *'), action: partner('prices'), tags: ['catalogue'] },
  {
    name: 'Back up the database',
    triggers: cron('15 2 * * *'),
    action: { type: 'noop', durationMs: 300 },
    tags: ['ops'],
  },
  { name: 'Invoice subscriptions', triggers: cron('0 4 * * *'), action: partner('invoices'), tags: ['finance'] },
];
const LIVE = [
  {
    name: 'Watch payment queue',
    triggers: [{ type: 'interval', everyMs: 2000 }],
    action: { type: 'noop', durationMs: 250 },
    tags: ['finance'],
  },
  {
    name: 'Refresh prices on screen',
    triggers: [{ type: 'interval', everyMs: 5000 }],
    action: { type: 'noop', durationMs: 900 },
    tags: ['catalogue'],
  },
  {
    name: 'Transcode product videos',
    triggers: [{ type: 'manual' }],
    action: { type: 'noop', durationMs: 900_000 },
    timeoutMs: 3_600_000,
    tags: ['media'],
  },
];

/** Tasks with two days of history, and what has just failed. */
export async function fill(service) {
  const first = (await service.call('GET /v1/tasks')).items;
  for (const { id } of first)
    await fetch(`${service.url}/v1/tasks/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${service.token}` },
    });
  const made = [];
  for (const task of [...TASKS, ...LIVE]) made.push(await service.call('POST /v1/tasks', task));
  const range = { from: new Date(Date.now() - 46 * HOUR_MS).toISOString(), to: new Date().toISOString() };
  for (const { id } of made.slice(0, TASKS.length)) await service.call(`POST /v1/tasks/${id}/backfill`, range);
  await service.call(`POST /v1/tasks/${made.at(-1).id}/run`);
  await service.call(`POST /v1/tasks/${made[9].id}/pause`, { reason: 'new prices from Tuesday on' });
  return made;
}

/** What comes each few seconds would hide the rest of a forecast; fifteen shops close their tills at once. */
export async function crowd(service, made) {
  for (const { id } of made.slice(TASKS.length, -1))
    await service.call(`POST /v1/tasks/${id}/pause`, { reason: 'quiet' });
  const tasks = Array.from({ length: 15 }, (_, index) => ({
    ...{
      name: `Close till of shop ${index + 1}`,
      triggers: cron('0 * * * *'),
      action: { type: 'noop' },
      tags: ['shops'],
    },
  }));
  await service.call('POST /v1/tasks/batch', { tasks });
}

/** What comes from outside and goes there, so that no screen is empty. Returns where each of them is. */
export async function connect(service) {
  const source = await service.call('POST /v1/webhook-sources', { name: 'Code host', event: 'code.pushed' });
  const task = { action: { type: 'noop' }, tags: ['ops'] };
  await service.call('POST /v1/tasks', {
    ...{ name: 'Deploy what was pushed', triggers: [{ type: 'event', event: 'code.pushed' }], ...task },
  });
  await service.call(`POST /v1/webhook-sources/${source.id}/test`, {});
  await fetch(`${service.url}/v1/hooks/${source.id}`, { method: 'POST', body: '{}' });
  const url = 'https://hooks.example.com/services/ops';
  const channel = await service.call('POST /v1/notification-channels', { type: 'slack', name: 'On call', url });
  await service.call('POST /v1/notification-rules', {
    ...{ name: 'Failures of finance', on: ['failing', 'recovery'], tags: ['finance'], channels: [channel.id] },
  });
  await service.call(`POST /v1/notification-channels/${channel.id}/test`, {});
  await service.call('POST /v1/report-schedules', { name: 'Each morning', channels: [channel.id] });
  const days = (count) => new Date(Date.now() + count * 24 * HOUR_MS).toISOString();
  await service.call('POST /v1/api-keys', { name: 'Wall in the office', roles: ['viewer'], expiresAt: days(5) });
  await service.call('POST /v1/api-keys', { name: 'Deployment', roles: ['editor'], expiresAt: days(90) });
  const settings = await service.call('GET /v1/settings');
  await service.call('PUT /v1/settings', {
    ...settings,
    quotas: { ...settings.quotas, concurrentRuns: 50, tasks: 1000 },
    resources: { database: 4 },
    calendars: { holidays: { dates: ['2030-12-25', '2030-12-26'] } },
  });
  return { source };
}
