import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess } from '../e2e/service-process.js';
import { HttpTarget } from '../support/http-target.js';

const ENV = { LOCK_LIFE_MS: '1500', HEARTBEAT_MS: '300' };
const PATIENCE_MS = 90_000;
const RUNS = 12;

interface Listed {
  items: { id: string; status: string; tries: number; alerts: { runId: string; kind: string }[]; state: string }[];
}

async function until<Value>(ask: () => Promise<Value>, isEnough: (value: Value) => boolean): Promise<Value> {
  for (const end = Date.now() + PATIENCE_MS; ; await wait(100)) {
    const value = await ask();
    if (isEnough(value)) return value;
    if (Date.now() > end) throw new Error(`It did not come about: ${JSON.stringify(value).slice(0, 2000)}`);
  }
}

describeOnEachStore('notifications of an instance that is killed', (open) => {
  let store: TemporaryStore;
  let target: HttpTarget;
  let services: ServiceProcess[];

  beforeEach(async () => {
    store = await open();
    services = [];
    // The receiver is away, and what the tasks call fails.
    target = await HttpTarget.start((response) => response.writeHead(503).end());
  });
  afterEach(async () => {
    await Promise.all(services.map((service) => service.killHard()));
    await target.close();
    await store.drop();
  });

  const start = async (): Promise<ServiceProcess> => {
    const service = await ServiceProcess.start(store.url, ENV);
    services.push(service);
    return service;
  };

  it('are all told, each once, after the outage of their receiver', async () => {
    const victim = await start();
    const post = async (path: string, body: object) => (await victim.call<{ id: string }>('POST', path, body)).body.id;
    const channel = await post('/v1/notification-channels', { type: 'webhook', name: 'a', url: `${target.url}/told` });
    await post('/v1/notification-rules', { name: 'all', on: ['failure'], channels: [channel] });
    const action = { type: 'http', method: 'POST', url: `${target.url}/work` };
    const retry = { maxAttempts: 1 };
    const task = await post('/v1/tasks', {
      name: 'a',
      triggers: [{ type: 'manual' }],
      overlap: 'allow',
      action,
      retry,
    });
    const runs: string[] = [];
    for (let n = 0; n < RUNS; n++) runs.push(await post(`/v1/tasks/${task}/run`, {}));
    await until(
      () => Promise.resolve(target.requests),
      ({ length }) => length >= RUNS / 2,
    );
    await victim.killHard();

    const heir = await start();
    const list = async (path: string) => (await heir.call<Listed>('GET', `${path}?limit=200`)).body.items;
    await until(
      () => list('/v1/runs'),
      (all) => all.every(({ state }) => state === 'failed'),
    );
    await until(
      () => list('/v1/notification-deliveries'),
      (all) => new Set(all.flatMap(({ alerts }) => alerts.map(({ runId }) => runId))).size === RUNS,
    );
    target.answer = (response) => response.writeHead(204).end();
    const before = target.requests.length;
    for (const { id } of await list('/v1/notification-deliveries'))
      await until(
        // One that the victim was trying stays its own for a while.
        async () => (await heir.call('POST', `/v1/notification-deliveries/${id}/redeliver`)).status,
        (status) => status === 202,
      );
    const all = await until(
      () => list('/v1/notification-deliveries'),
      (found) => found.every(({ status }) => status === 'delivered'),
    );
    expect(all.flatMap(({ alerts }) => alerts.map(({ runId }) => runId)).sort()).toEqual(runs.sort());
    const arrived = target.requests.slice(before).map(({ headers }) => headers['webhook-id']);
    expect(new Set(arrived).size).toBe(RUNS);
  });
});
