import { describe, expect, it } from '@jest/globals';
import { aRule, runNews } from '../../../test/support/notification-builders.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { StoreUnavailableError } from '../../domain/errors.js';
import type { LifecycleMessage } from '../../domain/lifecycle-message.js';
import { Consumers } from '../../outbox/consumers.js';
import { MemoryData } from '../../testing/memory/memory-data.js';
import { memoryStores } from '../../testing/memory/memory-store.js';
import type { DeliveryWorker } from '../deliveries/delivery-worker.js';
import { RuleBook } from '../rules/rule-book.js';
import { ruleRecord, type Rule } from '../rules/rule.js';
import { AlertConsumer } from './alert-consumer.js';
import { AlertPublisher } from './publisher.js';

const T0 = Date.parse('2027-01-31T12:00:00Z');

/** When the store dies: at which call, and whether it has done what it was asked for. */
interface Death {
  call: number;
  isDone: boolean;
}

/** An instance's consumer over the data, whose store dies at a call. */
async function instanceOver(data: MemoryData, clock: SettableClock, death?: Death) {
  const { notifications, notificationDeliveries } = memoryStores(data);
  let calls = 0;
  const mortal = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          const call = ++calls;
          if (death && (call > death.call || (call === death.call && !death.isDone)))
            throw new StoreUnavailableError('gone');
          const result = await method.apply(target, args);
          if (death && call === death.call) throw new StoreUnavailableError('gone');
          return result;
        };
      },
    });
  const [store, deliveries] = [mortal(notifications), mortal(notificationDeliveries)];
  const worker = { soon: () => undefined } as unknown as DeliveryWorker;
  const book = new RuleBook(notifications, clock);
  await book.read();
  const publisher = new AlertPublisher(store, deliveries, worker, clock);
  const consumer = new AlertConsumer(new Consumers(), book, store, publisher, clock);
  return { consumer, book, calls: () => calls };
}

async function worldOf(...rules: Rule[]) {
  const data = new MemoryData(() => T0);
  const clock = new SettableClock(T0);
  for (const rule of rules) await memoryStores(data).notifications.insert(ruleRecord(rule));
  const sent = () =>
    [...data.notificationDeliveries.values()].flatMap(({ channel, alerts, more }) => [
      ...alerts.map(({ kind, runId }) => `${channel} ${kind} ${runId}`),
      ...(more > 0 ? [`${channel} ${more} more`] : []),
    ]);
  return { data, clock, sent };
}

const NEWS: readonly LifecycleMessage[] = [
  runNews('run.failed', 1),
  runNews('run.failed', 2),
  runNews('run.started', 3),
  runNews('run.missed', 4),
  runNews('run.succeeded', 5),
];
const RULES = {
  'each by itself': aRule({ on: ['failure', 'recovery', 'late', 'missed'], channels: ['c-1', 'c-2'] }),
  'in a row': aRule({ on: ['failing', 'recovery'], failures: 2, channels: ['c-1', 'c-2'] }),
  'in groups': aRule({ on: ['failure', 'recovery', 'missed'], channels: ['c-1', 'c-2'], groupMs: 60_000 }),
  'too many': aRule({ on: ['failure', 'recovery', 'missed'], channels: ['c-1', 'c-2'], maxPerHour: 1 }),
};

