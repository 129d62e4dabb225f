import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { RestWorld } from '../rest/rest-world.js';
import type { Broker } from './broker-fixture.js';

const ENGINE = { lockLifeMs: 6000, heartbeatMs: 1000 };

interface Letter {
  id: string;
  organization: string;
  topic: string;
  reason: string;
  detail: string;
  excerpt: string;
  eventId: string | null;
}

const cloudEvent = (id: string, type = 'build.done', data: unknown = { suite: 'smoke' }): string =>
  JSON.stringify({ specversion: '1.0', id, source: '/ci', type, data });

/** What the service does with a broker whose topics it reads. */
export function describeSubscribing(open: () => Promise<Broker>, name: string, isCrashable = true): void {
  describeOnEachStore(`messages from ${name}`, (openStore) => {
    let store: TemporaryStore;
    let broker: Broker;
    let worlds: RestWorld[];
    let topic: string;

    beforeEach(async () => {
      [store, broker] = await Promise.all([openStore(), open()]);
      topic = `events-${randomUUID()}`;
      worlds = [await start()];
      await broker.createTopic(topic);
    });
    afterEach(async () => {
      for (const world of worlds) await world.stop();
      await broker.close();
      await store.drop();
    });

    const start = () => RestWorld.start({}, {}, {}, { storeUrl: store.url, engine: ENGINE, ...broker.options });
    const world = () => worlds[0]!;
    const put = async (subscribe: object[]) => {
      const answer = await world().ask('PUT /v1/installation/settings', { installation: true, body: { subscribe } });
      expect(answer.status).toBe(200);
    };
    const subscription = (more: object = {}) => ({ transport: broker.name, topic, organization: 'acme', ...more });
    const waitingFor = (event: string) => world().task({ name: event, triggers: [{ type: 'event', event }] });
    const runsOf = async (taskId: string): Promise<number> => {
      const { items } = (await world().ask(`GET /v1/runs?taskId=${taskId}&limit=200`)).body;
      return items.length;
    };
    const letters = async (ask: object = {}): Promise<Letter[]> => {
      const answer = await world().ask('GET /v1/dead-letters?limit=200', ask);
      expect(answer.status).toBe(200);
      return answer.body.items as unknown as Letter[];
    };

    async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
      for (const deadline = performance.now() + 90_000; performance.now() < deadline;) {
        if (await isSo()) return;
        for (const each of worlds) await each.clock.advance(250);
        await sleep(25);
      }
      throw new Error(`It never came to that: ${what}`);
    }

    it('become events of the organization that is set, each once, with the type and the data that are set', async () => {
      await put([subscription(), { ...subscription({ organization: 'other', event: 'anything' }) }]);
      const task = await waitingFor('build.done');
      for (const id of ['1', '2', '2', '1', '3']) await broker.write(topic, cloudEvent(id));
      await until(async () => (await runsOf(task.id)) >= 3, 'three runs');
      const others = await world().task({ triggers: [{ type: 'event', event: 'anything' }] }, 'other');
      await broker.write(topic, cloudEvent('4'));
      const ofOther = () => world().ask(`GET /v1/runs?taskId=${others.id}`, { organization: 'other' });
      await until(async () => (await ofOther()).body.items.length > 0, 'the other organization has it as well');
      await until(async () => (await runsOf(task.id)) >= 4, 'four runs');
      expect(await runsOf(task.id)).toBe(4);
      await put([subscription({ event: 'suite-done', mapping: { data: { name: 'suite.name' } } })]);
      const mapped = await world().task({
        triggers: [{ type: 'event', event: 'suite-done', filter: { 'data.name': 'smoke' } }],
      });
      await broker.write(topic, JSON.stringify({ suite: { name: 'smoke' }, secret: 'x' }));
      await until(async () => (await runsOf(mapped.id)) === 1, 'the mapped one');
    });

    it('become dead letters where no event can be made of them, which are seen and replayed by whom they concern', async () => {
      await put([subscription({ mapping: { data: { name: 'suite.name' } } })]);
      const task = await waitingFor('build.done');
      await broker.write(topic, 'not JSON {');
      await broker.write(topic, cloudEvent('own', 'run.succeeded'));
      await broker.write(topic, JSON.stringify({ no: 'CloudEvent' }));
      await broker.write(topic, cloudEvent('unmapped'));
      await broker.write(topic, cloudEvent('good', 'build.done', { suite: { name: 'smoke' } }));
      await until(async () => (await runsOf(task.id)) === 1, 'the good one behind them has come');
      await until(async () => (await letters()).length === 4, 'four dead letters');
      const found = await letters();
      const of = (text: string) => found.find(({ excerpt }) => excerpt.includes(text))!;
      expect(of('not JSON')).toMatchObject({ organization: 'acme', topic, reason: 'malformed' });
      expect(of('run.succeeded').detail).toContain('only the engine raises such events');
      expect(of('CloudEvent').detail).toContain('specversion');
      const unmapped = of('unmapped');
      expect(unmapped).toMatchObject({ reason: 'unmapped', detail: 'There is nothing at the path suite.name.' });
      expect(await letters({ organization: 'other' })).toEqual([]);
      expect(await letters({ organization: 'other', as: 'nobody', installation: true })).toHaveLength(4);
      expect((await world().ask('GET /v1/dead-letters', { as: 'editor' })).status).toBe(403);
      const replay = (id: string, ask: object = {}) => world().ask(`POST /v1/dead-letters/${id}/replay`, ask);
      expect((await replay(unmapped.id, { organization: 'other' })).status).toBe(404);
      expect((await replay(unmapped.id)).status).toBe(422);
      await put([subscription()]);
      for (let times = 0; times < 2; times++) {
        const answer = await replay(unmapped.id);
        expect([answer.status, answer.body.triggeredTasks]).toEqual([202, [task.id]]);
      }
      expect(await runsOf(task.id)).toBe(2);
      expect((await letters()).find(({ id }) => id === unmapped.id)!.eventId).not.toBeNull();
      const { topics } = (await world().ask('GET /v1/installation/transports', { installation: true }))
        .body as unknown as { topics: object[] };
      expect(topics).toMatchObject([{ direction: 'subscribe', organization: 'acme', connected: true, deadLetters: 4 }]);
    });

    it('are shared by instances, and none is lost or counted twice when the broker ends and comes back', async () => {
      worlds.push(await start());
      await put([subscription({ event: 'order' })]);
      const task = await waitingFor('order');
      const total = 60;
      for (let at = 0; at < total / 2; at++) await broker.write(topic, JSON.stringify({ at }));
      await until(async () => (await runsOf(task.id)) > 5, 'some have come');
      if (isCrashable) {
        await broker.down();
        await until(async () => (await world().ask('GET /health/ready')).text.includes('"degraded"'), 'it is told');
        expect((await world().finishedRun({ name: 'meanwhile' })).state).toBe('succeeded');
        await broker.up();
      }
      for (let at = total / 2; at < total; at++) await broker.write(topic, JSON.stringify({ at }));
      await until(async () => (await runsOf(task.id)) >= total, 'all have come');
      expect(await runsOf(task.id)).toBe(total);
      console.log(
        `${name}: ${total} messages, ${await runsOf(task.id)} runs, 0 lost, 0 doubled; crashed: ${isCrashable}.`,
      );
    });
  });
}
