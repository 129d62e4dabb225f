import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { T0 } from '../../test/support/builders.js';
import { Presence } from '../cluster/presence.js';
import { SettableClock } from '../clock/settable-clock.js';
import { StoreUnavailableError } from '../domain/errors.js';
import type { JsonObject } from '../domain/json.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { ExecutionLogManager } from './execution-log-manager.js';
import { LogStore, type LogChunk, type LogEntry } from './log.store.js';

/** Logs in memory; the first `failures` writes fail. */
class MemoryLogs extends LogStore {
  readonly batches: LogChunk[][] = [];

  constructor(
    private failures: number,
    private readonly error: Error,
  ) {
    super();
  }

  /** While set, writes wait for it. */
  gate: Promise<void> | undefined;

  async append(chunks: readonly LogChunk[]): Promise<void> {
    if (this.failures-- > 0) throw this.error;
    await this.gate;
    this.batches.push(structuredClone([...chunks]));
  }

  async lastBelow(organization: string, runId: string, below: number): Promise<number | null> {
    const entries = await this.list(organization, runId, -1, Infinity);
    return entries.filter(({ sequence }) => sequence < below).at(-1)?.sequence ?? null;
  }

  list(organization: string, runId: string, after: number, limit: number): Promise<LogEntry[]> {
    const own = this.batches.flat().filter((chunk) => chunk.runId === runId && chunk.organization === organization);
    const entries = own.flatMap((chunk) => chunk.entries).filter(({ sequence }) => sequence > after);
    return Promise.resolve(entries.slice(0, limit));
  }
}

function world(failures = 0, error = new Error('disk full'), heldBytes = Infinity) {
  const clock = new SettableClock(T0);
  const store = new MemoryLogs(failures, error);
  const events = new LifecycleEvents();
  const told: LogChunk[] = [];
  events.on('log.appended', ({ chunk }) => told.push(chunk));
  const logs = new ExecutionLogManager(store, store, clock, events, new Presence(clock), { batchMs: 0, heldBytes });
  const run = { id: 'run-1', organization: 'acme' };
  return { clock, store, told, logs, run, stored: () => store.list('acme', 'run-1', 0, Infinity) };
}

