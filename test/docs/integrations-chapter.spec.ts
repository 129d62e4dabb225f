import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess, tokenFor } from '../e2e/service-process.js';
import { hasRedisServer, RedisServer } from '../transports/redis-server.js';

const text = readFileSync(new URL('../../docs/integrations.md', import.meta.url), 'utf8');
const [brokers, notifications] = text.split('\n# Notifications') as [string, string];
const blocksOf = (part: string): string[] => [...part.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!);

/** What the examples print. */
async function printed(part: string, service: ServiceProcess, first: string[] = []): Promise<string> {
  const token = tokenFor('default', ['admin'], { installation: 'admin' });
  const env = { PATH: process.env['PATH'], URL: service.url, TOKEN: token };
  const program = ['set -euo pipefail', ...first, ...blocksOf(part)].join('\n');
  return (await promisify(execFile)('bash', ['-c', program], { env })).stdout;
}

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
    const stdout = await printed(notifications, service);
    // The sample, which found nobody at its address.
    expect(stdout).toContain('"kind":"test"');
    expect(stdout).toContain('"failures":3');
  });
});

const withRedis = hasRedisServer() ? describe : describe.skip;

withRedis('the examples of docs/integrations.md on brokers, skipped where redis-server is not installed', () => {
  describeOnEachStore('they', (open) => {
    let store: TemporaryStore;
    let redis: RedisServer;
    let service: ServiceProcess;
    beforeAll(async () => {
      [store, redis] = await Promise.all([open(), RedisServer.start()]);
      service = await ServiceProcess.start(store.url, { REDIS_URL: redis.url });
    });
    afterAll(async () => {
      await service.killHard();
      await redis.remove();
      await store.drop();
    });

    it('run as they stand', async () => {
      const stdout = await printed(brokers, service, [`redis-cli() { command redis-cli -u '${redis.url}' "$@"; }`]);
      expect(stdout).toContain('"type":"task-runner.task.changed"');
      expect(stdout).toContain('"type":"build-done","source":"redis:');
    });
  });
});
