import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { RestWorld } from '../rest/rest-world.js';
import type { Broker, Seen } from './broker-fixture.js';

/** The store judges by its own time when a lock has expired. */
const ENGINE = { lockLifeMs: 6000, heartbeatMs: 1000 };

/** What the service does with a broker to which it publishes. */
export function describePublishing(open: () => Promise<Broker>, name: string): void {
  describeOnEachStore(`steps published to ${name}`, (openStore) => {
    let store: TemporaryStore;
    let broker: Broker;
    let world: RestWorld;
    let topic: string;

    beforeEach(async () => {
      [store, broker] = await Promise.all([openStore(), open()]);
      topic = `steps-${randomUUID()}`;
      world = await start();
      await broker.createTopic(topic);
    });
    afterEach(async () => {
      await world.stop();
      await broker.close();
      await store.drop();
    });

    const start = () => RestWorld.start({}, {}, {}, { storeUrl: store.url, engine: ENGINE, ...broker.options });
    const put = async (settings: object) => {
      const answer = await world.ask('PUT /v1/installation/settings', { installation: true, body: settings });
      expect(answer.status).toBe(200);
    };
    const transports = async () => (await world.ask('GET /v1/installation/transports', { installation: true })).body;

    /** Lets the world go on until it is so. */
    async function until<Found>(look: () => Promise<Found | false>, what: string): Promise<Found> {
      for (const deadline = performance.now() + 60_000; performance.now() < deadline;) {
        const found = await look();
        if (found !== false) return found;
        await world.clock.advance(250);
        await sleep(25);
      }
      throw new Error(`It never came to that: ${what}`);
    }
    const seen = (types: Record<string, number>): Promise<Seen[]> =>
      until(async () => {
        const all = await broker.read(topic);
        const ids = (type: string) =>
          new Set(all.filter(({ event }) => event.type === type).map(({ event }) => event.id));
        return Object.entries(types).every(([type, count]) => ids(type).size >= count) && all;
      }, JSON.stringify(types));

    it('are CloudEvents under the key of their task, of the organizations that are named, without outputs', async () => {
      await put({ publish: [{ transport: broker.name, topic, organizations: ['acme'] }] });
      await world.finishedRun({ name: 'nightly', tags: ['smoke'] });
      await world.task({ name: 'of others' }, 'other');
      const all = await seen({ 'task-runner.task.changed': 1, 'task-runner.run.succeeded': 1 });
      const [changed, started, succeeded] = all;
      expect(all).toHaveLength(3);
      expect(changed!.event).toMatchObject({ type: 'task-runner.task.changed', data: { change: 'created' } });
      const { taskId, runId } = succeeded!.event.data as { taskId: string; runId: string };
      expect(all.map(({ key }) => key)).toEqual([taskId, taskId, taskId]);
      expect(started!.event).toMatchObject({ type: 'task-runner.run.started', subject: runId });
      expect(succeeded!.event).toMatchObject({
        ...{ specversion: '1.0', type: 'task-runner.run.succeeded', subject: runId },
        ...{ source: `/organizations/acme/tasks/${taskId}`, datacontenttype: 'application/json' },
        data: { taskName: 'nightly', tags: ['smoke'], outcome: 'succeeded', attempt: 1, href: `/v1/runs/${runId}` },
      });
      expect(JSON.stringify(all)).not.toMatch(/output|secret/);
      expect(await transports()).toMatchObject({
        state: 'up',
        brokers: [{ transport: broker.name, state: 'up', lastError: null }],
        topics: [{ topic, direction: 'publish', connected: true, lag: 0, lastError: null }],
      });
    });

    it('wait in the store while the broker is away, and in a new instance; schedules go on', async () => {
      await put({ publish: [{ transport: broker.name, topic }] });
      const count = 8;
      await world.finishedRun({ name: 'before' });
      await broker.down();
      const ready = await until(async () => {
        const answer = await world.ask('GET /health/ready');
        return (answer.body as unknown as { status: string }).status === 'degraded' && answer;
      }, 'the health is degraded');
      expect(ready.status).toBe(200);
      expect(ready.body).toMatchObject({ engine: 'working', transports: { [broker.name]: 'degraded' } });
      for (let at = 0; at < count; at++) await world.finishedRun({ name: `during ${at}` });
      expect(await transports()).toMatchObject({
        state: 'degraded',
        topics: [{ connected: false, lastError: { message: expect.any(String) } }],
      });
      await world.stop();
      world = await start();
      await world.finishedRun({ name: 'after' });
      await broker.up();
      const total = count + 2;
      const all = await seen({
        'task-runner.task.changed': total,
        'task-runner.run.started': total,
        'task-runner.run.succeeded': total,
      });
      const ids = new Set(all.map(({ event }) => event.id));
      expect(ids.size).toBe(3 * total);
      for (const key of new Set(all.map((each) => each.key))) {
        const types = all.filter((each) => each.key === key).map(({ event }) => event.type.split('.').at(-1));
        expect([...new Set(types)]).toEqual(['changed', 'started', 'succeeded']);
      }
      console.log(`${name}: ${3 * total} steps, ${all.length} published, 0 lost, ${all.length - ids.size} doubled.`);
      await until(async () => ((await transports()) as { state: string }).state === 'up', 'all is well');
    });
  });
}
