import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess } from '../e2e/service-process.js';
import { HttpTarget } from '../support/http-target.js';

const SETTINGS = { LOCK_LIFE_MS: '1500', HEARTBEAT_MS: '300', LOG_LEVEL: 'fatal' };
const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 60_000;

interface Summary {
  id: string;
  state: string;
}

describeOnEachStore('a receiver that is away while the service is killed', (open) => {
  let store: TemporaryStore;
  let receiver: HttpTarget;
  let services: ServiceProcess[];

  beforeEach(async () => {
    store = await open();
    receiver = await HttpTarget.start();
    services = [];
  });
  afterEach(async () => {
    await Promise.all(services.map((service) => service.killHard()));
    await receiver.close();
    await store.drop();
  });

  const start = async (): Promise<ServiceProcess> => {
    const urls = { REPORTING_URL: `${receiver.url}/reports`, NOTIFICATION_URL: `${receiver.url}/notices` };
    const service = await ServiceProcess.start(store.url, { ...SETTINGS, ...urls });
    services.push(service);
    return service;
  };
  const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
    for (const end = Date.now() + PATIENCE_MS; !(await isSo()); await wait(LOOK_EVERY_MS))
      if (Date.now() > end) throw new Error('It did not come about.');
  };
  const bodies = (path: string): Summary[] =>
    receiver.requests
      .filter((request) => request.path === path)
      .flatMap(({ body }) => {
        const parsed = JSON.parse(body) as Summary & { runs?: Summary[] };
        return parsed.runs ?? [parsed];
      });

  it(
    'gets everything when it is back, from another instance, under the ids that it knows',
    async () => {
      receiver.answer = (response) => response.writeHead(503).end();
      const first = await start();
      const triggers = [{ type: 'manual' }];
      const ids: string[] = [];
      // The second one fails: what it calls is away as well.
      for (const action of [{ type: 'noop' }, { type: 'http', method: 'GET', url: `${receiver.url}/called` }]) {
        const task = { name: 'told', triggers, action, overlap: 'allow', retry: { maxAttempts: 1 } };
        const { body } = await first.call<{ id: string }>('POST', '/v1/tasks', task);
        for (let count = 0; count < 3; count++)
          ids.push((await first.call<{ id: string }>('POST', `/v1/tasks/${body.id}/run`)).body.id);
      }
      await until(async () =>
        (await first.all<Summary>('/v1/runs')).every(({ state }) => /succeeded|failed/.test(state)),
      );
      await first.killHard();

      receiver.requests.length = 0;
      receiver.answer = (response) => response.writeHead(204).end();
      await start();
      await until(() => new Set(bodies('/reports').map(({ id }) => id)).size >= ids.length);
      await until(() => bodies('/notices').length >= 3);
      expect(new Set(bodies('/reports').map(({ id }) => id))).toEqual(new Set(ids));
      expect(new Set(bodies('/notices').map(({ id }) => id))).toEqual(new Set(ids.slice(3)));
      expect(bodies('/reports')).toHaveLength(ids.length);
    },
    2 * PATIENCE_MS,
  );
});
