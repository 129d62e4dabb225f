/**
 * Fills a store with a long history and tells how long what people ask takes then, and how late runs start meanwhile.
 *
 *     node bench/history/run.js --runs 10000000 --tasks 1000000 --organizations 1000 [--store file:PATH|mongodb://…] [--only fill|measure]
 *
 * A store that is named stays, so that it can be filled at one time and measured at another.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { Service } from '../service.js';
import { percentile } from '../statistics.js';
import { fill } from './fill.js';

const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));
const ROUNDS = 7;
const HOUR_MS = 3_600_000;

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000000' },
    tasks: { type: 'string', default: '1000000' },
    organizations: { type: 'string', default: '1000' },
    store: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string', default: String(ROUNDS) },
  },
});
const size = { runs: Number(options.runs), tasks: Number(options.tasks), organizations: Number(options.organizations) };
const folder = await mkdtemp(join(process.env.BENCH_FOLDER ?? tmpdir(), 'history-'));
const url = options.store ?? `file:${join(folder, 'tasks.db')}`;
const file = url.startsWith('file:') ? url.slice('file:'.length) : undefined;

const rows = [];
function note(what, figure) {
  rows.push([what, figure]);
  console.log(`${what}: ${figure}`);
}
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

async function timed(what, work) {
  const began = performance.now();
  const result = await work();
  note(what, seconds(performance.now() - began));
  return result;
}

/** Asks several times, each with another round's number, and tells the middle and the longest time. */
async function asked(service, what, path) {
  const took = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    const began = performance.now();
    await service.call('GET', path(round));
    took.push(performance.now() - began);
  }
  note(what, `${percentile(took, 0.5).toFixed(1)} ms, at most ${Math.max(...took).toFixed(1)} ms`);
}

const ago = (hours) => new Date(Date.now() - hours * HOUR_MS).toISOString();
const QUESTIONS = [
  ['runs, newest', (round) => `/v1/runs?limit=${50 + round}`],
  ...['failed', 'timed_out', 'missed', 'running', 'succeeded'].map((state) => [
    `runs, state ${state}`,
    (round) => `/v1/runs?state=${state}&limit=${50 + round}`,
  ]),
  ['runs, trigger manual', (round) => `/v1/runs?trigger=manual&limit=${50 + round}`],
  ['runs, trigger retry and state failed', (round) => `/v1/runs?trigger=retry&state=failed&limit=${50 + round}`],
  ['runs of an hour 20 days ago', (round) => `/v1/runs?from=${ago(481 + round)}&to=${ago(480 + round)}`],
  [
    'failed runs of a day 20 days ago',
    (round) => `/v1/runs?state=failed&from=${ago(504 + round)}&to=${ago(480 + round)}`,
  ],
  ['runs, failures that nothing has mended', (round) => `/v1/runs?unmended=true&limit=${50 + round}`],
  ['report of a week by task', (round) => `/v1/reports?by=task&from=${ago(168 + round)}&to=${ago(0)}`],
  ['tasks, health failing', (round) => `/v1/tasks?health=failing&limit=${50 + round}`],
  ['failures by cause', (round) => `/v1/runs/failures?from=${ago(24 + round)}`],
  ['tasks, newest', (round) => `/v1/tasks?limit=${50 + round}`],
  ['tasks, state paused', (round) => `/v1/tasks?state=paused&limit=${50 + round}`],
  ['tasks, by a part of the name', (round) => `/v1/tasks?q=history&limit=${50 + round}`],
  ['tasks, by a name that none has', (round) => `/v1/tasks?q=none-${round}`],
  ['search', (round) => `/v1/search?q=histo${round}`],
  ['facets', () => '/v1/tasks/facets'],
  ['stats', () => '/v1/stats'],
  ['series of two days', (round) => `/v1/stats/series?from=${ago(47 - round)}&to=${ago(0)}&step=1h`],
  ['what needs attention', () => '/v1/attention'],
  ['what starts next', () => '/v1/upcoming?hours=1'],
  ['occurrences of tasks', (round) => `/v1/occurrences?limit=20&from=${ago(24 + round)}&to=${ago(0)}&step=1h`],
  ['usage', () => '/v1/settings/usage'],
];

