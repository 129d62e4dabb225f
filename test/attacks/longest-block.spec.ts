import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServiceProcess } from '../e2e/service-process.js';
import { randomRequests, REQUESTS, type HostileRequest } from './hostile-corpus.js';

/** What is promised is 50 ms on a machine that is alone; the rest is for slow ones and for collecting garbage. */
const CEILING_MS = 200;
const RANDOM = { seed: 20_270_131, count: 150 };
const METER = new URL('../support/block-meter.mjs', import.meta.url).href;

let folder: string;
let service: ServiceProcess;
let meterPort: number;
const blocks: { name: string; ms: number; status: number }[] = [];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function start(): Promise<void> {
  meterPort = await freePort();
  const env = { NODE_OPTIONS: `--import=${METER}`, BLOCK_METER_PORT: String(meterPort) };
  service = await ServiceProcess.start(`file:${join(folder, 'tasks.db')}`, env);
}

/** The longest block since this was asked for the last time, in milliseconds. */
async function longestBlock(): Promise<number> {
  const answer = (await (await fetch(`http://127.0.0.1:${meterPort}`)).json()) as { ms: number };
  return answer.ms;
}

async function measure({ name, line, body }: HostileRequest): Promise<void> {
  const [method = '', path = ''] = line.split(' ');
  await longestBlock();
  const { status } = await service.call(method, path, body);
  blocks.push({ name, ms: await longestBlock(), status });
}

async function storedTasks(): Promise<string[]> {
  const { body } = await service.call<{ items: { id: string }[] }>('GET', '/v1/tasks?limit=200');
  return body.items.map(({ id }) => id).slice(0, 60);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longest-block-'));
  await start();
  // The first requests load and compile code.
  for (let i = 0; i < 20; i++) await service.call('GET', '/v1/forecast?hours=1');
});
afterAll(async () => {
  await service.killHard();
  await rm(folder, { recursive: true, force: true });
  const worst = blocks.toSorted((a, b) => b.ms - a.ms).slice(0, 5);
  const shown = worst.map(({ name, ms, status }) => `${ms.toFixed(0)} ms (${name}, ${status})`).join(', ');
  process.stdout.write(`longest block: ${shown}, of ${blocks.length} hostile inputs\n`);
});

describe('the event loop', () => {
  it('is held by no request for long, and none is answered by a failure', async () => {
    for (const request of [...REQUESTS, ...randomRequests(RANDOM.seed, RANDOM.count)]) {
      const tasks = request.line.includes(':task') ? await storedTasks() : [''];
      for (const task of tasks) await measure({ ...request, line: request.line.replace(':task', task) });
    }
    expect(blocks.filter(({ status }) => status >= 500)).toEqual([]);
    expect(blocks.filter(({ ms }) => ms > CEILING_MS)).toEqual([]);
  }, 600_000);
});
