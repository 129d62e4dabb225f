import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HttpTarget } from '../support/http-target.js';
import { Balancer } from './balancer.js';
import { ServiceProcess } from './service-process.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'drain-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const store = (name: string) => `file:${join(folder, name)}.db`;

/** Opens a connection, sends `text`, and stays silent. */
async function silent(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

const tookMs = async (work: () => Promise<unknown>): Promise<number> => {
  const since = performance.now();
  await work();
  return performance.now() - since;
};

describe('a service that is told to stop', () => {
  it('is not held up by connections that say nothing, half a request or no further one', async () => {
    const service = await ServiceProcess.start(store('silent'), { SHUTDOWN_GRACE_MS: '1000' });
    const port = Number(new URL(service.url).port);
    const texts = [
      '',
      'GET /health/live HT',
      'GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n',
      'POST /v1/tasks HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    ];
    const sockets = await Promise.all(texts.map((text) => silent(port, text)));
    // Its answer shows that the others have arrived.
    await service.call('GET', '/v1/tasks');
    expect(await tookMs(() => service.stop())).toBeLessThan(3000);
    for (const socket of sockets) socket.destroy();
  });

  it('first says that it is not ready and goes on serving, each answer the last of its connection', async () => {
    const service = await ServiceProcess.start(store('drain'), { DRAIN_MS: '3000', SHUTDOWN_GRACE_MS: '1000' });
    const began = performance.now();
    const stopped = service.stop();
    let ready = await fetch(`${service.url}/health/ready`);
    while (ready.status === 200) ready = await fetch(`${service.url}/health/ready`);
    expect(performance.now() - began).toBeLessThan(1000);
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close']);
    const task = { name: 'late', triggers: [{ type: 'manual' }], action: { type: 'noop' } };
    const created = await service.call<{ id: string }>('POST', '/v1/tasks', task);
    expect(created.status).toBe(201);
    expect((await service.call('POST', `/v1/tasks/${created.body.id}/run`)).status).toBe(202);
    await stopped;
    const lasted = performance.now() - began;
    expect(lasted).toBeGreaterThan(2900);
    expect(lasted).toBeLessThan(3000 + 1000 + 2000);
  });
});

/** The process that `unshare` started, by its number here. */
async function childOf(parent: ChildProcess): Promise<number> {
  for (;;) {
    const children = await readFile(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').catch(() => '');
    if (children.trim() !== '') return Number(children.trim());
  }
}

describe('a service that is told to stop while it starts', () => {
  it.each([0, 150, 400, 900])('ends in order, %d ms after its start', async (afterMs) => {
    const child = ServiceProcess.spawn(store(`boot-${afterMs}`), { SHUTDOWN_GRACE_MS: '500' });
    child.stdout!.resume();
    child.stderr!.resume();
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    child.kill('SIGTERM');
    const [code, signal] = await ended;
    // Before Node has loaded the program, the signal ends the process by itself.
    expect([0, null]).toContain(code);
    expect(code === 0 ? null : 'SIGTERM').toBe(signal);
  });

  it('ends as process 1 of a container, too', async () => {
    const probe = spawn('unshare', ['--pid', '--fork', 'true'], { stdio: 'ignore' });
    const [possible] = (await Promise.race([once(probe, 'exit'), once(probe, 'error')])) as [unknown];
    // Not every machine lets a test make a namespace.
    if (possible !== 0) return;
    const child = ServiceProcess.spawn(store('first'), { SHUTDOWN_GRACE_MS: '500' }, ['unshare', '--pid', '--fork']);
    child.stderr!.resume();
    const ended = once(child, 'exit') as Promise<[number | null]>;
    const pid = await childOf(child);
    await new Promise((resolve) => setTimeout(resolve, 300));
    process.kill(pid, 'SIGTERM');
    // Told before the program was there, it must be told again: the kernel drops what process 1 cannot hear.
    const again = setInterval(() => process.kill(pid, 'SIGTERM'), 250);
    child.stdout!.on('data', (text) => expect(String(text)).not.toContain('listens on'));
    const [code] = await ended;
    clearInterval(again);
    expect(code).toBe(0);
  });
});

describe('a rolling update of two instances', () => {
  it('fails no request, loses no start and makes none twice', async () => {
    const target = await HttpTarget.start();
    const env = { DRAIN_MS: '5000', SHUTDOWN_GRACE_MS: '10000', HEARTBEAT_MS: '500', LOCK_LIFE_MS: '5000' };
    const start = () => ServiceProcess.start(store('rolling'), env);
    let services = [await start(), await start()];
    const balancer = await Balancer.before(services.map(({ url }) => url));
    const tasks = Array.from({ length: 200 }, (_, index) => ({
      name: `each second ${index}`,
      triggers: [{ type: 'interval', everyMs: 1000 }],
      // On a busy machine, too, each occurrence has its run.
      ...{ overlap: 'allow', misfire: { policy: 'fire-all', maxCount: 1000 } },
      action: { type: 'http', method: 'POST', url: target.url, body: { task: index, at: '{{run.scheduledFor}}' } },
    }));
    const made = await services[0]!.call<{ results: { status: number }[] }>('POST', '/v1/tasks/batch', { tasks });
    expect(made.body.results.every(({ status }) => status === 201)).toBe(true);
    const load = balancer.load(200);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const old of services) {
      const fresh = await start();
      await balancer.add(fresh.url);
      await old.stop();
      services = [...services.filter((each) => each !== old), fresh];
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const { sent, failed } = await load.end();
    await Promise.all(services.map((service) => service.stop()));
    await balancer.close();
    await target.close();
    expect({ count: failed.length, kinds: [...new Set(failed)] }).toEqual({ count: 0, kinds: [] });
    expect(sent).toBeGreaterThan(500);
    const starts = new Map<number, number[]>();
    for (const { body } of target.requests) {
      const { task, at } = JSON.parse(body) as { task: number; at: string };
      starts.set(task, [...(starts.get(task) ?? []), Date.parse(at)]);
    }
    expect(starts.size).toBe(200);
    for (const instants of starts.values()) {
      const sorted = instants.toSorted((a, b) => a - b);
      expect(sorted.slice(1).map((at, index) => at - sorted[index]!)).toEqual(sorted.slice(1).map(() => 1000));
    }
  });
});
