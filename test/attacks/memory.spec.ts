import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess, tokenFor, type Answer } from '../e2e/service-process.js';

const LARGE = 1_000_000;
const taskOf = (parameters: unknown) => ({
  name: 'large',
  triggers: [{ type: 'manual' }],
  action: { type: 'noop' },
  parameters: { parameters },
});

interface Page {
  items: { id: string }[];
  nextCursor: string | null;
}

describeOnEachStore('a process with 400 MB of heap, which', (open: () => Promise<TemporaryStore>) => {
  let store: TemporaryStore;
  let service: ServiceProcess;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    store = await open();
    service = await ServiceProcess.start(store.url, { NODE_OPTIONS: '--max-old-space-size=400' });
  }, 60_000);
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await service.stop();
    await store.drop();
  });

  /** Reads a list to its end, page by page; waits where the service says so. */
  async function readAll(path: string): Promise<number> {
    let count = 0;
    for (let cursor: string | null = ''; cursor !== null;) {
      const answer: Answer<Page> = await service.call<Page>('GET', `${path}${cursor && `&cursor=${cursor}`}`);
      expect([200, 429, 503]).toContain(answer.status);
      if (answer.status !== 200) continue;
      expect(JSON.stringify(answer.body).length).toBeLessThan(1_300_000);
      count += answer.body.items.length;
      cursor = answer.body.nextCursor;
    }
    return count;
  }

  /** Asks and never reads what is answered. */
  async function neverReads(path: string, headers = ''): Promise<void> {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${tokenFor('default')}\r\n${headers}\r\n`);
  }

  it('takes a hundred tasks of a megabyte, and what is changed of one until it is refused', async () => {
    for (let n = 0; n < 100; n++) {
      const { status } = await service.call('POST', '/v1/tasks', taskOf('x'.repeat(LARGE)));
      expect(status).toBe(201);
    }
    for (let n = 0; n < 20; n++) {
      const lists = Array.from({ length: LARGE / 3 - 1000 }, () => []);
      expect((await service.call('POST', '/v1/tasks', taskOf(lists))).status).toBe(201);
    }
    const { body } = await service.call<{ id: string }>('POST', '/v1/tasks', taskOf(''));
    const patched: number[] = [];
    for (let n = 0; n < 22; n++) {
      const patch = { parameters: { [`part${n}`]: 'x'.repeat(LARGE) } };
      patched.push((await service.call('PATCH', `/v1/tasks/${body.id}`, patch)).status);
    }
    expect(patched).toEqual([200, ...Array.from({ length: 21 }, () => 400)]);
  }, 120_000);

  it('answers eight readers of all of them at once', async () => {
    const counts = await Promise.all(Array.from({ length: 8 }, () => readAll('/v1/tasks?limit=100')));
    expect(counts).toEqual(Array.from({ length: 8 }, () => 121));
  }, 120_000);

  it('shows the audit trail of all that to four, in pages that end early', async () => {
    const counts = await Promise.all(Array.from({ length: 4 }, () => readAll('/v1/audit?limit=50')));
    for (const count of counts) expect(count).toBeGreaterThanOrEqual(122);
  }, 120_000);

  it('lives with forty who never read, and serves others meanwhile', async () => {
    for (let n = 0; n < 30; n++) await neverReads('/v1/tasks?limit=200');
    for (let n = 0; n < 10; n++) await neverReads('/v1/audit', 'accept: application/x-ndjson\r\n');
    for (let n = 0; n < 20; n++) {
      const begun = performance.now();
      expect((await service.call('GET', '/v1/tasks?limit=50', undefined, 'umbrella')).status).toBe(200);
      expect(performance.now() - begun).toBeLessThan(5000);
    }
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
  }, 120_000);
});
