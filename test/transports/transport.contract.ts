import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IncomingMessage, OutgoingMessage, Reading, Transport } from '../../src/transports/transport.js';

/** A broker that the suite may end and start again. */
export interface BrokerFixture {
  /** Another member, connected by itself. */
  transport(member: string): Transport;
  createTopic(topic: string): Promise<void>;
  /** Writes a message as others do. */
  write(topic: string, key: string, text: string): Promise<void>;
  /** Null where it is not to be crashed here. */
  crash: { down(): Promise<void>; up(): Promise<void> } | null;
  /** Whether a topic that is not there is made by a message, or by who reads it. */
  makesTopics: boolean;
  close(): Promise<void>;
}

const KEEP_MS = 3_600_000;

/** What a member of a group has taken. */
class Taker {
  readonly texts: string[] = [];
  readonly messages: IncomingMessage[] = [];
  reading: Reading | null = null;
  failure: (() => Error | null) | null = null;
  private calls = 0;

  constructor(readonly transport: Transport) {}

  take(topic: string, group: string): this {
    this.reading = this.transport.subscribe({ topic, group }, async (messages) => {
      this.calls++;
      const failure = this.failure?.();
      if (failure) throw failure;
      this.messages.push(...messages);
      this.texts.push(...messages.map(textOf));
      return Promise.resolve();
    });
    return this;
  }

  get called(): number {
    return this.calls;
  }
}

const textOf = ({ value }: IncomingMessage): string => {
  const event = JSON.parse(value!.toString('utf8')) as { n: string };
  return event.n;
};

const outgoing = (key: string, n: string): OutgoingMessage => ({ key, event: JSON.stringify({ n }) });

async function until(isSo: () => boolean | Promise<boolean>, what: string, withinMs = 60_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`It never came to that: ${what}`);
    await sleep(20);
  }
}

