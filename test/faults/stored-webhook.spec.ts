import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { schemeOf } from '../../src/webhooks/schemes/schemes.js';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess } from '../e2e/service-process.js';

const PRELOAD = new URL('./die-before-dispatch.mjs', import.meta.url).href;
const QUICK = { LOCK_LIFE_MS: '3000', HEARTBEAT_MS: '500', LOG_LEVEL: 'fatal' };
const BODY = JSON.stringify({ type: 'delivered' });
const PATIENCE_MS = 40_000;

interface Source {
  id: string;
  secret: string;
}

describeOnEachStore('kill -9 between the storing of a webhook and its matching', (open) => {
  let store: TemporaryStore;
  const services: ServiceProcess[] = [];
  const boot = async (env: NodeJS.ProcessEnv = {}) => {
    const service = await ServiceProcess.start(store.url, { ...QUICK, ...env });
    services.push(service);
    return service;
  };
  beforeEach(async () => {
    store = await open();
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.killHard()));
    await store.drop();
  });

  /** The status of the answer; null where there was none. */
  const send = async ({ url }: ServiceProcess, { id, secret }: Source): Promise<number | null> => {
    const headers = schemeOf({ type: 'standard' }).sign(secret, Buffer.from(BODY), { id: 'm-1', now: Date.now() })!;
    const sent = fetch(`${url}/v1/hooks/${id}`, { method: 'POST', headers, body: BODY });
    return sent.then(({ status }) => status).catch(() => null);
  };
  const runsOf = async (service: ServiceProcess, task: string) =>
    (await service.call<{ items: { state: string }[] }>('GET', `/v1/runs?taskId=${task}`)).body.items;

  it(
    'starts its run once, whether the sender tries again or not',
    async () => {
      const victim = await boot({ NODE_OPTIONS: `--import ${PRELOAD}` });
      const task = await victim.call<{ id: string }>('POST', '/v1/tasks', {
        name: 'waits',
        triggers: [{ type: 'event', event: 'delivered' }],
        action: { type: 'noop' },
      });
      const source = await victim.call<Source>('POST', '/v1/webhook-sources', { name: 'sender' });
      expect(await send(victim, source.body)).toBeNull();
      const next = await boot();
      const end = Date.now() + PATIENCE_MS;
      while ((await runsOf(next, task.body.id)).length === 0 && Date.now() < end) await sleep(100);
      expect(await send(next, source.body)).toBe(202);
      while ((await runsOf(next, task.body.id)).some(({ state }) => state !== 'succeeded') && Date.now() < end)
        await sleep(100);
      expect(await runsOf(next, task.body.id)).toMatchObject([{ state: 'succeeded' }]);
    },
    2 * PATIENCE_MS,
  );
});
