import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { derivedId } from '../../src/domain/ids.js';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess, tokenFor } from '../e2e/service-process.js';
import { HttpTarget } from '../support/http-target.js';
import { KAFKA_BROKERS, kafkaBroker, redisBroker } from '../transports/broker-fixture.js';
import { hasRedisServer } from '../transports/redis-server.js';

const PRELOAD = new URL('./die-at.mjs', import.meta.url).href;
const QUICK = { LOCK_LIFE_MS: '3000', HEARTBEAT_MS: '500', LOG_LEVEL: 'fatal' };
const PATIENCE_MS = 60_000;
const SOURCE = '/ci';

/** Under which the event of this source and id is stored. */
const idOf = (id: string): string => derivedId(0, 'cloudevent', SOURCE, id);

interface Run {
  id: string;
  state: string;
  attempt: number;
  events?: string[];
}

const brokers = [
  ...(hasRedisServer() ? [['Redis', () => redisBroker()] as const] : []),
  // Not to be crashed here, so that nothing is left down.
  ...(KAFKA_BROKERS === null ? [] : [['Kafka', kafkaBroker] as const]),
];

describeOnEachStore('kill -9 at a named point', (open) => {
  let store: TemporaryStore;
  let target: HttpTarget;
  const services: ServiceProcess[] = [];

  beforeEach(async () => {
    store = await open();
    target = await HttpTarget.start();
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.killHard()));
    await target.close();
    await store.drop();
  });

  const boot = async (env: NodeJS.ProcessEnv = {}) => {
    const service = await ServiceProcess.start(store.url, { ...QUICK, NODE_OPTIONS: `--import ${PRELOAD}`, ...env });
    services.push(service);
    return service;
  };
  const create = async (service: ServiceProcess, path: string, body: object, token?: string): Promise<string> => {
    const answer = await service.call<{ id: string }>('POST', path, body, 'default', token);
    expect(answer.status).toBe(201);
    return answer.body.id;
  };
  const task = (service: ServiceProcess, more: object) =>
    create(service, '/v1/tasks', { name: 'waits', action: { type: 'noop' }, overlap: 'allow', ...more });
  /** The status of the answer; null where there was none. */
  const raise = ({ url }: ServiceProcess, id: string, data: object = {}): Promise<number | null> => {
    const headers = {
      authorization: `Bearer ${tokenFor('default')}`,
      'content-type': 'application/cloudevents+json',
    };
    const body = JSON.stringify({ specversion: '1.0', source: SOURCE, type: 'told', id, data });
    const sent = fetch(`${url}/v1/events`, { method: 'POST', headers, body });
    return sent.then(({ status }) => status).catch(() => null);
  };
  const runsOf = (service: ServiceProcess, taskId: string) => service.all<Run>(`/v1/runs?taskId=${taskId}`);
  const until = async <Value>(ask: () => Promise<Value>, isEnough: (value: Value) => boolean): Promise<Value> => {
    for (const end = Date.now() + PATIENCE_MS; ; await sleep(100)) {
      const value = await ask();
      if (isEnough(value)) return value;
      if (Date.now() > end) throw new Error(`It did not come about: ${JSON.stringify(value).slice(0, 2000)}`);
    }
  };
  const succeeded = (service: ServiceProcess, taskId: string, count = 1) =>
    until(
      () => runsOf(service, taskId),
      (runs) => runs.length >= count && runs.every(({ state }) => state === 'succeeded'),
    );

  it(
    'starts each task once where the runs of an event are stored, and the event is not marked',
    async () => {
      const victim = await boot({ DIE_AT: 'runs stored, event not marked' });
      const triggers = [{ type: 'event', event: 'told' }];
      const tasks = [await task(victim, { triggers }), await task(victim, { triggers })];
      expect(await raise(victim, 'e-1', { last: true })).toBeNull();
      const heir = await boot();
      const record = () =>
        heir.call<{ dispatched: boolean; runs: { runId: string }[] }>('GET', `/v1/events/${idOf('e-1')}`);
      const { body } = await until(record, (answer) => answer.body.dispatched);
      expect(await raise(heir, 'e-1', { last: true })).toBe(202);
      const runs = [];
      for (const id of tasks) runs.push(...(await succeeded(heir, id)));
      expect(runs).toHaveLength(2);
      expect(new Set(body.runs.map(({ runId }) => runId))).toEqual(new Set(runs.map(({ id }) => id)));
    },
    2 * PATIENCE_MS,
  );

  it(
    'starts one run of the events of a window',
    async () => {
      const victim = await boot({ DIE_AT: 'event in a window, not marked' });
      const debounce = { quietMs: 3000, maxMs: 60_000 };
      const id = await task(victim, { triggers: [{ type: 'event', event: 'told', debounce }] });
      expect(await raise(victim, 'e-1')).toBe(202);
      expect(await raise(victim, 'e-2', { last: true })).toBeNull();
      const heir = await boot();
      const [{ id: runId }] = (await succeeded(heir, id)) as [Run];
      const { body } = await heir.call<Run>('GET', `/v1/runs/${runId}`);
      expect(body.events).toEqual(['e-1', 'e-2'].map(idOf));
      expect(await raise(heir, 'e-2', { last: true })).toBe(202);
      for (const event of ['e-1', 'e-2']) {
        const answer = await until(
          () => heir.call<{ dispatched: boolean; runs: object[] }>('GET', `/v1/events/${idOf(event)}`),
          (found) => found.body.dispatched,
        );
        expect(answer.body.runs).toMatchObject([{ taskId: id, runId }]);
      }
      expect(await runsOf(heir, id)).toHaveLength(1);
    },
    2 * PATIENCE_MS,
  );

  it.each(brokers)(
    'starts one run for each message of %s that is stored, and not confirmed',
    async (_name, openBroker) => {
      const broker = await openBroker();
      try {
        const topic = `events-${randomUUID()}`;
        await broker.createTopic(topic);
        const env = {
          TRANSPORT_GROUP: broker.options.transportGroup!,
          ...(broker.options.redisUrl && { REDIS_URL: broker.options.redisUrl }),
          ...(broker.name === 'kafka' && { KAFKA_BROKERS: KAFKA_BROKERS! }),
        };
        const victim = await boot({ ...env, DIE_AT: 'message stored, not confirmed' });
        const id = await task(victim, { triggers: [{ type: 'event', event: 'order' }] });
        const settings = { subscribe: [{ transport: broker.name, topic, organization: 'default', event: 'order' }] };
        const token = tokenFor('default', ['admin'], { installation: 'admin' });
        await broker.write(topic, JSON.stringify({ at: 1 }));
        // It may die before it answers.
        const put = victim.call('PUT', '/v1/installation/settings', settings, 'default', token);
        expect(await put.then(({ status }) => status).catch(() => 200)).toBe(200);
        await until(
          () => victim.call('GET', '/health/live').catch(() => null),
          (answer) => answer === null,
        );
        const heir = await boot(env);
        await succeeded(heir, id);
        await broker.write(topic, JSON.stringify({ at: 2 }));
        expect(await succeeded(heir, id, 2)).toHaveLength(2);
        // The first one was brought again before or with the second one.
        const { items } = (await heir.call<{ items: object[] }>('GET', '/v1/events?type=order')).body;
        expect(items).toHaveLength(2);
      } finally {
        await broker.close();
      }
    },
    3 * PATIENCE_MS,
  );

  it(
    'starts one flow where its start is not stored',
    async () => {
      const flows = new Map<string, { starts: number; asked: number }>();
      target.answer = (response, { method, path, body }) => {
        const runId = method === 'POST' ? (JSON.parse(body) as { runId: string }).runId : path.split('/').at(-1)!;
        const flow = flows.get(runId) ?? { starts: 0, asked: 0 };
        flows.set(runId, flow);
        if (method === 'POST') flow.starts++;
        else flow.asked++;
        const state = flow.asked > 0 ? { state: 'succeeded', output: 'all green' } : { state: 'running' };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(state));
      };
      const env = { EXECUTION_ENGINE_URL: target.url };
      const victim = await boot({ ...env, DIE_AT: 'flow started, not stored' });
      const id = await task(victim, { triggers: [{ type: 'manual' }], action: { type: 'test-flow', flowId: 'smoke' } });
      void victim.call('POST', `/v1/tasks/${id}/run`).catch(() => undefined);
      await until(
        () => victim.call('GET', '/health/live').catch(() => null),
        (answer) => answer === null,
      );
      const heir = await boot(env);
      const runs = await succeeded(heir, id);
      expect(runs).toHaveLength(1);
      expect([...flows.keys()]).toEqual([runs[0]!.id]);
      // Told again under the id of the run, which the engine knows.
      expect(flows.get(runs[0]!.id)!.starts).toBe(2);
    },
    2 * PATIENCE_MS,
  );

  it(
    'sends a notification again under its id where it was sent, and that is not stored',
    async () => {
      target.answer = (response, { path }) => response.writeHead(path === '/told' ? 204 : 500).end();
      const victim = await boot({ DIE_AT: 'notification sent, not stored', LEASE_MS: '3000' });
      const channel = { type: 'webhook', name: 'a', url: `${target.url}/told` };
      const channels = [await create(victim, '/v1/notification-channels', channel)];
      await create(victim, '/v1/notification-rules', { name: 'all', on: ['failure'], channels });
      const action = { type: 'http', method: 'POST', url: `${target.url}/work` };
      const id = await task(victim, { triggers: [{ type: 'manual' }], action, retry: { maxAttempts: 1 } });
      void victim.call('POST', `/v1/tasks/${id}/run`).catch(() => undefined);
      await until(
        () => victim.call('GET', '/health/live').catch(() => null),
        (answer) => answer === null,
      );
      const heir = await boot({ LEASE_MS: '3000' });
      interface Deliveries {
        items: { id: string; status: string; alerts: object[] }[];
      }
      const { items } = await until(
        async () => (await heir.call<Deliveries>('GET', '/v1/notification-deliveries')).body,
        (found) => found.items.length > 0 && found.items.every(({ status }) => status === 'delivered'),
      );
      expect(items).toHaveLength(1);
      expect(items[0]!.alerts).toHaveLength(1);
      const sent = target.requests.filter(({ path }) => path === '/told').map(({ headers }) => headers['webhook-id']);
      expect(sent.length).toBeGreaterThanOrEqual(2);
      expect(new Set(sent).size).toBe(1);
    },
    2 * PATIENCE_MS,
  );
});
