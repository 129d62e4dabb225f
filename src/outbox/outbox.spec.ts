import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aTask, T0 } from '../../test/support/builders.js';
import { SettableClock } from '../clock/settable-clock.js';
import { StoreUnavailableError } from '../domain/errors.js';
import { taskMessage, type LifecycleMessage } from '../domain/lifecycle-message.js';
import type { Telling } from '../domain/telling.js';
import { ActionError } from '../integrations/action.js';
import { LockManager } from '../locking/lock-manager.js';
import { MemoryData } from '../testing/memory/memory-data.js';
import { memoryStores } from '../testing/memory/memory-store.js';
import type { Consumer } from './consumer.js';
import { Consumers } from './consumers.js';
import { OutboxKeeper } from './outbox-keeper.js';
import { OutboxLines } from './outbox-lines.js';
import { DEFAULT_OUTBOX_OPTIONS, type OutboxOptions } from './outbox-options.js';
import { OutboxRecovery } from './outbox-recovery.js';
import { Outbox } from './outbox.js';
import { OutboxService } from './outbox.service.js';

const ENGINE = { lockLifeMs: 10_000, heartbeatMs: 2500 };

/** Gets what it is told, unless `failure` says otherwise. */
class Recipient implements Consumer {
  readonly got: string[] = [];
  readonly steps = new Set(['task.changed'] as const);
  readonly batch = { items: 10, bytes: 100_000 };
  failure: Error | null = null;

  constructor(
    readonly name: string,
    readonly wants: (message: LifecycleMessage) => boolean = () => true,
  ) {}

  deliver(messages: readonly LifecycleMessage[]): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    this.got.push(...messages.map(({ taskName }) => taskName));
    return Promise.resolve();
  }
}

/** A store and a time that instances share. */
function world({ bytes = 1e9, hours = 72 } = {}) {
  const clock = new SettableClock(T0);
  const data = new MemoryData(() => clock.now());
  const stores = memoryStores(data);

  /** An instance with these consumers. */
  async function instance(recipients: readonly Recipient[], options: Partial<OutboxOptions> = {}) {
    const settings = { ...DEFAULT_OUTBOX_OPTIONS, ...options };
    const locks = new LockManager(stores.locks, clock, ENGINE);
    await locks.start();
    const consumers = new Consumers();
    for (const recipient of recipients) consumers.add(recipient);
    const lines = new OutboxLines(consumers, stores.outbox, clock, settings);
    const outbox = new Outbox(stores.outbox, lines, consumers, locks, clock, ENGINE, settings);
    const keeper = new OutboxKeeper(stores.outbox, locks, clock, settings, { outbox: { bytes, hours } });
    const recovery = new OutboxRecovery(lines, stores.outbox, locks, clock, settings);
    const service = new OutboxService(lines, recovery, keeper, stores.outbox);
    service.start();
    const messageOf = (name: string) => taskMessage(aTask({ definition: { name } }), 'changed', clock.now());
    const tell = async (...names: string[]) => {
      for (const name of names) await outbox.tellAlone(messageOf(name));
    };
    /** Stores it with a change that `write` makes. */
    const tellWith = (name: string, write: (tellings: readonly Telling[]) => Promise<boolean>) =>
      outbox.tell(
        [{ message: messageOf(name), subject: 't' }],
        (tellings) => write(tellings ?? []),
        (isMade) => isMade,
      );
    return {
      consumers,
      outbox,
      service,
      keeper,
      locks,
      tell,
      tellWith,
      stop: () => service.stop().then(() => locks.stop()),
    };
  }
  return { clock, data, stores, instance };
}

/** An instance that is gone without a word: its timers stand still, and its lock expires. */
async function crashed(of: ReturnType<typeof world>, recipients: readonly Recipient[], names: string[]): Promise<void> {
  const clock = new SettableClock(T0);
  const locks = new LockManager(of.stores.locks, clock, ENGINE);
  await locks.start();
  const consumers = new Consumers();
  for (const recipient of recipients) consumers.add(recipient);
  const lines = new OutboxLines(consumers, of.stores.outbox, clock, DEFAULT_OUTBOX_OPTIONS);
  const outbox = new Outbox(of.stores.outbox, lines, consumers, locks, clock, ENGINE, DEFAULT_OUTBOX_OPTIONS);
  for (const recipient of recipients) recipient.failure = new Error('gone');
  for (const name of names) await outbox.tellAlone(taskMessage(aTask({ definition: { name } }), 'changed', T0));
  await clock.advance(0);
  for (const recipient of recipients) recipient.failure = null;
}

