import { RUN_STATES, RUN_TRIGGERS } from '../../dist/domain/run.js';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { fillRuns } from '../history/runs.js';
import { Service, token } from '../service.js';
import { percentile } from '../statistics.js';

const DAY_MS = 86_400_000;
const EVERY_SECOND = [{ type: 'cron', expression: '* * * * * *' }];
const READERS = 10;
/** At this interval, all readers together ask as often as an organization may by default: 6,000 times a minute. */
const EVERY_MS = 100;

/** How many tasks the history belongs to. */
const OLD_TASKS = 1000;
const OLD = 'with a history';

/**
 * What viewers ask for, and all that the dashboard does: each list with each of its filters and with some together, single
 * items, figures and forecasts. What has a body is sent with it.
 */
function questions({ task, run, old }) {
  const ago = (days) => new Date(Date.now() - days * DAY_MS).toISOString();
  const range = `from=${ago(3)}&to=${ago(2.9)}`;
  const week = `from=${ago(6)}&to=${ago(0)}`;
  const [one] = old;
  return [
    '/v1/runs',
    '/v1/runs?limit=200',
    ...RUN_STATES.map((state) => `/v1/runs?state=${state}`),
    ...RUN_TRIGGERS.map((trigger) => `/v1/runs?trigger=${trigger}`),
    `/v1/runs?${range}`,
    `/v1/runs?${range}&state=cancelled`,
    `/v1/runs?${range}&trigger=retry&state=missed`,
    '/v1/runs?state=succeeded&trigger=retry',
    `/v1/runs?to=${ago(400)}`,
    `/v1/runs?taskId=${one}`,
    `/v1/runs?taskId=${one}&state=running`,
    `/v1/runs?taskId=${one}&state=missed&trigger=manual`,
    `/v1/runs/${run}`,
    `/v1/runs/${run}/log`,
    `/v1/runs/${run}/log?level=warn&q=nothing`,
    `/v1/runs/failures?${week}`,
    `/v1/runs/failures?${week}&unmended=true`,
    `/v1/runs/failures?${week}&taskId=${one}`,
    '/v1/tasks',
    '/v1/tasks?limit=200',
    '/v1/tasks?state=paused',
    '/v1/tasks?tag=none',
    '/v1/tasks?q=nothing',
    '/v1/tasks/facets',
    ...[task, one].flatMap((id) => [
      `/v1/tasks/${id}`,
      `/v1/tasks/${id}/next-runs?count=100`,
      `/v1/tasks/${id}/occurrences`,
      `/v1/tasks/${id}/occurrences?from=${ago(1)}&limit=200`,
      `/v1/tasks/${id}/explain`,
      `/v1/tasks/${id}/figures`,
      `/v1/tasks/${id}/figures?${week}`,
      `/v1/tasks/${id}/versions`,
    ]),
    ['/v1/tasks/outcomes', { ids: old.slice(0, 50), count: 20 }],
    ['/v1/tasks/check', { task: { name: 'new', triggers: EVERY_SECOND, action: { type: 'noop' } } }],
    ['/v1/triggers/preview', { trigger: EVERY_SECOND[0], count: 20 }],
    `/v1/occurrences?from=${ago(2)}&to=${ago(-0.5)}&step=1h&limit=50`,
    `/v1/occurrences?from=${ago(0.2)}&to=${ago(-0.2)}&step=15m&limit=50`,
    `/v1/occurrences?from=${ago(0.2)}&to=${ago(-0.2)}&step=15m&limit=50&q=history`,
    '/v1/attention',
    '/v1/upcoming?hours=1&limit=8',
    '/v1/upcoming?hours=24&limit=200',
    '/v1/search?q=second',
    '/v1/search?q=nothing',
    `/v1/search?q=${run.slice(0, 9)}`,
    '/v1/stats',
    `/v1/stats/series?from=${ago(1 / 24)}&to=${ago(0)}&step=1m`,
    `/v1/stats/series?from=${ago(1)}&to=${ago(0)}`,
    `/v1/reports?by=task&${week}`,
    '/v1/forecast',
    '/v1/forecast?hours=24',
    `/v1/forecast/starts?at=${ago(-0.01)}&stepMs=60000`,
    '/v1/clock-changes',
    '/v1/clock-changes?days=400',
    '/v1/settings',
    '/v1/settings/usage',
    ['/v1/settings/impact', { calendars: { holidays: { weekdays: ['sat', 'sun'] } } }],
    '/v1/audit',
    '/v1/instances',
    '/v1/queues',
    '/v1/api-keys',
    '/v1/events',
    '/v1/dead-letters',
    '/v1/webhook-sources',
    '/v1/notification-channels',
    '/v1/notification-deliveries',
    '/v1/me',
    '/metrics',
  ];
}

/** How long an answer takes (ms), and whether it says that the question is too broad. */
async function timed(pool, question) {
  const [path, body] = Array.isArray(question) ? question : [question];
  const headers = { authorization: `Bearer ${token()}`, 'content-type': 'application/json' };
  const began = performance.now();
  const answer = await pool.request(
    body === undefined
      ? { path, method: 'GET', headers }
      : { path, method: 'POST', headers, body: JSON.stringify(body) },
  );
  const text = await answer.body.text();
  const isTooBroad = answer.statusCode === 503 && text.includes('too-broad');
  if (answer.statusCode !== 200 && !isTooBroad) throw new Error(`${path}: ${answer.statusCode} ${text}`);
  return { ms: performance.now() - began, isTooBroad };
}