describe('what is told of messages', () => {
  it.each(Object.entries(RULES))('is told once, whenever an instance dies (%s)', async (_, rule) => {
    const whole = await worldOf(rule);
    const undisturbed = await instanceOver(whole.data, whole.clock);
    await undisturbed.consumer.deliver(NEWS);
    const expected = whole.sent().sort();
    expect(expected.length).toBeGreaterThanOrEqual(4);
    for (let call = 1; call <= undisturbed.calls(); call++)
      for (const isDone of [false, true]) {
        const world = await worldOf(rule);
        const victim = await instanceOver(world.data, world.clock, { call, isDone });
        await expect(victim.consumer.deliver(NEWS)).rejects.toThrow('gone');
        // Another instance gets all of it once more.
        const heir = await instanceOver(world.data, world.clock);
        await heir.consumer.deliver(NEWS);
        expect({ call, isDone, sent: world.sent().sort() }).toEqual({ call, isDone, sent: expected });
      }
  });

  it('is told once when several instances get the same messages at once', async () => {
    const world = await worldOf(RULES['each by itself']);
    const all = await Promise.all([1, 2, 3].map(() => instanceOver(world.data, world.clock)));
    await Promise.all(all.map(({ consumer }) => consumer.deliver(NEWS)));
    const sent = world.sent();
    expect(new Set(sent).size).toBe(sent.length);
    expect(sent).toHaveLength(10);
  });

  it('is not told again with the next failure of its task, however many others were told meanwhile', async () => {
    const world = await worldOf(RULES['in groups']);
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => instanceOver(world.data, world.clock)));
    await first!.consumer.deliver([runNews('run.failed', 1)]);
    const others = Array.from({ length: 2100 }, (_, n) => runNews('run.failed', n + 10, 0, { taskId: `other-${n}` }));
    await second!.consumer.deliver(others);
    await world.clock.advance(60_000);
    await third!.consumer.deliver([runNews('run.failed', 2)]);
    const ours = world.sent().filter((each) => each.startsWith('c-1') && / r-[12]$/.test(each));
    expect(ours).toHaveLength(2);
  });

  it('goes only to whom it concerns: by organization, task and tag', async () => {
    const world = await worldOf(
      aRule({ id: 'r-1', channels: ['all'] }),
      aRule({ id: 'r-2', channels: ['task'], tasks: ['t-1'] }),
      aRule({ id: 'r-3', channels: ['other-task'], tasks: ['t-2'] }),
      aRule({ id: 'r-4', channels: ['tag'], tags: ['nightly', 'weekly'] }),
      aRule({ id: 'r-5', channels: ['other-tag'], tags: ['weekly'] }),
      aRule({ id: 'r-6', channels: ['off'], enabled: false }),
      aRule({ id: 'r-7', channels: ['others'], organization: 'umbrella' }),
    );
    const { consumer } = await instanceOver(world.data, world.clock);
    await consumer.deliver([runNews('run.failed', 1, 1000, { tags: ['nightly'] })]);
    const whom = new Set(world.sent().map((each) => each.split(' ')[0]));
    expect(whom).toEqual(new Set(['all', 'tag', 'task']));
  });

  it('costs nothing while nobody has a rule, and messages are wanted only where a rule wants them', async () => {
    const empty = await instanceOver((await worldOf()).data, new SettableClock(T0));
    expect(empty.consumer.isIdle).toBe(true);
    const world = await worldOf(aRule({ on: ['late'], lateMs: 60_000 }));
    const { consumer } = await instanceOver(world.data, world.clock);
    expect(consumer.isIdle).toBe(false);
    expect(consumer.wants(runNews('run.started', 1))).toBe(true);
    expect(consumer.wants(runNews('run.started', 1, 0, { latenessMs: 59_999 }))).toBe(false);
    expect(consumer.wants(runNews('run.failed', 1))).toBe(false);
    expect(consumer.wants(runNews('run.started', 1, 0, { organization: 'umbrella' }))).toBe(false);
  });

  it('puts what is too much for an hour into one message, with the number of all', async () => {
    const world = await worldOf(aRule({ maxPerHour: 2 }));
    const { consumer } = await instanceOver(world.data, world.clock);
    await consumer.deliver(Array.from({ length: 70 }, (_, n) => runNews('run.failed', n + 1)));
    const all = [...world.data.notificationDeliveries.values()].sort((a, b) => a.dueAt! - b.dueAt!);
    expect(all.map(({ alerts, more, heldBack }) => [alerts.length, more, heldBack])).toEqual([
      [1, 0, 0],
      [1, 0, 0],
      [50, 18, 68],
    ]);
    expect(all[2]!.dueAt).toBe(T0 + 3_600_000);
  });
});

describe('the book of rules', () => {
  it('learns of the rules of other instances, and wants everything until it knows', async () => {
    const world = await worldOf();
    const stores = memoryStores(world.data);
    const unread = new RuleBook(stores.notifications, world.clock);
    expect([unread.isEmpty, unread.wants(runNews('run.failed', 1))]).toEqual([false, true]);
    const { book } = await instanceOver(world.data, world.clock);
    expect(book.isEmpty).toBe(true);
    await stores.notifications.insert(ruleRecord(aRule({ updatedAt: T0 - 4000 })));
    await book.read();
    expect(book.wants(runNews('run.failed', 1))).toBe(true);
    await stores.notifications.replace(ruleRecord(aRule({ enabled: false, version: 2, updatedAt: T0 + 10 })), 1);
    await book.read();
    expect(book.wants(runNews('run.failed', 1))).toBe(false);
    await stores.notifications.remove('rule', 'acme', 'rule-1');
    await world.clock.advance(300_000);
    await book.read();
    expect(book.isEmpty).toBe(true);
  });
});
