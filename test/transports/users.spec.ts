import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createClient } from '@redis/client';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemClock } from '../../src/clock/system-clock.js';
import type { KafkaSettings } from '../../src/settings/settings.js';
import { settingsSchema } from '../../src/settings/settings.schema.js';
import { RedisConnection } from '../../src/storage/redis/redis-connection.js';
import { KafkaTransport } from '../../src/transports/kafka/kafka-transport.js';
import { DEFAULT_READING } from '../../src/transports/redis/redis-reading.js';
import { RedisTransport } from '../../src/transports/redis/redis-transport.js';
import type { Transport } from '../../src/transports/transport.js';
import { KAFKA_CLASSPATH, KafkaServer, USERS } from './kafka-server.js';
import { hasRedisServer, RedisServer } from './redis-server.js';

const outgoing = (n: string) => ({ key: 'task', event: JSON.stringify({ n }) });
const publishing = () => ({ keepMs: 3_600_000, signal: AbortSignal.timeout(20_000) });

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (const deadline = performance.now() + 60_000; !isSo(); await sleep(20))
    if (performance.now() > deadline) throw new Error(`It never came to that: ${what}`);
}

/** What comes out of a topic that a message is published to. */
async function roundTrip(transport: Transport, topic: string): Promise<string[]> {
  const taken: string[] = [];
  const reading = transport.subscribe({ topic, group: `group-${topic}` }, async (messages) => {
    taken.push(...messages.map(({ value }) => value!.toString()));
    return Promise.resolve();
  });
  try {
    await transport.publish(topic, [outgoing('1'), outgoing('2')], publishing());
    await until(() => taken.length >= 2, 'both messages are taken');
    expect(reading.status).toMatchObject({ connected: true, failure: null });
    return taken;
  } finally {
    await reading.stop();
    await transport.stop();
  }
}

/** Why nothing can be published, and why nothing can be read. */
async function refusals(transport: Transport, topic: string): Promise<[unknown, string]> {
  const reading = transport.subscribe({ topic, group: `group-${topic}` }, () => Promise.resolve());
  try {
    const refused = await transport.publish(topic, [outgoing('1')], publishing()).catch((error: unknown) => error);
    await until(() => reading.status.failure !== null, 'the reading fails');
    expect(reading.status.connected).toBe(false);
    return [refused, reading.status.failure!.message];
  } finally {
    await reading.stop();
    await transport.stop();
  }
}

beforeAll(() => {
  Logger.overrideLogger(false);
});
afterAll(() => {
  Logger.overrideLogger(['log', 'warn', 'error']);
});

(KAFKA_CLASSPATH === null ? describe.skip : describe)('a Kafka broker that asks who comes (KAFKA_CLASSPATH)', () => {
  let broker: KafkaServer;
  beforeAll(async () => void (broker = await KafkaServer.start()));
  afterAll(() => broker.remove());

  const transportOf = (members: Partial<KafkaSettings>): Transport =>
    new KafkaTransport({ ...settingsSchema.parse({}).kafka, brokers: broker.address, ...members }, new SystemClock());

  for (const sasl of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
    it(`takes and gives messages of a user by ${sasl}`, async () => {
      const topic = `t-${randomUUID()}`;
      await broker.createTopic(topic);
      const events = await roundTrip(transportOf({ sasl, ...USERS[sasl] }), topic);
      expect(events).toEqual([outgoing('1').event, outgoing('2').event]);
    });

    it(`refuses a wrong password by ${sasl}, which is told without the password`, async () => {
      const password = `wrong-${randomUUID()}`;
      const [refused, read] = await refusals(transportOf({ sasl, ...USERS[sasl], password }), 'any');
      for (const told of [String(refused), read]) {
        expect(told).toMatch(/authenticat/i);
        expect(told).not.toContain(password);
      }
    });
  }

  it('has nothing for who does not say who they are, and for a user of another way', async () => {
    const [anonymous] = await refusals(transportOf({}), 'any');
    expect(anonymous).toBeInstanceOf(Error);
    const [other] = await refusals(transportOf({ sasl: 'plain', ...USERS['scram-sha-512'] }), 'any');
    expect(String(other)).toMatch(/authenticat/i);
  });
});

(hasRedisServer() ? describe : describe.skip)('a Redis server that asks who comes', () => {
  const password = `secret-${randomUUID()}`;
  let server: RedisServer;
  let urlOf: (user: string, secret: string) => string;
  beforeAll(async () => {
    server = await RedisServer.start({ isDurable: false });
    const { host } = new URL(server.url);
    urlOf = (user, secret) => `redis://${user}:${secret}@${host}`;
    const client = createClient({ url: server.url });
    await client.connect();
    const rights = ['on', `>${password}`, '~stream-*', '~task-runner*', '+@all', '-@admin', '-@dangerous'];
    await client.sendCommand(['ACL', 'SETUSER', 'runner', 'reset', ...rights, '+info', '+config|get']);
    await client.sendCommand(['ACL', 'SETUSER', 'default', 'off']);
    client.destroy();
  });
  afterAll(() => server.remove());

  const transportOf = (url: string): Transport =>
    new RedisTransport({ url }, new SystemClock(), () => 'me', { ...DEFAULT_READING, blockMs: 200, againMs: 50 });

  it('takes and gives messages of a user with a password', async () => {
    const events = await roundTrip(transportOf(urlOf('runner', password)), `stream-${randomUUID()}`);
    expect(events).toEqual([outgoing('1').event, outgoing('2').event]);
  });

  it('keeps locks of a user with a password', async () => {
    const connection = await RedisConnection.open({ url: urlOf('runner', password) });
    expect(await connection.run('return redis.call("SET", KEYS[1], ARGV[1])', ['task-runner:lock'], ['me'])).toBe('OK');
    connection.close();
  });

  it('refuses a wrong password, nobody, and what the user has no right to, which is told without the password', async () => {
    const wrong = `wrong-${randomUUID()}`;
    const [refused, read] = await refusals(transportOf(urlOf('runner', wrong)), 'stream-any');
    for (const told of [String(refused), read]) {
      expect(told).toMatch(/WRONGPASS/);
      expect(told).not.toContain(wrong);
    }
    const [anonymous] = await refusals(transportOf(server.url), 'stream-any');
    expect(String(anonymous)).toMatch(/NOAUTH|WRONGPASS/);
    const [elsewhere, notRead] = await refusals(transportOf(urlOf('runner', password)), 'other');
    for (const told of [String(elsewhere), notRead]) expect(told).toMatch(/NOPERM/);
    await expect(RedisConnection.open({ url: urlOf('runner', wrong) })).rejects.toThrow('cannot be used');
  });
});