describe('ExecutionLogManager', () => {
  beforeAll(() => void Logger.overrideLogger(false));
  afterAll(() => void Logger.overrideLogger(['log', 'warn', 'error']));

  it('stores what was added, in order, with its time and attempt', async () => {
    const { logs, run, clock, stored } = world();
    const log = logs.open(run, 2);
    log.add('info', 'first');
    await clock.advance(5);
    log.add('error', 'second', { code: 7 });
    await log.flush();
    expect(await stored()).toEqual([
      { sequence: 2_000_001, at: T0, attempt: 2, level: 'info', message: 'first' },
      { sequence: 2_000_002, at: T0 + 5, attempt: 2, level: 'error', message: 'second', data: { code: 7 } },
    ]);
  });

  it('goes on where it was after a flush, and stores nothing twice', async () => {
    const { logs, run, store, stored } = world();
    const log = logs.open(run, 1);
    log.add('info', 'a');
    await log.flush();
    await log.flush();
    log.add('info', 'b');
    await log.flush();
    expect((await stored()).map(({ message }) => message)).toEqual(['a', 'b']);
    expect(store.batches).toHaveLength(2);
  });

  it('gives later attempts later sequences, even after a full log', async () => {
    const { logs, run, stored } = world();
    const [first, second] = [logs.open(run, 1), logs.open(run, 2)];
    for (let i = 0; i < 12_000; i++) first.add('info', 'x');
    second.add('info', 'next attempt');
    await Promise.all([first.flush(), second.flush()]);
    const entries = await stored();
    const sequences = entries.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    expect(entries).toHaveLength(10_001);
    expect(entries.at(-2)?.message).toBe('Further entries of this attempt are left out.');
  });

  it('makes entries of an attempt under way readable within a moment, by one write', async () => {
    const { logs, run, clock, store, stored } = world();
    const log = logs.open(run, 1);
    for (const message of ['a', 'b', 'c']) {
      log.add('info', message);
      log.flushSoon();
      await clock.advance(20);
    }
    expect(store.batches).toEqual([]);
    await clock.advance(40);
    expect((await stored()).map(({ message }) => message)).toEqual(['a', 'b', 'c']);
    log.add('info', 'd');
    log.flushSoon();
    await clock.advance(100);
    expect(store.batches).toHaveLength(2);
  });

  it('writes the logs of many runs together', async () => {
    const { logs, store } = world();
    const open = Array.from({ length: 20 }, (_, i) => logs.open({ id: `run-${i}`, organization: 'acme' }, 1));
    for (const log of open) log.add('info', 'hello');
    await Promise.all(open.map((log) => log.flush()));
    expect(store.batches.map(({ length }) => length)).toEqual([20]);
  });

  it('tells of entries only once they are stored', async () => {
    const { logs, run, told, store } = world();
    const log = logs.open(run, 1);
    log.add('info', 'a');
    const flushed = log.flush();
    expect([told, store.batches]).toEqual([[], []]);
    await flushed;
    expect(told).toEqual(store.batches[0]);
  });

  it('never fails the run when the log cannot be stored', async () => {
    const { logs, run, told, stored } = world(1);
    const log = logs.open(run, 1);
    log.add('info', 'lost');
    await expect(log.flush()).resolves.toBeUndefined();
    log.add('info', 'kept');
    await log.flush();
    expect((await stored()).map(({ message }) => message)).toEqual(['kept']);
    expect(told).toHaveLength(1);
  });

  it('keeps trying through an outage of the store, until it is stopped', async () => {
    const { logs, run, clock, stored } = world(2, new StoreUnavailableError('connection refused'));
    const log = logs.open(run, 1);
    log.add('info', 'kept');
    const flushed = log.flush();
    await clock.advance(49);
    expect(await stored()).toEqual([]);
    await clock.advance(101);
    await flushed;
    expect((await stored()).map(({ message }) => message)).toEqual(['kept']);

    const down = world(Infinity, new StoreUnavailableError('connection refused'));
    const lost = down.logs.open(down.run, 1);
    lost.add('info', 'lost');
    const given = lost.flush();
    await down.clock.advance(1000);
    down.logs.stop();
    await down.clock.advance(2000);
    await expect(given).resolves.toBeUndefined();
    expect(down.told).toEqual([]);
  });

  it('cuts a message that is too long, and keeps no hold on the caller’s data', async () => {
    const { logs, run, stored } = world();
    const log = logs.open(run, 1);
    const data: JsonObject = { step: 1 };
    log.add('info', 'x'.repeat(20_000), data);
    data['step'] = 2;
    await log.flush();
    const [entry] = await stored();
    expect(entry?.message).toHaveLength(10_000);
    expect(entry?.data).toEqual({ step: 1 });
  });

  it('leaves out data that cannot be stored, and costs no other entry anything', async () => {
    const { logs, run, stored } = world();
    const log = logs.open(run, 1);
    const circular: JsonObject = {};
    circular['self'] = circular;
    for (const data of [circular, { big: 1n } as unknown as JsonObject, { text: 'x'.repeat(70_000) }]) {
      log.add('info', 'odd', data);
    }
    log.add('info', 'fine', { a: [1, null] });
    await log.flush();
    expect((await stored()).map(({ data }) => data)).toEqual([
      { leftOut: 'not JSON' },
      { leftOut: 'not JSON' },
      { leftOut: 'more than 65536 characters' },
      { a: [1, null] },
    ]);
  });
  describe('while more waits to be written than there is room for', () => {
    /** 100 kB of room, of which an organization may have half, and a store that writes when the test says so. */
    function fullWorld() {
      const made = world(0, undefined, 300_000);
      let open!: () => void;
      made.store.gate = new Promise((resolve) => (open = resolve));
      const of = (organization: string, id: string) => made.logs.open({ id, organization }, 1);
      const read = async (organization: string, id: string) =>
        (await made.store.list(organization, id, -1, Infinity)).map(({ message }) => message);
      return { ...made, open, of, read };
    }
    const LINE = 'x'.repeat(1000);
    const fill = (log: ReturnType<ExecutionLogManager['open']>, lines: number) => {
      for (let line = 0; line < lines; line++) log.add('info', LINE);
    };

    it('leaves out what one organization has too much of, in whatever runs, says how much, and keeps what others have', async () => {
      const { of, open, read, store } = fullWorld();
      const hog = Array.from({ length: 30 }, (_, i) => of('hog', `hog-${i}`));
      for (const log of hog) fill(log, 10);
      const other = of('acme', 'run-1');
      fill(other, 10);
      for (const log of hog) log.tell('info', 'Attempt 1 succeeded');
      const flushed = Promise.all([...hog, other].map((log) => log.flush()));
      open();
      await flushed;
      expect(await read('acme', 'run-1')).toEqual(Array.from({ length: 10 }, () => LINE));
      const lines = store.batches
        .flat()
        .flatMap(({ organization, entries }) => (organization === 'hog' ? entries : []));
      const kept = lines.filter(({ message }) => message === LINE).length;
      expect(kept).toBeGreaterThanOrEqual(30);
      expect(kept).toBeLessThanOrEqual(50);
      const left = lines.flatMap(({ message }) => /^(\d+) lines? (?:was|were) left out here/.exec(message)?.[1] ?? []);
      expect(kept + left.reduce((sum, count) => sum + Number(count), 0)).toBe(300);
      expect(lines.filter(({ message }) => message === 'Attempt 1 succeeded')).toHaveLength(30);
    });

    it('tells of a gap where it is, and keeps lines again once there is room', async () => {
      const { of, open, read } = fullWorld();
      const log = of('acme', 'run-1');
      fill(log, 60);
      const flushed = log.flush();
      log.add('info', 'lost');
      open();
      await flushed;
      log.add('info', 'kept');
      await log.flush();
      const messages = await read('acme', 'run-1');
      expect(messages.slice(-2)).toEqual([expect.stringMatching(/^\d+ lines were left out here: /), 'kept']);
      expect(messages).not.toContain('lost');
    });

    it('keeps a message whose data has no room, and says so in the place of the data', async () => {
      const { of, open, store } = fullWorld();
      const log = of('acme', 'run-1');
      fill(log, 5);
      log.add('info', 'large', { text: 'x'.repeat(60_000) });
      const flushed = log.flush();
      open();
      await flushed;
      const [entry] = (await store.list('acme', 'run-1', -1, Infinity)).slice(-1);
      expect(entry).toMatchObject({
        message: 'large',
        data: { leftOut: expect.stringMatching(/^more of what runs log/) },
      });
    });

    it('grows by nothing while the store is away, however long a handler goes on', async () => {
      const { of, clock, open, store } = fullWorld();
      const log = of('acme', 'run-1');
      for (let round = 0; round < 500; round++) {
        fill(log, 5);
        log.flushSoon();
        await clock.advance(100);
      }
      log.tell('info', 'end');
      const flushed = log.flush();
      open();
      await flushed;
      const entries = await store.list('acme', 'run-1', -1, Infinity);
      expect(entries.length).toBeLessThan(200);
      expect(entries.at(-1)?.message).toBe('end');
    });

    it('writes what gathered in parts of a few megabytes', async () => {
      const { logs, store } = world();
      const open = Array.from({ length: 40 }, (_, i) => logs.open({ id: `run-${i}`, organization: 'acme' }, 1));
      for (const log of open) fill(log, 400);
      await Promise.all(open.map((log) => log.flush()));
      expect(Math.max(...store.batches.map((batch) => JSON.stringify(batch).length))).toBeLessThan(3_000_000);
    });
  });
});
