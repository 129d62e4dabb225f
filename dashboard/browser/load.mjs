// Figures of the dashboard under load: `node browser/load.mjs [first|runs|many]`, best on a machine that does nothing else.
//   first  the compressed script of the first view, and how soon it can be used
//   runs   100 runs a second for a minute, without the overview and with it: the page's thread and heap, and the engine's lateness
//   many   10,000 tasks: how soon a filter shows its first row, and how long the frames are while all are scrolled through
import { setTimeout as wait } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { Service } from './service.mjs';
import { seen, signInByToken } from './steps.mjs';
import { openTab, quiet } from './tab.mjs';

const SECONDS = Number(process.env.SECONDS ?? 60);
const TASKS = 100;
const MANY = 10_000;
const LONG_FRAME_MS = 32;

const percentile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)];

/** Makes tasks, a thousand at a time. */
async function make(service, count, task) {
  for (let from = 0; from < count; from += 1000) {
    const tasks = Array.from({ length: Math.min(1000, count - from) }, (_, index) => task(from + index));
    await service.call('POST /v1/tasks/batch', { tasks });
  }
}

async function first({ page }, service) {
  await page.addInitScript(() => {
    new MutationObserver(() => {
      if (!window.usableAt && document.querySelector('.figures tbody tr')) window.usableAt = performance.now();
    }).observe(document, { childList: true, subtree: true });
  });
  const times = [];
  for (let round = 0; round < 7; round++) {
    await page.goto(`${service.url}/dashboard/`);
    await page.waitForFunction(() => window.usableAt);
    times.push(await page.evaluate(() => window.usableAt));
  }
  // Without what the browser has kept.
  const fresh = await page.context().newCDPSession(page);
  await fresh.send('Network.setCacheDisabled', { cacheDisabled: true });
  await page.goto(`${service.url}/dashboard/`);
  await page.waitForFunction(() => window.usableAt);
  const { usableAt, before, all } = await page.evaluate(() => {
    const scripts = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'));
    const sum = (each) => each.reduce((bytes, { encodedBodySize }) => bytes + encodedBodySize, 0);
    const { usableAt: at } = window;
    return { usableAt: at, before: sum(scripts.filter(({ responseEnd }) => responseEnd < at)), all: sum(scripts) };
  });
  console.log(
    `first view: ${(before / 1000).toFixed(1)} kB of script as sent, ${(all / 1000).toFixed(1)} kB with what is fetched when idle`,
  );
  console.log(
    `usable after ${usableAt.toFixed(0)} ms without a cache, ${percentile(times, 0.5).toFixed(0)} ms with it (worst ${Math.max(...times).toFixed(0)})`,
  );
}

/** How late the runs of some seconds started. */
async function latenessDuring(service, seconds) {
  const from = Math.ceil(Date.now() / 1000) * 1000;
  await wait(from + seconds * 1000 + 2000 - Date.now());
  const late = [];
  const range = `from=${new Date(from).toISOString()}&to=${new Date(from + seconds * 1000).toISOString()}`;
  for (let cursor = ''; cursor !== null;) {
    const { items, nextCursor } = await service.call(`GET /v1/runs?${range}&limit=200${cursor && `&cursor=${cursor}`}`);
    late.push(...items.map(({ latenessMs }) => latenessMs ?? Infinity));
    cursor = nextCursor;
  }
  return { runs: late.length, p50: percentile(late, 0.5), p99: percentile(late, 0.99) };
}

/** How much of the time the thread of the page was busy, and what its heap held before and after. */
async function watched(page, work) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const metrics = async () => {
    await session.send('HeapProfiler.collectGarbage');
    const found = (await session.send('Performance.getMetrics')).metrics;
    return Object.fromEntries(found.map(({ name, value }) => [name, value]));
  };
  const before = await metrics();
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  const after = await metrics();
  const heap = [before, after].map(({ JSHeapUsedSize }) => JSHeapUsedSize / 1e6);
  return { result, busy: (after.TaskDuration - before.TaskDuration) / seconds, heap };
}

