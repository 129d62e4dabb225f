import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess, tokenFor } from '../e2e/service-process.js';

const text = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!);

describeOnEachStore('the examples of docs/events.md', (open) => {
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

  it('run as they stand, and each of them starts the task', async () => {
    expect(blocks).toHaveLength(8);
    const program = ['set -euo pipefail', ...blocks].join('\n');
    const env = { PATH: process.env['PATH'], URL: service.url, TOKEN: tokenFor('default') };
    const { stdout } = await promisify(execFile)('bash', ['-c', program], { env });
    const runs = JSON.parse(stdout.slice(stdout.lastIndexOf('{"items"'))) as { items: unknown[] };
    // One by the route of events, two CloudEvents, one by hand, two webhooks, a test, and its replay.
    expect(runs.items).toHaveLength(8);
  });
});