describe('Outbox', () => {
  beforeAll(() => void Logger.overrideLogger(false));
  afterAll(() => void Logger.overrideLogger(['log', 'warn', 'error']));

  it('stores what is told, delivers it at once and then forgets it', async () => {
    const { clock, data, instance } = world();
    const mail = new Recipient('mail');
    const { tell } = await instance([mail]);
    await tell('a', 'b');
    expect(data.outbox.size).toBe(2);
    await clock.advance(0);
    expect(mail.got).toEqual(['a', 'b']);
    await clock.advance(DEFAULT_OUTBOX_OPTIONS.settleMs);
    expect(data.outbox.size).toBe(0);
  });

  it('stores nothing without consumers, nor what none of them wants', async () => {
    const { data, instance } = world();
    const writes: number[] = [];
    const write = (tellings: readonly Telling[]) => Promise.resolve(writes.push(tellings.length) > 0);
    await (await instance([])).tellWith('a', write);
    await (await instance([new Recipient('mail', () => false)])).tellWith('a', write);
    expect(writes).toEqual([0, 0]);
    expect(data.outbox.size).toBe(0);
  });

  it('tells nobody of a change that was not made', async () => {
    const { clock, instance } = world();
    const mail = new Recipient('mail');
    const { tellWith } = await instance([mail]);
    await expect(tellWith('refused', () => Promise.resolve(false))).resolves.toBe(false);
    await clock.advance(60_000);
    expect(mail.got).toEqual([]);
  });

  it.each([true, false])('finds out what became of a change without an answer (made: %s)', async (isMade) => {
    const { clock, stores, instance } = world();
    const mail = new Recipient('mail');
    const { tellWith } = await instance([mail]);
    const lost = tellWith('doubtful', async (tellings) => {
      if (isMade)
        await stores.outbox.append(
          tellings.map((each) => ({ ...each, messages: each.messages.map(({ body }) => ({ subject: null, body })) })),
        );
      throw new StoreUnavailableError('no answer');
    });
    await expect(lost).rejects.toThrow('no answer');
    await clock.advance(10_000);
    expect(mail.got).toEqual([]);
    await clock.advance(6000);
    expect(mail.got).toEqual(isMade ? ['doubtful'] : []);
    await clock.advance(1000);
    expect(await stores.outbox.size()).toMatchObject({ bytes: 0 });
  });

  it('lets no consumer wait for another, and keeps what one has yet to get', async () => {
    const { clock, data, instance } = world();
    const [mail, bus] = [new Recipient('mail'), new Recipient('bus')];
    bus.failure = new Error('away');
    const { tell, service } = await instance([mail, bus]);
    await tell('a', 'b');
    await clock.advance(1000);
    expect(mail.got).toEqual(['a', 'b']);
    expect(data.outbox.size).toBe(2);
    expect((await service.status()).consumers).toMatchObject([
      { name: 'mail', delivered: 2, waiting: 0, trouble: null },
      { name: 'bus', delivered: 0, waiting: 2, trouble: { code: 'Error' } },
    ]);
    bus.failure = null;
    await clock.advance(60_000);
    expect(bus.got).toEqual(['a', 'b']);
    expect(data.outbox.size).toBe(0);
  });

  it('holds no more in memory than it may, and delivers the rest from the store, in order', async () => {
    const { clock, data, instance } = world();
    const bus = new Recipient('bus');
    bus.failure = new Error('away');
    const { tell, service } = await instance([bus], { capacity: 5 });
    const names = Array.from({ length: 300 }, (_, index) => `n${index}`);
    await tell(...names);
    expect((await service.status()).consumers).toMatchObject([{ waiting: 5, inStore: 295 }]);
    bus.failure = null;
    await clock.advance(40_000);
    expect(bus.got).toEqual(names);
    expect(data.outbox.size).toBe(0);
    await tell('at once');
    await clock.advance(0);
    expect(bus.got.at(-1)).toBe('at once');
  });

  it('delivers what an instance that died has left, once it has lost its lock, and only to whom it is due', async () => {
    const all = world();
    const [mail, bus] = [new Recipient('mail'), new Recipient('bus', ({ taskName }) => taskName === 'a')];
    await crashed(all, [mail, bus], ['a', 'b']);
    await all.instance([mail, bus]);
    await all.clock.advance(5000);
    expect([mail.got, bus.got]).toEqual([[], []]);
    await all.clock.advance(15_000);
    expect([mail.got, bus.got]).toEqual([['a', 'b'], ['a']]);
    expect(all.data.outbox.size).toBe(0);
    expect(all.data.outboxMarks.size).toBe(0);
  });

  it('delivers what was left behind for a consumer that comes after the start', async () => {
    const all = world();
    const mail = new Recipient('mail');
    await crashed(all, [mail], ['a', 'b']);
    const { consumers } = await all.instance([]);
    await all.clock.advance(5000);
    consumers.add(mail);
    await all.clock.advance(15_000);
    expect(mail.got).toEqual(['a', 'b']);
  });

  it('has one of several instances deliver what another left', async () => {
    const all = world();
    const mail = new Recipient('mail');
    await crashed(all, [mail], ['a', 'b']);
    await Promise.all([all.instance([mail]), all.instance([mail]), all.instance([mail])]);
    await all.clock.advance(60_000);
    expect(mail.got).toEqual(['a', 'b']);
  });

  it('leaves what it could not deliver to whoever comes next when it stops', async () => {
    const all = world();
    const [before, after] = [new Recipient('mail'), new Recipient('mail')];
    before.failure = new Error('away');
    const first = await all.instance([before]);
    await first.tell('a');
    const stopping = first.stop();
    await all.clock.advance(6000);
    await stopping;
    expect(all.data.outbox.size).toBe(1);
    await all.instance([after]);
    await all.clock.advance(10_000);
    expect(after.got).toEqual(['a']);
  });

  it('leaves nothing in the store when it stops with everything delivered', async () => {
    const all = world();
    const mail = new Recipient('mail');
    const first = await all.instance([mail]);
    await first.tell('a');
    const stopping = first.stop();
    await all.clock.advance(10);
    await stopping;
    expect(mail.got).toEqual(['a']);
    expect([all.data.outbox.size, all.data.outboxMarks.size]).toEqual([0, 0]);
  });

  it('numbers on what is told once it has stopped, so that others still tell of it', async () => {
    const all = world();
    const first = await all.instance([new Recipient('mail')]);
    await first.tell('a');
    const { outbox } = all.stores;
    const prune = outbox.prune.bind(outbox);
    outbox.prune = async (stream) => {
      outbox.prune = prune;
      await first.tell('b');
      await prune(stream);
    };
    const stopping = first.service.stop();
    await all.clock.advance(10);
    await stopping;
    await first.tell('c');
    await first.locks.stop();
    const after = new Recipient('mail');
    await all.instance([after]);
    await all.clock.advance(10_000);
    expect(after.got).toEqual(['b', 'c']);
    expect([all.data.outbox.size, all.data.outboxMarks.size]).toEqual([0, 0]);
  });

  it.each([
    ['age', { hours: 1 }],
    ['size', { bytes: 3000 }],
  ])(
    'gives up what one that is away does not get, by its %s, counts it and holds up nobody else',
    async (_, bounds) => {
      const all = world(bounds);
      const [mail, bus] = [new Recipient('mail'), new Recipient('bus')];
      bus.failure = new Error('away');
      const { tell, service } = await all.instance([mail, bus]);
      const names = Array.from({ length: 20 }, (__, index) => `n${index}`);
      await tell(...names);
      await all.clock.advance(2 * 3_600_000);
      expect(mail.got).toEqual(names);
      const { bytes, consumers } = await service.status();
      expect(bytes).toBeLessThanOrEqual(3000);
      expect(consumers[0]).toMatchObject({ name: 'mail', lost: 0 });
      expect(consumers[1]!.lost).toBe(20 - all.data.outbox.size);
      expect(consumers[1]!.lost).toBeGreaterThan(10);
    },
  );

  it('gives up what is refused, and counts it', async () => {
    const { clock, data, instance } = world();
    const bus = new Recipient('bus');
    bus.failure = new ActionError('http-422', 'no', { status: 422 });
    const { tell, service } = await instance([bus]);
    await tell('a');
    await clock.advance(1000);
    expect(data.outbox.size).toBe(0);
    expect((await service.status()).consumers).toMatchObject([{ delivered: 0, givenUp: 1 }]);
  });

  it('divides what is told at once into parts of a bounded size', async () => {
    const { data, clock, instance } = world();
    const mail = new Recipient('mail');
    const { outbox } = await instance([mail]);
    const names = Array.from({ length: 50 }, (_, index) => `${index} ${'x'.repeat(20_000)}`);
    const drafts = names.map((name) => ({
      message: taskMessage(aTask({ definition: { name } }), 'created', T0),
      subject: name,
    }));
    const made = new Set(names);
    await outbox.tell(
      drafts,
      (tellings = []) => Promise.all(tellings.map((each) => stored(data, each))),
      (_, name) => made.has(name),
    );
    expect(data.outbox.size).toBeGreaterThan(3);
    await clock.advance(10);
    expect(mail.got).toEqual(names);
  });
});

const stored = async (data: MemoryData, telling: Telling): Promise<void> => memoryStores(data).outbox.append([telling]);
