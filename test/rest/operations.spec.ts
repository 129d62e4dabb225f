import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createPino, PinoLogger } from '../../src/observability/logger.js';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import { startupSentence } from '../../src/rest/startup-error.js';
import { urlOf, welcome } from '../../src/rest/welcome.js';
import { TaskReads } from '../../src/scheduling/task.reads.js';
import { StoreHealth } from '../../src/storage/store-health.js';
import { RestWorld } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());
afterEach(() => void jest.restoreAllMocks());

const metric = async (line: RegExp): Promise<number> => Number(line.exec((await world.ask('GET /metrics')).text)?.[1]);

const FREE = { limit: 1000, taken: 0, waiting: 0, refusal: null };

describe('health', () => {
  it('tells that the process lives and can take work', async () => {
    expect((await world.ask('GET /health/live')).body).toEqual({ status: 'live' });
    const ready = await world.ask('GET /health/ready');
    expect(ready.status).toBe(200);
    expect(ready.body).toEqual({
      status: 'ready',
      engine: 'working',
      store: 'up',
      locks: 'up',
      overdue: null,
      places: FREE,
    });
  });

  it('is not ready while the store is away, but lives', async () => {
    const health = world.app.get(StoreHealth, { strict: false });
    jest.spyOn(health, 'ping').mockRejectedValue(new StoreUnavailableError('away'));
    const ready = await world.ask('GET /health/ready');
    expect(ready.status).toBe(503);
    expect(ready.body).toEqual({
      ...{ status: 'not-ready', engine: 'working' },
      ...{ store: 'down', locks: 'down', overdue: null, places: FREE },
    });
    expect((await world.ask('GET /health/live')).status).toBe(200);
  });
});

describe('metrics', () => {
  it('count starts, outcomes and lateness', async () => {
    const starts = () => metric(/^task_runner_starts_total\{trigger="manual"\} (\d+)$/m);
    const before = (await starts()) || 0;
    await world.finishedRun();
    expect(await starts()).toBe(before + 1);
    expect(await metric(/^task_runner_runs_total\{state="succeeded",trigger="manual"\} (\d+)$/m)).toBeGreaterThan(0);
    expect(await metric(/^task_runner_start_lateness_seconds_count (\d+)$/m)).toBeGreaterThan(0);
  });

  it('tell of tasks, running runs, heap and process, and of no organization', async () => {
    await world.task({ triggers: [{ type: 'interval', everyMs: 1000 }] }, 'secret-customer');
    const answer = await world.ask('GET /metrics');
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(await metric(/^task_runner_tasks\{state="active"\} (\d+)$/m)).toBeGreaterThan(0);
    expect(await metric(/^task_runner_heap_size (\d+)$/m)).toBeGreaterThan(0);
    expect(await metric(/^task_runner_running (\d+)$/m)).toBe(0);
    expect(answer.text).toContain('process_resident_memory_bytes');
    expect(answer.text).not.toMatch(/secret-customer|organization=/);
  });

  it('tell how much is overdue once it was looked for', async () => {
    expect((await world.ask('GET /metrics')).text).not.toMatch(/^task_runner_overdue/m);
    await world.driven(world.clock.advance(11_000));
    await world.finishedRun();
    expect(await metric(/^task_runner_overdue\{kind="occurrence"\} (\d+)$/m)).toBe(0);
    expect(await metric(/^task_runner_overdue\{kind="run"\} (\d+)$/m)).toBe(0);
    expect(await metric(/^task_runner_overdue_seconds (\d+)$/m)).toBe(0);
    expect((await world.ask('GET /health/ready')).body).toMatchObject({ overdue: 0 });
  });

  it('still tell of the rest while the store is away', async () => {
    const tasks = world.app.get(TaskReads, { strict: false });
    jest.spyOn(tasks, 'countByState').mockRejectedValue(new StoreUnavailableError('away'));
    const answer = await world.ask('GET /metrics');
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain('task_runner_tasks{');
  });
});

describe('the log', () => {
  const written = (write: (logger: PinoLogger) => void): Record<string, unknown>[] => {
    const lines: string[] = [];
    write(new PinoLogger(createPino('debug', { write: (line) => void lines.push(line) })));
    return lines.map((line) => {
      expect(line.trimEnd()).not.toContain('\n');
      return JSON.parse(line) as Record<string, unknown>;
    });
  };

  it('is one line of JSON per entry, whatever is in it', () => {
    const [entry] = written((logger) => logger.log('one\ntwo {"level":60}', 'Context'));
    expect(entry).toMatchObject({ level: 30, context: 'Context', msg: 'one\ntwo {"level":60}' });
  });

  it('masks what must not be read', () => {
    const headers = { authorization: 'Bearer abc', cookie: 'sid=abc' };
    const [entry] = written((logger) =>
      logger.warn({ headers, token: 'abc', secrets: { a: 'abc' }, path: '/x' }, 'Http'),
    );
    expect(JSON.stringify(entry)).not.toContain('abc');
    expect(entry).toMatchObject({ data: { headers: { authorization: '***' }, path: '/x' } });
  });

  it('keeps the stack of an error', () => {
    const entries = written((logger) => {
      logger.error('it failed', 'Error: x\n  at y', 'Engine');
      logger.error(new Error('boom'));
    });
    expect(entries[0]).toMatchObject({ level: 50, context: 'Engine', stack: 'Error: x\n  at y' });
    expect(entries[1]).toMatchObject({ level: 50, msg: 'boom', err: { type: 'Error' } });
  });
});

describe('the start', () => {
  const address = { host: '127.0.0.1', port: 3000 };

  it.each([
    [Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' }), /^Port 3000 on 127\.0\.0\.1 is taken/],
    [Object.assign(new Error('x'), { code: 'EADDRNOTAVAIL' }), /^127\.0\.0\.1 is no address of this machine/],
    [new StoreUnavailableError('The file\ncannot be opened.'), /^The file cannot be opened\.$/],
    [new Error('odd\n   at thing'), /^The service could not start: odd at thing$/],
  ])('that fails says why in one sentence', (error, sentence) => {
    expect(startupSentence(error, address)).toMatch(sentence);
  });

  it('shows first steps only with a token', () => {
    expect(welcome('http://localhost:3000', 'abc')).toContain('TOKEN=abc');
    expect(welcome('http://localhost:3000', null)).not.toContain('curl');
  });

  it('names an address that can be called', () => {
    expect(urlOf('0.0.0.0', 80)).toBe('http://localhost:80');
    expect(urlOf('::1', 80)).toBe('http://[::1]:80');
  });
});
