import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess } from '../e2e/service-process.js';
import { HostProcess } from './host-process.js';

const PROGRAM = fileURLToPath(new URL('./fleet-host.js', import.meta.url));
const ENCRYPTION_KEYS = `test:${randomBytes(32).toString('base64')}`;
/** How many runs each topology has, and how late one may start (ms). */
const RUNS = 100;
const MOST_LATE_MS = 1000;
/** How long instances take to know each other (ms), and how far ahead tasks are created. */
const ACQUAINTED_MS = 1500;
const AHEAD_MS = 700;
const STEPS = 5;
const STEP_MS = 240;

interface ReportedRun {
  id: string;
  state: string;
  latenessMs: number | null;
  startedAt: number | null;
  owner: string | null;
  attempts: string[];
}

describeOnEachStore('a fleet of unlike processes', (open) => {
  let store: TemporaryStore;
  let hosts: HostProcess[];
  let service: ServiceProcess | null;

  beforeEach(async () => {
    store = await open();
    hosts = [];
    service = null;
  });
  afterEach(async () => {
    await Promise.all([...hosts.map((host) => host.stop()), service?.stop()]);
    await store.drop();
  });

  const hostOf = (options: object) =>
    new HostProcess(PROGRAM, { encryptionKeys: ENCRYPTION_KEYS, storeUrl: store.url, ...options });
  const start = async (...fleet: object[]): Promise<HostProcess[]> => {
    const started = fleet.map(hostOf);
    hosts.push(...started);
    await Promise.all(started.map(({ ready }) => ready));
    await sleep(ACQUAINTED_MS);
    return started;
  };
  /** Tasks that are due five times soon, as many as make half or all of the runs. */
  const tasks = (name: string, runs = RUNS, fields: Partial<TaskInput> = {}): TaskInput[] => {
    const begin = Date.now() + AHEAD_MS;
    const at = (step: number) => new Date(begin + step * STEP_MS).toISOString();
    return Array.from({ length: runs / STEPS }, () => ({
      name,
      triggers: Array.from({ length: STEPS }, (_, step) => ({ type: 'once', at: at(step) }) as const),
      action: { type: 'handler', name },
      overlap: 'allow',
      misfire: { graceMs: 60_000 },
      ...fields,
    }));
  };
  const onDemand = (name: string): TaskInput[] => tasks(name, STEPS, { triggers: [{ type: 'manual' }] });
  /** Waits until as many runs have ended, and expects that each did at its first attempt, and none began late. */
  const expectAll = async (host: HostProcess, runs = RUNS): Promise<ReportedRun[]> => {
    let found: ReportedRun[] = [];
    for (const end = Date.now() + 20_000; Date.now() < end; await sleep(250)) {
      found = await host.ask<ReportedRun[]>('report');
      if (found.filter(({ attempts }) => attempts.length > 0).length >= runs) break;
    }
    const unlike = found.filter(({ state, attempts }) => state !== 'succeeded' || attempts.join() !== 'succeeded');
    expect(unlike).toEqual([]);
    expect(found).toHaveLength(runs);
    return found;
  };
  const expectPunctual = (runs: readonly ReportedRun[]) =>
    expect(Math.max(...runs.map(({ latenessMs }) => latenessMs!))).toBeLessThanOrEqual(MOST_LATE_MS);

  it('runs each task where its handler is, with one that only schedules', async () => {
    const [, , idle] = await start({ handlers: ['report'] }, { handlers: ['mail'] }, { engine: { work: false } });
    await idle!.ask('schedule', { tasks: [...tasks('report', RUNS / 2), ...tasks('mail', RUNS / 2)] });
    expectPunctual(await expectAll(idle!));
  });

  it('brings a new handler while the former instances leave', async () => {
    const [former, other] = await start({ handlers: ['report'] }, { handlers: ['report'] });
    const [renewed] = await start({ handlers: ['report', 'mail'] });
    await other!.ask('schedule', { tasks: [...tasks('mail', RUNS / 2), ...tasks('report', RUNS / 2)] });
    const leaving = sleep(AHEAD_MS + STEP_MS).then(() => Promise.all([former!.stop(), other!.stop()]));
    const [last] = await start({ handlers: ['report', 'mail'] });
    await leaving;
    expect(renewed).toBeDefined();
    expectPunctual(await expectAll(last!));
  });

  it('leaves handlers to the application beside the service', async () => {
    const [app] = await start({ handlers: ['report'] });
    service = await ServiceProcess.start(store.url, { ENCRYPTION_KEYS });
    await sleep(ACQUAINTED_MS);
    const { body } = await service.call<{ results: { status: number; task: object }[] }>('POST', '/v1/tasks/batch', {
      tasks: tasks('report'),
    });
    expect(body.results.every(({ status, task }) => status === 201 && !('warnings' in task))).toBe(true);
    expectPunctual(await expectAll(app!));
    const { body: unmet } = await service.call<object>('POST', '/v1/tasks', onDemand('absent')[0]);
    expect(unmet).toMatchObject({ warnings: [{ pointer: '/action/name', code: 'no-worker' }] });
    const { body: known } = await service.call<{ items: object[] }>('GET', '/v1/instances');
    expect(known.items).toMatchObject([{ handlers: [] }, { handlers: ['report'], queues: null, works: true }]);
  });

  it('runs at once elsewhere what is asked for where the handler is not', async () => {
    const [, idle] = await start({ handlers: ['report'] }, { handlers: ['mail'] });
    const ids = await idle!.ask('schedule', { tasks: onDemand('report') });
    await idle!.ask('runNow', { ids, times: RUNS });
    expectPunctual(await expectAll(idle!));
  });

  it('goes on elsewhere where an instance loses a handler', async () => {
    const [first, second] = await start({ handlers: ['report'] }, { handlers: ['report'] });
    await first!.ask('schedule', { tasks: tasks('report') });
    await sleep(AHEAD_MS + STEP_MS);
    await first!.ask('lose', { name: 'report' });
    expectPunctual(await expectAll(second!));
  });

  it('works queues where they are worked', async () => {
    const [heavy, usual] = await start(
      { handlers: ['report'], engine: { queues: ['heavy'] } },
      { handlers: ['report'], engine: { queues: ['default'] } },
    );
    await heavy!.ask('schedule', { tasks: tasks('report', RUNS / 2) });
    await usual!.ask('schedule', { tasks: tasks('report', RUNS / 2, { queue: 'heavy' }) });
    const runs = await expectAll(usual!);
    expectPunctual(runs);
    expect(new Set(runs.map(({ owner }) => owner)).size).toBe(2);
  });

  it('begins within a second of the coming of one that can', async () => {
    const [idle] = await start({ handlers: ['mail'] });
    const ids = await idle!.ask('schedule', { tasks: [...onDemand('report'), ...tasks('report', RUNS / 2)] });
    await idle!.ask('runNow', { ids: (ids as string[]).slice(0, 1), times: RUNS / 2 });
    await sleep(AHEAD_MS + STEPS * STEP_MS);
    const waiting = await idle!.ask<ReportedRun[]>('report');
    expect(waiting.map(({ state, attempts }) => `${state} ${attempts.length}`)).toEqual(
      Array(RUNS / 2).fill('pending 0'),
    );
    const able = hostOf({ handlers: ['report'] });
    hosts.push(able);
    const came = await able.ready;
    const begun = (await expectAll(idle!)).map(({ startedAt }) => startedAt! - came);
    expect(Math.max(...begun)).toBeLessThanOrEqual(MOST_LATE_MS);
  });

  it('runs everything among equals, too', async () => {
    const [first, second] = await start({ handlers: ['report'] }, { handlers: ['report'] });
    await first!.ask('schedule', { tasks: tasks('report', RUNS / 2) });
    await second!.ask('schedule', { tasks: tasks('report', RUNS / 2) });
    expectPunctual(await expectAll(first!));
  });
});