/** What every broker behind the port does. */
export function describeTransport(name: string, open: () => Promise<BrokerFixture>): void {
  describe(`the transport ${name}`, () => {
    let broker: BrokerFixture;
    let transports: Transport[];
    let topic: string;
    let group: string;

    beforeAll(async () => {
      Logger.overrideLogger(false);
      broker = await open();
    });
    afterAll(async () => {
      await broker.close();
      Logger.overrideLogger(['log', 'warn', 'error']);
    });
    beforeEach(() => {
      transports = [];
      topic = `t-${randomUUID()}`;
      group = `g-${randomUUID()}`;
    });
    afterEach(async () => {
      await Promise.all(takers.splice(0).map(({ reading }) => reading!.stop()));
      await Promise.all(transports.map((transport) => transport.stop()));
    });

    const takers: Taker[] = [];
    const join = (member: string = randomUUID()): Transport => {
      const transport = broker.transport(member);
      transport.start();
      transports.push(transport);
      return transport;
    };
    const taker = (transport = join(), of = group): Taker => {
      const one = new Taker(transport).take(topic, of);
      takers.push(one);
      return one;
    };
    /** As the outbox does: until the broker has it. */
    const publish = async (transport: Transport, messages: readonly OutgoingMessage[]): Promise<number> => {
      for (let tries = 1; ; tries++) {
        try {
          await transport.publish(topic, messages, { keepMs: KEEP_MS, signal: AbortSignal.timeout(30_000) });
          return tries;
        } catch (error) {
          if (tries > 300) throw error;
          await sleep(100);
        }
      }
    };

    it('carries messages in the order of their keys, each with a position of its own', async () => {
      await broker.createTopic(topic);
      const transport = join();
      const one = taker();
      const all = Array.from({ length: 60 }, (_, index) => outgoing(`k${index % 3}`, `k${index % 3}/${index}`));
      for (let at = 0; at < all.length; at += 20) await publish(transport, all.slice(at, at + 20));
      await until(() => one.texts.length >= 60, 'all have come');
      for (const key of ['k0', 'k1', 'k2']) {
        const ofKey = one.texts.filter((text) => text.startsWith(`${key}/`)).map((text) => Number(text.split('/')[1]));
        expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
        expect(ofKey).toHaveLength(20);
      }
      expect(new Set(one.messages.map(({ position }) => position)).size).toBe(60);
      expect(one.messages.every(({ at }) => Math.abs(at - Date.now()) < 600_000)).toBe(true);
      expect(one.reading!.status).toMatchObject({ connected: true, failure: null });
    });

    it('hands over again what was not stored, and reads on behind it afterwards', async () => {
      await broker.createTopic(topic);
      const one = taker();
      let failures = 2;
      one.failure = () => (failures-- > 0 ? new Error('the store is away') : null);
      await publish(join(), [outgoing('k', 'a'), outgoing('k', 'b')]);
      await until(() => new Set(one.texts).size === 2, 'both are stored');
      await publish(join(), [outgoing('k', 'c')]);
      await until(() => one.texts.includes('c'), 'the next one has come');
      expect([...new Set(one.texts)]).toEqual(['a', 'b', 'c']);
      expect(one.called).toBeGreaterThanOrEqual(4);
    });

    it('gives to another member what one that is gone had not stored', async () => {
      await broker.createTopic(topic);
      const gone = taker(join('gone'));
      gone.failure = () => new Error('the store is away');
      await publish(join(), [outgoing('k', 'a'), outgoing('k', 'b')]);
      await until(() => gone.called > 0, 'it has got them');
      await gone.reading!.stop();
      const heir = taker(join('heir'));
      await until(() => new Set(heir.texts).size === 2, 'the other one has them');
      expect([...new Set(heir.texts)]).toEqual(['a', 'b']);
    });

    it('gives each message to every group, from the beginning of the topic', async () => {
      await broker.createTopic(topic);
      await publish(join(), [outgoing('k', 'a')]);
      const [one, other] = [taker(), taker(join(), `g-${randomUUID()}`)];
      await publish(join(), [outgoing('k', 'b')]);
      await until(() => one.texts.length >= 2 && other.texts.length >= 2, 'both have both');
      expect([one.texts, other.texts]).toEqual([
        ['a', 'b'],
        ['a', 'b'],
      ]);
    });

    it('goes on where the group was when it is started again', async () => {
      await broker.createTopic(topic);
      const first = taker();
      await publish(join(), [outgoing('k', 'a')]);
      await until(() => first.texts.length === 1, 'the first one has come');
      await first.reading!.stop();
      await publish(join(), [outgoing('k', 'b')]);
      const second = taker();
      await until(() => second.texts.length > 0, 'the next one has come');
      expect(second.texts).toEqual(['b']);
    });

    it('waits for a topic that is not there, and reads it from its beginning', async () => {
      const one = taker();
      if (!broker.makesTopics) {
        await until(() => one.reading!.status.failure !== null, 'it is told');
        expect(one.reading!.status.failure!.message).toContain(topic);
        const transport = join();
        const refused = transport.publish(topic, [outgoing('k', 'a')], {
          ...{ keepMs: KEEP_MS, signal: AbortSignal.timeout(30_000) },
        });
        await expect(refused).rejects.toThrow(topic);
        expect(transport.failure).toBeNull();
      }
      await broker.createTopic(topic);
      await broker.write(topic, 'k', JSON.stringify({ n: 'first' }));
      await until(() => one.texts.length > 0, 'the message has come');
      expect(one.texts).toEqual(['first']);
      await until(() => one.reading!.status.failure === null, 'all is well');
    });

    it('says when the broker is away, and loses nothing when it ends and comes back in the middle', async () => {
      if (!broker.crash) return console.log(`${name} is not crashed: there is no switch for it.`);
      await broker.createTopic(topic);
      const transport = join();
      const one = taker();
      const names = Array.from({ length: 120 }, (_, index) => `n${index}`);
      await publish(transport, [outgoing('k', names[0]!)]);
      await until(() => one.texts.length > 0, 'the first one has come');
      let tries = 0;
      const sending = (async () => {
        for (const each of names.slice(1)) tries += await publish(transport, [outgoing('k', each)]);
      })();
      await until(() => one.texts.length > 10, 'some have come');
      await broker.crash.down();
      await until(() => transport.failure !== null && one.reading!.status.failure !== null, 'it is told');
      await broker.crash.up();
      await sending;
      await until(() => new Set(one.texts).size === names.length, 'all have come');
      await until(() => transport.failure === null && one.reading!.status.failure === null, 'all is well again');
      expect([...new Set(one.texts)]).toEqual(names);
      const doubled = one.texts.length - names.length;
      console.log(
        `${name}: ${names.length} sent in ${tries + 1} tries, ${one.texts.length} read, 0 lost, ${doubled} doubled.`,
      );
    });
  });
}