const ofTask = (id) => [
  ['runs of a task', (round) => `/v1/runs?taskId=${id}&limit=${10 + round}`],
  ['explain', (round) => `/v1/tasks/${id}/explain?at=${ago(1 + round)}`],
  ['ledger of a task', (round) => `/v1/tasks/${id}/occurrences?from=${ago(600 + round)}&to=${ago(0)}`],
  ['series of a task', (round) => `/v1/stats/series?taskId=${id}&from=${ago(600 + round)}&to=${ago(0)}&step=1d`],
  ['figures of a task', (round) => `/v1/tasks/${id}/figures?from=${ago(160 + round)}`],
];

/** The lateness of the starts of some tasks while others ask. */
async function latenessWhile(service, what, work) {
  const triggers = [{ type: 'interval', everyMs: 250 }];
  const beat = { name: 'beat', triggers, action: { type: 'noop' }, overlap: 'allow' };
  const tasks = await Promise.all(Array.from({ length: 4 }, () => service.call('POST', '/v1/tasks', beat)));
  const began = Date.now();
  await work();
  const until = Date.now();
  const pages = await Promise.all(
    tasks.map(({ id }) => service.call('GET', `/v1/runs?taskId=${id}&limit=200&from=${new Date(began).toISOString()}`)),
  );
  const lateness = pages.flatMap(({ items }) => items).flatMap(({ latenessMs }) => latenessMs ?? []);
  await Promise.all(tasks.map(({ id }) => service.call('POST', `/v1/tasks/${id}/pause`, { reason: 'measured' })));
  const share = `${lateness.length} starts in ${seconds(until - began)}`;
  note(`lateness ${what}`, `p50 ${percentile(lateness, 0.5)} ms, p99 ${percentile(lateness, 0.99)} ms (${share})`);
}

const services = [];
const start = async (what) => {
  const service = await Service.start(url);
  services.push(service);
  note(what, seconds(service.startedInMs));
  return service;
};

async function filled() {
  const first = await start('start-up, empty');
  const triggers = [{ type: 'cron', expression: '0 0 1 1 *' }];
  const template = await first.call('POST', '/v1/tasks', { name: 'history', triggers, action: { type: 'noop' } });
  await first.stop();
  await timed(`fill ${size.runs} runs of ${size.tasks} tasks`, () => fill(url, { ...size, template: template.id }));
  if (file) note('file', `${((await stat(file)).size / 1e9).toFixed(1)} GB`);
}

async function measured() {
  const service = await start('start-up, with the history');
  const [{ id }] = (await service.call('GET', '/v1/tasks?limit=1')).items;
  await latenessWhile(service, 'while nobody asks', () => sleep(10_000));
  await latenessWhile(service, 'while all of this is asked', async () => {
    for (const [what, path] of [...QUESTIONS, ...ofTask(id)]) await asked(service, what, path);
  });
  await latenessWhile(service, 'while housekeeping removes a day', async () => {
    const days = { retention: { runsDays: 24 } };
    await timed('settings that keep less', () => service.call('PUT', '/v1/settings', days));
    await sleep(70_000);
  });
  if (file) {
    await latenessWhile(service, 'while a backup is written', () =>
      timed('backup', () =>
        promisify(execFile)(process.execPath, [BIN, 'backup', join(folder, 'copy.db'), '--store', url]),
      ),
    );
  }
  note('memory', `${(await service.memory()).toFixed(0)} MiB`);
  await service.stop();
}

try {
  if (options.only !== 'measure') await filled();
  if (options.only !== 'fill') await measured();
  console.log(
    `load of the machine: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}`,
  );
  console.log(['', '|  |  |', '| --- | --- |', ...rows.map(([what, figure]) => `| ${what} | ${figure} |`)].join('\n'));
} finally {
  for (const { child } of services) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
}
