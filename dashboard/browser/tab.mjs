// A tab of the browser in which any error of the page, of its policy or in the console is a fault.
import { readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SHOTS = new URL('shots/', import.meta.url).pathname;
mkdirSync(SHOTS, { recursive: true });

const LONGEST_MS = 20_000;

export async function openTab(browser, { width = 1280, height = 800, colorScheme = 'light' } = {}) {
  // The policy of the page must hold: axe alone is put in around it, by the protocol of the browser.
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, timezoneId: 'Europe/Berlin' });
  const page = await context.newPage();
  page.setDefaultTimeout(LONGEST_MS);
  countRequests(page);
  const faults = [];
  let isForgiving = false;
  await page.exposeFunction('tellFault', (text) => faults.push(text));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.tellFault(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.stack ?? error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.type()} ${dialog.message()}`);
    return dialog.type() === 'beforeunload' ? dialog.accept() : dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && !isForgiving) faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  return {
    page,
    faults,
    /** While the service is away, the browser says so in the console. */
    forgive: (does) => (isForgiving = does),
    close: () => context.close(),
  };
}

/** What axe finds serious; by some of its rules only, where they are given. */
export async function seriousIn(page, part = {}) {
  await page.evaluate(`window.axe ?? (() => { ${axe} })()`);
  const { violations } = await page.evaluate(
    (options) => window.axe.run(document, { resultTypes: ['violations'], ...options }),
    part,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(({ html }) => html.slice(0, 200))
          .join(' | ')}`,
    );
}

/** The requests of each page that are under way, and when that last changed; without those that stay open. */
const underWay = new WeakMap();
const isStream = (request) => /\/v1\/(changes|runs\/[^/]+\/log)/.test(request.url());

function countRequests(page) {
  const count = { open: new Set(), at: Date.now() };
  underWay.set(page, count);
  page.on('request', (request) => {
    if (request.isNavigationRequest()) count.open.clear();
    if (!isStream(request)) count.open.add(request);
    count.at = Date.now();
  });
  for (const end of ['requestfinished', 'requestfailed'])
    page.on(end, (request) => {
      if (count.open.delete(request)) count.at = Date.now();
    });
}

/** Waits until nothing has been asked for half a second, streams aside. */
export async function quiet(page) {
  const count = underWay.get(page);
  for (const end = Date.now() + LONGEST_MS; count.open.size > 0 || Date.now() - count.at < 500;) {
    if (Date.now() > end) throw new Error('The page goes on asking.');
    await page.waitForTimeout(50);
  }
}

export const shoot = (page, name) => page.screenshot({ path: join(SHOTS, `${name}.png`) });