async function runs({ page }, service) {
  await page.goto('about:blank');
  const trigger = [{ type: 'cron', expression: '* * * * * *' }];
  await make(service, TASKS, (index) => ({
    ...{ name: `each second ${index}`, triggers: trigger, action: { type: 'noop' } },
  }));
  await wait(10_000);
  const told = ({ runs: count, p50, p99 }) => `${count} runs, late by ${p50} ms at p50, ${p99} ms at p99`;
  const without = [await latenessDuring(service, SECONDS)];
  await page.goto(`${service.url}/dashboard/`);
  await seen(page.locator('.series'));
  await wait(10_000);
  const { result, busy, heap } = await watched(page, () => latenessDuring(service, SECONDS));
  await page.goto('about:blank');
  await wait(3000);
  without.push(await latenessDuring(service, SECONDS));
  for (const each of without) console.log(`without the overview: ${told(each)}`);
  console.log(`with it: ${told(result)}`);
  console.log(
    `its thread was busy ${(busy * 100).toFixed(1)} % of the time; heap ${heap.map((mb) => mb.toFixed(1)).join(' → ')} MB`,
  );
}

/** How long it takes from the key to the row, as the page sees it. */
const filtered = (page, text, row) =>
  page.evaluate(
    ([wanted, name]) =>
      new Promise((resolve) => {
        const field = document.querySelector('[data-search]');
        field.value = wanted;
        const began = performance.now();
        const observer = new MutationObserver(() => {
          const links = [...document.querySelectorAll('.body-group a')];
          if (!links.some(({ textContent }) => textContent === name)) return;
          observer.disconnect();
          requestAnimationFrame(() => resolve(performance.now() - began));
        });
        observer.observe(document.body, { childList: true, subtree: true, characterData: true });
        field.form.requestSubmit();
      }),
    [text, row],
  );

async function many({ page }, service) {
  await make(service, MANY, (index) => ({
    ...{ name: `load ${index}`, triggers: [{ type: 'manual' }], action: { type: 'noop' }, tags: ['load'] },
  }));
  const times = [];
  for (let round = 0; round < 12; round++) {
    await page.goto(`${service.url}/dashboard/tasks`);
    await seen(page.getByRole('link', { name: /^load \d+/ }));
    await quiet(page);
    const wanted = `load ${4321 + round * 111}`;
    times.push(await filtered(page, wanted, wanted));
  }
  const answers = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => /v1\/tasks\?.*q=/.test(name))
      .map(({ duration }) => duration),
  );
  console.log(
    `a filter of ${MANY} tasks shows its first row after ${percentile(times, 0.5).toFixed(0)} ms, ${Math.max(...times).toFixed(0)} at worst; the last answer took ${answers.at(-1)?.toFixed(0)} ms`,
  );
  await page.goto(`${service.url}/dashboard/tasks`);
  const table = page.getByRole('table', { name: 'Tasks' });
  await seen(page.getByRole('link', { name: /^load \d+/ }));
  for (let rows = 0; rows < MANY;) {
    await table.evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
    await quiet(page);
    rows = await page
      .locator('p.foot')
      .last()
      .innerText()
      .then((text) => Number(text.replace(/\D/g, '')));
  }
  const frames = await table.evaluate(
    (scroller) =>
      new Promise((resolve) => {
        const lengths = [];
        scroller.scrollTo(0, 0);
        let last = performance.now();
        const step = (now) => {
          lengths.push(now - last);
          last = now;
          scroller.scrollBy(0, 600);
          if (scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1) resolve(lengths.slice(2));
          else requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
  );
  const long = frames.filter((ms) => ms > LONG_FRAME_MS);
  console.log(
    `${frames.length} frames while ${MANY} rows are scrolled through: ${percentile(frames, 0.99).toFixed(1)} ms at p99, ${Math.max(...frames).toFixed(1)} at most, ${long.length} over ${LONG_FRAME_MS} ms`,
  );
}

const PARTS = { first, runs, many };
const wanted = process.argv[2];
for (const [name, part] of Object.entries(PARTS).filter(([each]) => wanted === undefined || each === wanted)) {
  const service = new Service();
  await service.start();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--js-flags=--expose-gc'],
  });
  try {
    const tab = await openTab(browser);
    await signInByToken(tab.page, service);
    await part(tab, service);
    for (const fault of tab.faults) console.log(`${name}: ${fault}`);
  } finally {
    await browser.close();
    await service.end();
  }
}
