import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from '@redis/client';
import { SystemClock } from '../../src/clock/system-clock.js';
import { DEFAULT_READING } from '../../src/transports/redis/redis-reading.js';
import { RedisTransport } from '../../src/transports/redis/redis-transport.js';
import { hasRedisServer, RedisServer } from './redis-server.js';
import { describeTransport } from './transport.contract.js';

const QUICK = { ...DEFAULT_READING, blockMs: 200, claimEveryMs: 100, claimIdleMs: 300, againMs: 50 };

async function clientOf(server: RedisServer) {
  const client = createClient({ url: server.url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const suite = hasRedisServer() ? describe : describe.skip;

suite('streams of Redis, skipped where redis-server is not installed', () => {
  describeTransport('Redis', async () => {
    const server = await RedisServer.start();
    return {
      transport: (member) => new RedisTransport({ url: server.url }, new SystemClock(), () => member, QUICK),
      createTopic: () => Promise.resolve(),
      async write(topic, key, event) {
        const client = await clientOf(server);
        await client.xAdd(topic, '*', { key, event });
        client.destroy();
      },
      crash: { down: () => server.crash(), up: () => server.up() },
      makesTopics: true,
      close: () => server.remove(),
    };
  });

  describe('a stream of Redis', () => {
    let server: RedisServer;
    beforeAll(async () => {
      Logger.overrideLogger(false);
      server = await RedisServer.start({ isDurable: false });
    });
    afterAll(async () => {
      await server.remove();
      Logger.overrideLogger(['log', 'warn', 'error']);
    });

    it('is read anew from its beginning where the server has lost everything, groups too', async () => {
      const [topic, taken] = [randomUUID(), [] as string[]];
      const transport = new RedisTransport({ url: server.url }, new SystemClock(), () => 'me', QUICK);
      const reading = transport.subscribe({ topic, group: 'g' }, (messages) => {
        taken.push(...messages.map(({ value }) => value!.toString()));
        return Promise.resolve();
      });
      const send = async (event: string) => {
        const client = await clientOf(server);
        await client.xAdd(topic, '*', { event });
        client.destroy();
      };
      await send('"before"');
      while (!taken.includes('"before"')) await sleep(10);
      await server.crash();
      await server.up();
      await send('"after"');
      while (!taken.includes('"after"')) await sleep(10);
      const client = await clientOf(server);
      await client.del(topic);
      await client.xAdd(topic, '*', { status: 'failed', suite: 'smoke' });
      client.destroy();
      while (taken.length < 3) await sleep(10);
      expect(taken).toEqual(['"before"', '"after"', '{"status":"failed","suite":"smoke"}']);
      await reading.stop();
      await transport.stop();
    });

    it('is kept for as long as is set, and forgets members that are gone', async () => {
      const topic = randomUUID();
      const client = await clientOf(server);
      // The oldest by far; whole blocks of about a hundred are trimmed.
      for (let at = 1; at <= 250; at++) await client.xAdd(topic, `1000-${at}`, { event: 'old' });
      await client.xGroupCreate(topic, 'g', '0');
      await client.xGroupCreateConsumer(topic, 'g', 'gone');
      await sleep(30);
      const transport = new RedisTransport({ url: server.url }, new SystemClock(), () => 'me', {
        ...QUICK,
        forgetMs: 20,
      });
      const signal = AbortSignal.timeout(10_000);
      for (let at = 0; at < 5; at++)
        await transport.publish(topic, [{ key: 'k', event: 'new' }], { keepMs: 3_600_000, signal });
      expect(await client.xLen(topic)).toBeLessThan(150);
      const reading = transport.subscribe({ topic, group: 'g' }, () => Promise.resolve());
      const members = async () => (await client.xInfoConsumers(topic, 'g')).map(({ name }) => String(name));
      while ((await members()).join() !== 'me') await sleep(10);
      while (reading.status.lag !== 0) await sleep(10);
      await reading.stop();
      await transport.stop();
      client.destroy();
    });
  });
});
