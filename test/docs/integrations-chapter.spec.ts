import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess, tokenFor } from '../e2e/service-process.js';

const text = readFileSync(new URL('../../docs/integrations.md', import.meta.url), 'utf8');
const chapter = text.slice(text.indexOf('\n# Notifications'));
const blocks = [...chapter.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!);

describeOnEachStore('the examples of docs/integrations.md', (open) => {
  let store: TemporaryStore;
  let service: ServiceProcess;
  beforeAll(async () => {
    store = await open();
    service = await ServiceProcess.start(store.url);
  });
  afterAll(async () => {
    await service.killHard();
    await store.drop();
  });

  it('run as they stand', async () => {
    expect(blocks.length).toBeGreaterThanOrEqual(1);
    const program = ['set -euo pipefail', ...blocks].join('\n');
    const env = { PATH: process.env['PATH'], URL: service.url, TOKEN: tokenFor('default') };
    const { stdout } = await promisify(execFile)('bash', ['-c', program], { env });
    // The sample, which found nobody at its address.
    expect(stdout).toContain('"kind":"test"');
    expect(stdout).toContain('"failures":3');
  });
});
