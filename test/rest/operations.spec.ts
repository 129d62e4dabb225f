import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createPino, PinoLogger } from '../../src/observability/logger.js';
import { SettableClock } from '../../src/clock/settable-clock.js';
import { LifecycleEvents } from '../../src/lifecycle/lifecycle-events.js';
import { LogLine } from '../../src/operator-log/log-line.js';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import { startupSentence } from '../../src/rest/startup-error.js';
import { urlOf, welcome } from '../../src/rest/welcome.js';
import { KeyRing } from '../../src/secrets/key-ring.js';
import { StoreHealth } from '../../src/storage/store-health.js';
import { RestWorld } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start({}, {}, {}, { engine: { lockLifeMs: 3_600_000, eventDescendants: 40 } });
});
afterAll(() => world.stop());
afterEach(() => void jest.restoreAllMocks());

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
      slots: FREE,
      waitingForUnits: 0,
    });
  });
});

describe('health in an outage', () => {
  it('is not ready while the store is away, but lives', async () => {
    const health = world.app.get(StoreHealth, { strict: false });
    const ping = jest.spyOn(health, 'ping').mockRejectedValue(new StoreUnavailableError('away'));
    await world.driven(world.clock.advance(600));
    const ready = await world.ask('GET /health/ready');
    expect(ready.status).toBe(503);
    expect(ready.body).toEqual({
      ...{ status: 'not-ready', engine: 'working' },
      ...{
        store: 'down',
        locks: 'down',
        overdue: null,
        slots: expect.objectContaining({ limit: 1000 }),
        waitingForUnits: 0,
      },
    });
    expect((await world.ask('GET /health/live')).status).toBe(200);
    ping.mockReturnValue(new Promise(() => undefined));
    const calls = ping.mock.calls.length;
    expect((await world.ask('GET /health/ready')).status).toBe(503);
    // Whoever asks gets the latest answer.
    expect(ping.mock.calls.length).toBe(calls);
    ping.mockResolvedValue(undefined);
    await world.driven(world.clock.advance(1100));
    expect((await world.ask('GET /health/ready')).status).toBe(200);
  });
});

describe('health with other keys', () => {
  it('is not ready while the secrets of tasks are sealed with a key that it lacks, and names it', async () => {
    const body = { triggers: [{ type: 'interval', everyMs: 86_400_000 }], secrets: { token: 'abc' } };
    const { id } = await world.task(body);
    const ring = world.app.get(KeyRing, { strict: false });
    const get = jest.spyOn(ring, 'get').mockReturnValue(undefined);
    const ready = async () => (await world.ask('GET /health/ready')).status;
    await world.until(async () => (await ready()) === 503, 10_000);
    const { status, lackingKeys } = (await world.ask('GET /health/ready')).body as unknown as Record<string, unknown>;
    expect([status, lackingKeys]).toEqual(['not-ready', [ring.first.id]]);
    get.mockRestore();
    await world.until(async () => (await ready()) === 200, 10_000);
    await world.ask(`DELETE /v1/tasks/${id}`);
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

  it('says who writes in every line, once', () => {
    let instance = 'one';
    const lines: string[] = [];
    const writer = { version: '1.2.3', instance: () => instance };
    const logger = new PinoLogger(createPino('info', { write: (line) => void lines.push(line) }, writer));
    logger.log('first');
    instance = 'two';
    logger.warn(
      new LogLine('second', { event: 'run.failed', instance: 'two', version: '1.2.3', run: 'r' }),
      'TaskRunner',
    );
    expect(lines[0]).toMatch(/"instance":"one","version":"1.2.3","msg":"first"/);
    expect(JSON.parse(lines[1]!)).toMatchObject({ instance: 'two', event: 'run.failed', run: 'r', msg: 'second' });
    expect(lines[1]!.split('"instance"')).toHaveLength(2);
  });

  it('has ten lines a second of a context, then their number, and a lasting fault once in ten seconds', async () => {
    const clock = new SettableClock(0);
    const lines: Record<string, unknown>[] = [];
    const pino = createPino('debug', { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
    const logger = new PinoLogger(pino, clock);
    for (let i = 0; i < 100; i++) {
      logger.warn(`Run ${i} is odd`, 'Runs');
      logger.error('The store is away', 'Store');
      logger.debug(`request ${i}`, 'Http');
    }
    const of = (context: string) => lines.filter((line) => line['context'] === context);
    expect([of('Runs').length, of('Store').length, of('Http').length]).toEqual([10, 1, 100]);
    await clock.advance(1000);
    expect(of('Runs').at(-1)).toMatchObject({ level: 40, count: 90, msg: '90 more lines in one second are left out.' });
    await clock.advance(9000);
    logger.error('The store is away', 'Store');
    expect(of('Store').at(-1)).toMatchObject({ level: 50, repeated: 99 });
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
    [Object.assign(new Error('x'), { code: 'EADDRNOTAVAIL' }), /^127\.0\.0\.1 is not an address of this machine/],
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

describe('the disk of the store', () => {
  it('is told when little of it is left, and when there is enough again', async () => {
    const told: string[] = [];
    const off = world.app
      .get(LifecycleEvents, { strict: false })
      .on('disk.changed', ({ change, freeBytes }) => told.push(`${change} ${freeBytes}`));
    const figures = jest.spyOn(world.app.get(StoreHealth, { strict: false }), 'figures');
    for (const diskFreeBytes of [1e9, 1e8, 9e7, 1e9]) {
      const file = { bytes: 1, freeBytes: 0, walBytes: 0, diskFreeBytes };
      figures.mockResolvedValue({ clockAt: null, file });
      await world.driven(world.clock.advance(6000));
    }
    off();
    expect(told).toEqual(['low 100000000', 'enough 1000000000']);
  });
});