/** The slowest of all questions at the 99th percentile; each is asked repeatedly on its own. */
async function slowest(pool, asked, rounds) {
  const worst = { p99: 0, path: '', tooBroad: 0 };
  for (const question of asked) {
    const path = String(Array.isArray(question) ? question[0] : question);
    for (let warming = 0; warming < 5; warming++) await timed(pool, question);
    const answers = [];
    for (let round = 0; round < rounds; round++) answers.push(await timed(pool, question));
    const times = answers.map(({ ms }) => ms);
    worst.tooBroad += Number(answers.some(({ isTooBroad }) => isTooBroad));
    const p99 = percentile(times, 0.99);
    if (process.env.VERBOSE) console.log(`${path}: p50 ${percentile(times, 0.5).toFixed(1)}, p99 ${p99.toFixed(1)} ms`);
    if (p99 > worst.p99) Object.assign(worst, { p99, path });
  }
  return worst;
}

/** Asks questions until the work is done. */
async function besideReaders(pool, asked, work) {
  let reading = true;
  const times = [];
  const reader = async (first) => {
    for (let index = first; reading; index += 3) {
      times.push((await timed(pool, asked[index % asked.length])).ms);
      await wait(EVERY_MS);
    }
  };
  const asking = Array.from({ length: READERS }, (_, index) => reader(index * 5));
  const result = await work();
  reading = false;
  await Promise.all(asking);
  return { result, times };
}

/** Lets `seconds` whole seconds pass, and returns how many starts were due in them. */
async function duringSeconds(tasks, seconds) {
  await wait(2000);
  const from = Math.ceil(Date.now() / 1000) * 1000;
  await wait(from + seconds * 1000 + 1000 - Date.now());
  return { from, to: from + seconds * 1000, expected: tasks * seconds };
}

/** How late the starts due in that time were, and how many of them have no run. */
async function startsOf(service, { from, to, expected }) {
  const late = [];
  for (let cursor = ''; cursor !== null;) {
    const range = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
    const page = await service.call('GET', `/v1/runs?${range}&limit=200${cursor && `&cursor=${cursor}`}`);
    late.push(...page.items.flatMap(({ trigger, latenessMs }) => (trigger === 'schedule' ? [latenessMs] : [])));
    cursor = page.nextCursor;
  }
  return { p50: percentile(late, 0.5), p99: percentile(late, 0.99), missing: expected - late.length };
}

/** Fills a fresh store, also with the tasks; resolves to the seconds that took. */
async function filled(url, runs) {
  const service = await Service.start(url);
  const halfADayAway = new Date(Date.now() + DAY_MS / 2);
  const triggers = [{ type: 'cron', expression: `0 ${halfADayAway.getUTCHours()} * * *` }];
  const tasks = Array.from({ length: OLD_TASKS }, (_, index) => ({
    ...{ name: `${index} ${OLD}`, triggers, action: { type: 'noop' }, tags: ['old'] },
  }));
  const made = await service.call('POST', '/v1/tasks/batch', { tasks });
  await service.stop();
  const began = performance.now();
  const owners = made.results.map(({ task }) => ({ id: task.id, organization: 'default' }));
  await fillRuns(url, { runs, owners, spanMs: 5 * DAY_MS });
  const seconds = (performance.now() - began) / 1000;
  if (process.env.VERBOSE) console.log(`${runs} runs in ${seconds.toFixed(0)} s`);
  return seconds;
}

/**
 * A long history: how long answers take, and how ten readers affect 200 tasks that are due each second. A given `store`
 * already has its history.
 */
export async function readers(contender, { runs = 5_000_000, tasks = 200, seconds = 30, rounds = 100, store }) {
  const url = store ?? (await contender.freshStore());
  const filledInS = store === undefined ? await filled(url, runs) : 0;
  const service = await Service.start(url);
  const pool = new Pool(service.url, { connections: READERS });
  try {
    const every = { triggers: EVERY_SECOND, action: { type: 'noop' } };
    const made = await service.call('POST', '/v1/tasks', { name: 'first', ...every });
    await wait(3000);
    const [{ id: run }] = (await service.call('GET', `/v1/runs?taskId=${made.id}`)).items;
    const old = (await service.call('GET', `/v1/tasks?q=${encodeURIComponent(OLD)}&limit=200`)).items.map(
      ({ id }) => id,
    );
    const asked = questions({ task: made.id, run, old });
    const worst = await slowest(pool, asked, rounds);
    const others = Array.from({ length: tasks - 1 }, (_, index) => ({ name: `second by second ${index}`, ...every }));
    await service.call('POST', '/v1/tasks/batch', { tasks: others });
    await duringSeconds(tasks, 5);
    const alone = await startsOf(service, await duringSeconds(tasks, seconds));
    const { result, times } = await besideReaders(pool, asked, () => duringSeconds(tasks, seconds));
    const beside = await startsOf(service, result);
    console.log(`the slowest: ${worst.path}`);
    return {
      slowestGetP99: worst.p99,
      tooBroad: worst.tooBroad,
      aloneP50: alone.p50,
      aloneP99: alone.p99,
      besideP50: beside.p50,
      besideP99: beside.p99,
      missing: alone.missing + beside.missing,
      besideGetP99: percentile(times, 0.99),
      gets: times.length,
      filledInS,
    };
  } finally {
    await pool.close();
    await service.stop();
  }
}
