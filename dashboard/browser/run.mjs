// `node browser/run.mjs [PATTERN OF NAMES]`: walks the journeys in Chromium, on the built service.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { JOURNEYS } from './journeys.mjs';
import { Service } from './service.mjs';
import { signInByToken } from './steps.mjs';
import { openTab, shoot } from './tab.mjs';

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = PLACES.find((path) => path !== undefined && existsSync(path));
if (executablePath === undefined) {
  console.log('Chromium: none here, the dashboard is NOT TESTED in a browser.');
  process.exit(0);
}

const wanted = process.argv[2] ?? '';
const service = new Service();
await service.start();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
let failed = 0;
try {
  const tab = await openTab(browser);
  if (wanted !== '' && !wanted.includes('empty')) await signInByToken(tab.page, service);
  for (const [name, journey] of Object.entries(JOURNEYS).filter(([each]) => new RegExp(wanted).test(each))) {
    const start = Date.now();
    try {
      await journey(tab, service);
    } catch (error) {
      tab.faults.push(error.stack ?? String(error));
      await shoot(tab.page, 'failed').catch(() => undefined);
    }
    const faults = tab.faults.splice(0);
    if (faults.length > 0) failed += 1;
    console.log(`${faults.length === 0 ? '  ok' : '  FAILED'}: ${name} (${Date.now() - start} ms)`);
    for (const fault of faults) console.log(`    ${fault}`);
  }
} finally {
  await browser.close();
  await service.end();
}
process.exitCode = failed === 0 ? 0 : 1;
