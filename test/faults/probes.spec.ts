import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { lendDatabase } from '../conformance/mongo-databases.js';
import { ServiceProcess } from '../e2e/service-process.js';
import { TcpProxy } from './tcp-proxy.js';

const MONGODB_URI = process.env['MONGODB_URI'];
const PROBES = ['/health/live', '/health/ready', '/metrics'];
/** How long after a fault a service says that it is not ready, and how much more a busy machine may take (ms). */
const NOTICED_MS = 2000;
const TOLERANCE_MS = 1000;
const PATIENCE_MS = 30_000;

/** Answers of probes: their statuses, and how long they took (ms). */
interface Probed {
  statuses: Map<string, Set<number>>;
  took: number[];
}

/** Asks all probes all the time for so long. */
async function probed({ url }: ServiceProcess, ms: number): Promise<Probed> {
  const statuses = new Map(PROBES.map((path) => [path, new Set<number>()]));
  const took: number[] = [];
  for (const until = performance.now() + ms; performance.now() < until; await wait(25)) {
    for (const path of PROBES) {
      const since = performance.now();
      const response = await fetch(`${url}${path}`);
      await response.arrayBuffer();
      took.push(performance.now() - since);
      statuses.get(path)!.add(response.status);
    }
  }
  return { statuses, took: took.toSorted((a, b) => a - b) };
}

/** Resolves to how long it took until the service said so (ms). */
async function untilReady({ url }: ServiceProcess, status: number): Promise<number> {
  const since = performance.now();
  while ((await fetch(`${url}/health/ready`)).status !== status) {
    if (performance.now() - since > PATIENCE_MS) throw new Error(`It was never ${status}.`);
    await wait(25);
  }
  return performance.now() - since;
}

/** Expects prompt probes while the store hangs, which tell of it, and that the service is ready again afterwards. */
async function expectPrompt(service: ServiceProcess, hang: () => Promise<() => Promise<void>>): Promise<void> {
  await untilReady(service, 200);
  const end = await hang();
  try {
    expect(await untilReady(service, 503)).toBeLessThan(NOTICED_MS + TOLERANCE_MS);
    const { statuses, took } = await probed(service, 4000);
    expect([...statuses]).toEqual([
      ['/health/live', new Set([200])],
      ['/health/ready', new Set([503])],
      ['/metrics', new Set([200])],
    ]);
    console.log(`Probes while the store hangs: most ${took.at(-1)!.toFixed(0)} ms of ${took.length}`);
    // One in twenty may have met another process on a busy core.
    expect(took[Math.floor(took.length * 0.95)]).toBeLessThan(100);
  } finally {
    await end();
  }
  await untilReady(service, 200);
}

describe('The probes of a service', () => {
  let folder: string;
  let service: ServiceProcess | undefined;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'probes-'))));
  afterEach(async () => {
    await service?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('answer at once while another process keeps the SQLite file locked', async () => {
    const path = join(folder, 'tasks.db');
    service = await ServiceProcess.start(`file:${path}`, { LOG_LEVEL: 'fatal' });
    await expectPrompt(service, () => {
      const other = new Database(path);
      other.exec('BEGIN EXCLUSIVE');
      return Promise.resolve(() => {
        other.exec('ROLLBACK');
        other.close();
        return Promise.resolve();
      });
    });
  }, 180_000);

  (MONGODB_URI ? it : it.skip)(
    'answer at once while MongoDB takes all and says nothing',
    async () => {
      const { url, giveBack } = await lendDatabase(MONGODB_URI!);
      const { hostname, port } = new URL(url);
      const proxy = await TcpProxy.to(hostname, Number(port || 27017));
      try {
        const detour = new URL(url);
        detour.host = `127.0.0.1:${proxy.port}`;
        detour.searchParams.set('directConnection', 'true');
        service = await ServiceProcess.start(detour.href, { LOG_LEVEL: 'fatal', LOCK_LIFE_MS: '30000' });
        await expectPrompt(service, () => {
          proxy.fallSilent();
          return Promise.resolve(() => Promise.resolve(proxy.heal()));
        });
      } finally {
        await service?.stop();
        service = undefined;
        await proxy.close();
        giveBack();
      }
    },
    120_000,
  );
});

/** Mounts a small file system of its own; false where this user may not, or the machine cannot. */
function mounted(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'none', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('A service whose disk is full', () => {
  it('is not ready within two seconds, answers its probes, and goes on by itself when there is room', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'full-'));
    if (!mounted(folder)) {
      await rm(folder, { recursive: true });
      console.warn('SKIPPED: a full disk cannot be tried, because this user may not mount a file system.');
      return;
    }
    let service: ServiceProcess | undefined;
    try {
      await mkdir(join(folder, 'data'));
      service = await ServiceProcess.start(`file:${join(folder, 'data', 'tasks.db')}`, { LOG_LEVEL: 'fatal' });
      const ballast = join(folder, 'ballast');
      await expectPrompt(service, async () => {
        // As much as there is room for.
        await writeFile(ballast, Buffer.alloc(64 * 1024 * 1024)).catch(() => undefined);
        return () => rm(ballast);
      });
      const task = { name: 'after', triggers: [{ type: 'manual' }], action: { type: 'noop' } };
      expect((await service.call('POST', '/v1/tasks', task)).status).toBe(201);
    } finally {
      await service?.stop();
      execFileSync('umount', [folder]);
      await rm(folder, { recursive: true });
    }
  }, 180_000);
});
